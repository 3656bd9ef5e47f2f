import type { Scenario } from "./scenario.js";

/** One change, two work items. */
export const twoIssues: Scenario = {
  name: "two-issues",
  title: "One pull request closes two issues",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const first = repository.openIssue({ by: bob, title: "Names with an apostrophe are cut" });
    yield `bob opens issue #${first.number}`;
    const second = repository.openIssue({ by: alice, title: "Ampersands are shown as &amp;" });
    yield `alice opens issue #${second.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Escape text once", head: "escape-once" },
      body: `Fixes #${first.number}, fixes #${second.number}`,
    });
    yield `alice opens pull request #${pull.number}, which fixes both`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.review({ by: bob, state: "approved" });
    yield "bob approves";
    pull.merge({ by: alice });
    yield "alice merges; GitHub closes both issues";
    return pull;
  },
};
