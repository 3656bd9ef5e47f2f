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
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    const check = repository.startCheck({ app: ci, sha: pull.headSha, name: "test" }).start();
    yield "CI builds it, and starts its tests";
    check.complete("failure");
    yield "its tests fail";
    pull.merge({ by: admin });
    yield "carol merges all the same";
    check.restart();
    yield "CI sets the run of the tests to in progress";
    check.complete("success");
    yield "CI sets the run of the tests to passed, too late";
    return pull;
  },
};
