import type { Scenario } from "./scenario.js";

/** The merge queue merges, not a person. */
export const queued: Scenario = {
  name: "queued",
  title: "A change is merged by the merge queue",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: alice, title: "Shipping costs are missing in the mail" });
    yield `alice opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: bob, title: "Say what shipping costs", head: "shipping-costs" },
      body: `Fixes #${issue.number}`,
    });
    yield `bob opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.review({ by: alice, state: "approved" });
    yield "alice approves";
    const group = pull.enqueue({ by: bob });
    yield "bob puts it into the merge queue";
    const trial = repository.startCheck({ app: ci, sha: group.headSha, name: "build" }).start();
    yield "CI starts on the trial merge";
    trial.complete("success");
    yield "CI passes there too";
    group.merge();
    yield "the queue merges it; GitHub closes the issue";
    return pull;
  },
};
