import type { Scenario } from "./scenario.js";

/** New commits after the approval get an approval of their own. */
export const reapproved: Scenario = {
  name: "reapproved",
  title: "Commits pushed after the approval are approved as well",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Vouchers can be used twice" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Mark a voucher as used before it is paid out", head: "voucher-once" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.review({ by: bob, state: "approved", body: "Good. Is there a test?" });
    yield "bob approves, and asks for a test";
    pull.push({ by: alice, message: "Try to use a voucher twice", files: { "voucher.test.ts": "export {};\n" } });
    yield "alice pushes the test";
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes again";
    pull.review({ by: bob, state: "approved" });
    yield "bob approves the new commit";
    pull.merge({ by: alice });
    yield "alice merges; GitHub closes the issue";
    return pull;
  },
};
