import type { Scenario } from "./scenario.js";

/** What a check run says now is not what it said at the merge. */
export const redInPlace: Scenario = {
  name: "red-in-place",
  title: "A change is merged with CI red; afterwards the App turns the same check run green",
  ends: { state: "closed", rules: ["merged_before_ci_passed"] },
  *play({ repository, ci, alice, admin }) {
    const issue = repository.openIssue({ by: admin, title: "The shop is slow at noon" });
    yield `carol opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Keep the start page for a minute", head: "cache-start-page" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    const check = repository.startCheck({ app: ci, sha: pull.headSha, name: "test" }).start();
    yield "CI starts";
    check.complete("failure");
    yield "CI fails";
    pull.merge({ by: admin });
    yield "carol merges all the same";
    check.restart();
    yield "CI sets the same run to in progress";
    check.complete("success");
    yield "CI sets the same run to passed, too late";
    return pull;
  },
};
