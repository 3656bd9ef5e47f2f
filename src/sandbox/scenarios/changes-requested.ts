import type { Scenario } from "./scenario.js";

/** Who asked for changes gets them, and approves. */
export const changesRequested: Scenario = {
  name: "changes-requested",
  title: "Changes are requested, made and approved",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Prices are rounded twice" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Round prices once, at the end", head: "round-once" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.review({ by: bob, state: "changes_requested", body: "And the refunds?" });
    yield "bob asks for changes";
    pull.push({ by: alice, message: "Refunds too", files: { "refund.ts": "export {};\n" } });
    yield "alice pushes them";
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes again";
    pull.review({ by: bob, state: "approved", body: "Now it is right." });
    yield "bob approves";
    pull.merge({ by: alice });
    yield "alice merges; GitHub closes the issue";
    return pull;
  },
};
