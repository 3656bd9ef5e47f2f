import type { Scenario } from "./scenario.js";

/** One check run fails, is set to run again by its App, and passes: there is no second run. */
export const rerunInPlace: Scenario = {
  name: "rerun-in-place",
  title: "An App changes its failed check run in place, and it passes before the merge",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Invoices are sent twice" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Send an invoice once", head: "invoice-once" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    const check = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start();
    yield "CI starts";
    check.complete("failure");
    yield "CI fails: a mirror was down";
    check.restart();
    yield "CI sets the same run to in progress";
    check.complete("success");
    yield "CI sets the same run to passed";
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    return pull;
  },
};
