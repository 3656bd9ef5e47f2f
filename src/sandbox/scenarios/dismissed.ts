import type { Scenario } from "./scenario.js";

/** An approval that was taken back counts no more. */
export const dismissed: Scenario = {
  name: "dismissed",
  title: "The approval is dismissed, and the change merged all the same",
  ends: { state: "closed", rules: ["merged_without_approval"] },
  *play({ repository, ci, alice, bob, admin }) {
    const issue = repository.openIssue({ by: admin, title: "Sessions never expire" });
    yield `carol opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "End a session after an hour", head: "session-end" },
      body: `Closes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    const review = pull.review({ by: bob, state: "approved" });
    yield "bob approves";
    pull.dismissReview(review, { by: admin, message: "An hour is too long: ask security first." });
    yield "carol dismisses the approval";
    pull.merge({ by: alice });
    yield "alice merges all the same";
    return pull;
  },
};
