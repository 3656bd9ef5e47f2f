import type { Scenario } from "./scenario.js";

/** What CI says after the merge is no rule that the merge broke. */
export const lateFailure: Scenario = {
  name: "late-failure",
  title: "A check is run again after the merge, and fails",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: alice, title: "Tests take an hour" });
    yield `alice opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: bob, title: "Run the tests side by side", head: "parallel-tests" },
      body: `Closes #${issue.number}`,
    });
    yield `bob opens pull request #${pull.number}`;
    const check = repository.startCheck({ app: ci, sha: pull.headSha, name: "test" }).start();
    yield "CI starts";
    check.complete("success");
    yield "CI passes";
    pull.merge({ by: alice });
    yield "alice merges; GitHub closes the issue";
    check.rerequest({ by: bob });
    const again = repository.startCheck({ app: ci, sha: pull.headSha, name: "test" }).start();
    yield "bob has CI run it again, to see how long it takes";
    again.complete("failure");
    yield "CI fails this time";
    return pull;
  },
};
