import type { Scenario } from "./scenario.js";

/** In the strict lifecycle nothing is closed before it is merged. */
export const strict: Scenario = {
  name: "strict",
  title: "In the strict lifecycle, an issue is closed before its change is merged",
  configuration: "lifecycle: strict\n",
  ends: { state: "closed", rules: ["closed_before_merge"] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Refunds go to the wrong card" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Refund the card that paid", head: "refund-card" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    issue.close({ by: bob });
    yield "bob closes the issue as if all were done";
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.merge({ by: alice });
    yield "alice merges";
    return pull;
  },
};
