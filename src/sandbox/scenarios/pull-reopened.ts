import type { Scenario } from "./scenario.js";

/** A pull request that was given up is taken up again. */
export const pullReopened: Scenario = {
  name: "pull-reopened",
  title: "A pull request is closed, reopened and merged",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Exports lack a header line" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Write the names of the columns first", head: "export-header" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    pull.close({ by: bob });
    yield "bob closes it: the importers may not like it";
    pull.reopen({ by: alice });
    yield "alice asked the importers, and reopens it";
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    return pull;
  },
};
