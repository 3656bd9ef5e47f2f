import type { Scenario } from "./scenario.js";

/** A run that the merge was lawful by is used for something else afterwards. */
export const reusedRun: Scenario = {
  name: "reused-run",
  title: "An App uses a passed check run again after the merge, and sets it to failed",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Old receipts cannot be printed" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Print receipts of any year", head: "print-receipts" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    const check = repository.reportCheck({ app: ci, sha: pull.headSha, name: "backport", conclusion: "success" });
    yield "CI finds nothing that hinders a backport";
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    check.restart();
    yield "CI sets the same run to in progress, and begins the backport";
    check.complete("failure");
    yield "CI sets the same run to failed: the backport has a conflict";
    return pull;
  },
};
