import type { Scenario } from "./scenario.js";

/** An administrator merges with CI red. */
export const forced: Scenario = {
  name: "forced",
  title: "An administrator merges with CI red",
  ends: { state: "closed", rules: ["merged_before_ci_passed"] },
  *play({ repository, ci, alice, admin }) {
    const issue = repository.openIssue({ by: admin, title: "Checkout is down", body: "Since 03:02." });
    issue.label("queued", { by: admin });
    yield `carol opens issue #${issue.number} and labels it "queued"`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Roll back the payment client", head: "rollback" },
      body: `Resolves #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}, which says "Resolves #${issue.number}"`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "test" }).start().complete("failure");
    yield "CI fails";
    pull.merge({ by: admin });
    yield "carol, an administrator, merges it all the same";
    return pull;
  },
};
