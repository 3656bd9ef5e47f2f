import type { Scenario } from "./scenario.js";

/** A slip of the hand is put right at once: it begins a new cycle all the same. */
export const issueRestarted: Scenario = {
  name: "issue-restarted",
  title: "An issue is closed and reopened within one second, and resolved",
  ends: { state: "closed", rules: [], formerly: ["acme/shop#1"] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "The newsletter has no way out" });
    yield `bob opens issue #${issue.number}`;
    issue.close({ by: bob, reason: "not_planned" });
    issue.reopen({ by: bob });
    yield "bob closes it by mistake and reopens it at once";
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Add a link to unsubscribe", head: "unsubscribe" },
      body: `Closes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    return pull;
  },
};
