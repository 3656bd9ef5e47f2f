import type { Scenario } from "./scenario.js";

/** Bots close and reopen a pull request to have CI run again. GitHub's times are no finer than a second. */
export const restarted: Scenario = {
  name: "restarted",
  title: "A pull request is closed and reopened within one second",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Umlauts are lost in the search" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Search for umlauts as they are", head: "umlauts" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    pull.close({ by: bob });
    pull.reopen({ by: bob });
    yield "bob closes and reopens it at once, to have CI start";
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    return pull;
  },
};
