import type { Scenario } from "./scenario.js";

/** CI that knows no check runs. */
export const statuses: Scenario = {
  name: "statuses",
  title: "CI reports commit statuses only",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const report = (state: "pending" | "failure" | "success", sha: string) =>
      repository.setStatus({ by: ci.bot, sha, state, context: "ci/pipeline" });
    const issue = repository.openIssue({ by: alice, title: "Old browsers see a blank page" });
    yield `alice opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: bob, title: "Build for old browsers as well", head: "old-browsers" },
      body: `Fixes #${issue.number}`,
    });
    yield `bob opens pull request #${pull.number}`;
    report("pending", pull.headSha);
    yield "CI sets the status to pending";
    report("failure", pull.headSha);
    yield "CI sets the status to failure";
    pull.push({ by: bob, message: "Leave out what they lack" });
    yield "bob pushes a new commit";
    report("pending", pull.headSha);
    yield "CI sets the status of the new commit to pending";
    report("success", pull.headSha);
    yield "CI sets it to success";
    pull.merge({ by: alice });
    yield "alice merges; GitHub closes the issue";
    return pull;
  },
};
