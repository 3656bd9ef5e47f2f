import type { Scenario } from "./scenario.js";

/** Somebody who may not write to the repository contributes. */
export const forked: Scenario = {
  name: "forked",
  title: "A contribution from a fork is approved and merged by a maintainer",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const dora = repository.world.user("dora");
    const issue = repository.openIssue({ by: dora, title: "The basket forgets its currency" });
    yield `dora, a customer, opens issue #${issue.number}`;
    repository.fork({ by: dora });
    const pull = repository.openPullRequest({
      ...{ by: dora, title: "Keep the currency with the basket", head: "dora:currency" },
      body: `Fixes #${issue.number}`,
    });
    yield `dora opens pull request #${pull.number} from her fork`;
    const check = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start();
    yield "CI starts";
    check.complete("success");
    yield "CI passes";
    pull.review({ by: bob, state: "approved", body: "Thank you!" });
    yield "bob approves";
    pull.merge({ by: alice, method: "squash" });
    yield "alice merges; GitHub closes the issue";
    return pull;
  },
};
