import type { Scenario } from "./scenario.js";

/** What was green when the merge came was green, whatever the App did with its run since. */
export const greenInPlace: Scenario = {
  name: "green-in-place",
  title: "A change is merged while an App runs its passed check once more, in place",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: alice, title: "The map shows the old warehouse" });
    yield `alice opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: bob, title: "Show the new warehouse", head: "new-warehouse" },
      body: `Fixes #${issue.number}`,
    });
    yield `bob opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    const summary = repository.reportCheck({ app: ci, sha: pull.headSha, name: "summary", conclusion: "success" });
    yield 'CI passes, with a run named "summary" that its App keeps up to date';
    summary.restart();
    yield "CI sets that run to in progress, for there is a new label";
    pull.merge({ by: alice });
    yield "alice merges; GitHub closes the issue";
    summary.complete("success");
    yield "CI sets the run to passed once more";
    return pull;
  },
};
