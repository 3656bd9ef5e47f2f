import type { Scenario } from "./scenario.js";

/** Commits that nobody looked at are merged. */
export const pushedAfterApproval: Scenario = {
  name: "pushed-after-approval",
  title: "Commits pushed after the approval are merged without another look",
  ends: { state: "closed", rules: ["merged_after_unreviewed_push"] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Receipts show the wrong time zone" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Print receipts in the shop's time zone", head: "receipt-zone" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.review({ by: bob, state: "approved", body: "Fine." });
    yield "bob approves";
    pull.push({ by: alice, message: "One more thing" });
    yield "alice pushes one more commit";
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes again";
    pull.merge({ by: alice });
    yield "alice merges what bob has not seen";
    return pull;
  },
};
