import type { Scenario } from "./scenario.js";

/** That CI passes in the end does not mean that it had passed. */
export const hasty: Scenario = {
  name: "hasty",
  title: "A change is merged while CI runs; CI passes afterwards",
  ends: { state: "closed", rules: ["merged_before_ci_passed"] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "The banner covers the menu" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Move the banner below the menu", head: "banner" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    const check = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start();
    yield "CI starts";
    pull.merge({ by: alice });
    yield "alice merges without waiting for it";
    check.complete("success");
    yield "CI passes, too late";
    return pull;
  },
};
