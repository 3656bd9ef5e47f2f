import type { Scenario } from "./scenario.js";

/** The team asks for an approval, and nobody gave one. */
export const unapproved: Scenario = {
  name: "unapproved",
  title: "A change is merged without the approval that the team asks for",
  configuration: "approvals:\n  required: 1\n",
  ends: { state: "closed", rules: ["merged_without_approval"] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "The log fills the disk" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Keep logs for a week", head: "log-week" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.merge({ by: alice });
    yield "alice merges her own change, which nobody has approved";
    return pull;
  },
};
