import type { Scenario } from "./scenario.js";

/** Out of the merge queue for one more commit. */
export const dequeued: Scenario = {
  name: "dequeued",
  title: "A change is taken out of the merge queue, mended and merged",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Addresses abroad are refused" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Take postcodes of any form", head: "postcodes" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    const group = pull.enqueue({ by: alice });
    yield "alice puts it into the merge queue";
    group.dequeue({ by: alice });
    yield "alice takes it out again: a country is missing";
    pull.push({ by: alice, message: "Ireland too" });
    yield "alice pushes a new commit";
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes again";
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    return pull;
  },
};
