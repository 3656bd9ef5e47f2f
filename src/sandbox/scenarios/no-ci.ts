import type { Scenario } from "./scenario.js";

/** A repository that says it has no CI breaks no rule without it. */
export const noCi: Scenario = {
  name: "no-ci",
  title: "A repository without CI",
  configuration: "ci:\n  required: false\n",
  ends: { state: "closed", rules: [] },
  *play({ repository, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "The handbook does not say who is on call" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Say who is on call", head: "on-call" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    return pull;
  },
};
