import type { Scenario } from "./scenario.js";

/** The happy path with review. */
export const reviewed: Scenario = {
  name: "reviewed",
  title: "A change goes from issue to close, reviewed",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({
      by: bob,
      title: "Cart total ignores the discount",
      body: "Seen with code SAVE10.",
    });
    yield `bob opens issue #${issue.number}`;
    issue.assign(alice, { by: bob });
    yield "bob assigns it to alice";
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Apply the discount to the total", head: "discount" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}, which says "Fixes #${issue.number}"`;
    const check = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start();
    yield "CI starts";
    check.complete("success");
    yield "CI passes";
    pull.requestReview(bob, { by: alice });
    yield "alice asks bob for a review";
    pull.review({ by: bob, state: "approved", body: "Good." });
    yield "bob approves";
    pull.merge({ by: alice });
    yield "alice merges; GitHub closes the issue";
    return pull;
  },
};
