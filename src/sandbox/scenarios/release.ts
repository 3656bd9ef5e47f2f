import type { Scenario } from "./scenario.js";

/** A release names what it contains. What it names is over, and is no work of the release's. */
export const release: Scenario = {
  name: "release",
  title: "A release pull request comes to name closed issues, and is merged with CI red",
  ends: {
    state: "closed",
    rules: ["merged_before_ci_passed"],
    others: [{ ref: "acme/shop#2", state: "closed" }],
  },
  *play({ repository, ci, alice, bob, admin }) {
    const issue = repository.openIssue({ by: bob, title: "The basket cannot be emptied" });
    yield `bob opens issue #${issue.number}`;
    const next = repository.openPullRequest({
      ...{ by: admin, title: "Release 1.2.0", head: "release-1.2.0", body: "## 1.2.0" },
    });
    yield `carol opens pull request #${next.number} for the release`;
    const fix = repository.openPullRequest({
      ...{ by: alice, title: "Add a button to empty the basket", head: "empty-basket" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${fix.number}`;
    repository.startCheck({ app: ci, sha: fix.headSha, name: "build" }).start().complete("success");
    yield "CI passes for it";
    fix.merge({ by: bob });
    yield `bob merges #${fix.number}; GitHub closes the issue`;
    next.edit({ by: admin, body: `## 1.2.0\n\n- A button to empty the basket, closes #${issue.number}\n` });
    yield `carol lists it in the text of #${next.number}`;
    repository.startCheck({ app: ci, sha: next.headSha, name: "build" }).start().complete("failure");
    yield "CI fails for the release";
    next.merge({ by: admin });
    yield `carol merges #${next.number} all the same`;
    return fix;
  },
};
