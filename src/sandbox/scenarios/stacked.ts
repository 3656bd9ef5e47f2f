import type { Scenario } from "./scenario.js";

/** The second change builds on the first, and goes where the first has gone. */
export const stacked: Scenario = {
  name: "stacked",
  title: "Two stacked pull requests are merged one after the other",
  ends: { state: "closed", rules: [], others: [{ ref: "acme/shop#1", state: "closed" }] },
  *play({ repository, ci, alice, bob }) {
    const pass = (sha: string) => repository.startCheck({ app: ci, sha, name: "build" }).start().complete("success");
    const below = repository.openIssue({ by: bob, title: "Prices have no currency" });
    yield `bob opens issue #${below.number}`;
    const above = repository.openIssue({ by: bob, title: "Prices cannot be converted" });
    yield `bob opens issue #${above.number}`;
    const first = repository.openPullRequest({
      ...{ by: alice, title: "Give prices a currency", head: "currency" },
      body: `Fixes #${below.number}`,
    });
    yield `alice opens pull request #${first.number}`;
    const second = repository.openPullRequest({
      ...{ by: alice, title: "Convert prices", head: "convert", base: "currency" },
      body: `Fixes #${above.number}`,
    });
    yield `alice opens pull request #${second.number} on top of it`;
    pass(first.headSha);
    pass(second.headSha);
    yield "CI passes for both";
    first.merge({ by: bob });
    yield `bob merges #${first.number}; GitHub closes its issue`;
    repository.deleteBranch("currency", { by: bob });
    yield `bob deletes its branch; GitHub has #${second.number} go to the default branch`;
    second.merge({ by: bob });
    yield `bob merges #${second.number}; GitHub closes its issue too`;
    return second;
  },
};
