import type { Scenario } from "./scenario.js";

/** Nothing runs on the pull request's own head. */
export const queueCi: Scenario = {
  name: "queue-ci",
  title: "CI runs in the merge queue only, and the queue merges what passed",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    repository.startCheck({ app: ci, sha: repository.headOf(), name: "build" }).start().complete("success");
    const issue = repository.openIssue({ by: alice, title: "Returns need a reason" });
    yield `alice opens issue #${issue.number}, in a repository that has CI`;
    const pull = repository.openPullRequest({
      ...{ by: bob, title: "Ask for the reason of a return", head: "return-reason" },
      body: `Fixes #${issue.number}`,
    });
    yield `bob opens pull request #${pull.number}`;
    pull.review({ by: alice, state: "approved" });
    yield "alice approves";
    const group = pull.enqueue({ by: bob });
    yield "bob puts it into the merge queue";
    const trial = repository.startCheck({ app: ci, sha: group.headSha, name: "build" }).start();
    yield "CI starts on the trial merge, and nowhere else";
    trial.complete("success");
    yield "CI passes there";
    group.merge();
    yield "the queue merges it; GitHub closes the issue";
    return pull;
  },
};
