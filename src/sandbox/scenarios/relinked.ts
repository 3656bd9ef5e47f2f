import type { Scenario } from "./scenario.js";

/** The description named the wrong issue. */
export const relinked: Scenario = {
  name: "relinked",
  title: "A pull request is edited to fix another issue than it said",
  ends: { state: "closed", rules: [], others: [{ ref: "acme/shop#1", state: "task_queued" }] },
  *play({ repository, ci, alice, bob }) {
    const wrong = repository.openIssue({ by: bob, title: "The search finds too much" });
    yield `bob opens issue #${wrong.number}`;
    const right = repository.openIssue({ by: bob, title: "The search finds too little" });
    yield `bob opens issue #${right.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Search descriptions as well as titles", head: "search-more" },
      body: `Fixes #${wrong.number}`,
    });
    yield `alice opens pull request #${pull.number}, which says "Fixes #${wrong.number}"`;
    pull.edit({ by: alice, body: `Fixes #${right.number}` });
    yield `alice edits it to say "Fixes #${right.number}"`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.merge({ by: bob });
    yield `bob merges; GitHub closes #${right.number}, and #${wrong.number} stays open`;
    return pull;
  },
};
