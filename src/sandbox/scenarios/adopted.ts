import type { Scenario } from "./scenario.js";

/** The change was there before its issue was named. */
export const adopted: Scenario = {
  name: "adopted",
  title: "A pull request without an issue is given one",
  ends: { state: "closed", rules: [], formerly: ["acme/shop#2"] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Orders above 1,000 fail" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({ by: alice, title: "Parse amounts with a comma", head: "amounts" });
    yield `alice opens pull request #${pull.number}, which names no issue`;
    const check = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start();
    yield "CI starts";
    pull.edit({ by: bob, body: `Closes #${issue.number}` });
    yield `bob edits it to say "Closes #${issue.number}"`;
    check.complete("success");
    yield "CI passes";
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    return pull;
  },
};
