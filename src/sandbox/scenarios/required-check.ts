import type { Scenario } from "./scenario.js";

/** A check that never came has not passed. */
export const requiredCheck: Scenario = {
  name: "required-check",
  title: "One of two required checks never comes",
  configuration: "ci:\n  checks: [build, e2e]\n",
  ends: { state: "closed", rules: ["merged_before_ci_passed"] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: alice, title: "Sign-in fails on tablets" });
    yield `alice opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: bob, title: "Let the sign-in form scroll", head: "sign-in-scroll" },
      body: `Fixes #${issue.number}`,
    });
    yield `bob opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield 'CI passes "build"; "e2e" never starts';
    pull.merge({ by: alice });
    yield "alice merges";
    return pull;
  },
};
