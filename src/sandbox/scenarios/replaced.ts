import type { Scenario } from "./scenario.js";

/** The second try is the one that counts. */
export const replaced: Scenario = {
  name: "replaced",
  title: "A pull request is given up for a better one",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: alice, title: "Images load slowly" });
    yield `alice opens issue #${issue.number}`;
    const first = repository.openPullRequest({
      ...{ by: bob, title: "Load images last", head: "images-last" },
      body: `Fixes #${issue.number}`,
    });
    yield `bob opens pull request #${first.number}`;
    repository.startCheck({ app: ci, sha: first.headSha, name: "build" }).start().complete("failure");
    yield "CI fails";
    const second = repository.openPullRequest({
      ...{ by: alice, title: "Make images smaller", head: "images-smaller" },
      body: `Instead of #${first.number}.\n\nFixes #${issue.number}`,
    });
    yield `alice opens pull request #${second.number} instead`;
    first.close({ by: bob });
    yield `bob closes #${first.number}`;
    repository.startCheck({ app: ci, sha: second.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    second.merge({ by: bob });
    yield "bob merges alice's; GitHub closes the issue";
    return second;
  },
};
