import type { Scenario } from "./scenario.js";

/** A reopened issue begins a new cycle. */
export const issueReopened: Scenario = {
  name: "issue-reopened",
  title: "An issue is closed as not planned, reopened and resolved after all",
  ends: { state: "closed", rules: [], formerly: ["acme/shop#1"] },
  *play({ repository, ci, alice, bob, admin }) {
    const issue = repository.openIssue({ by: bob, title: "Gift wrapping" });
    yield `bob opens issue #${issue.number}`;
    issue.close({ by: admin, reason: "not_planned" });
    yield "carol closes it as not planned";
    issue.reopen({ by: admin });
    yield "carol reopens it: customers ask for it";
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Offer gift wrapping", head: "gift-wrapping" },
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
