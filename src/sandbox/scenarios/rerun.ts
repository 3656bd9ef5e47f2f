import type { Scenario } from "./scenario.js";

/** The same commit fails first and passes the second time. */
export const rerun: Scenario = {
  name: "rerun",
  title: "A failed check is run again on the same commit, and passes",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Stock counts lag behind" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Count stock when it is sold", head: "stock-count" },
      body: `Resolves #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    const failed = repository.startCheck({ app: ci, sha: pull.headSha, name: "test" }).start();
    yield "CI starts";
    failed.complete("failure");
    yield "CI fails: the network was down";
    failed.rerequest({ by: alice });
    yield "alice asks CI to run it again";
    const again = repository.startCheck({ app: ci, sha: pull.headSha, name: "test" }).start();
    yield "CI starts once more";
    again.complete("success");
    yield "CI passes";
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    return pull;
  },
};
