import type { Scenario } from "./scenario.js";

/** The review is faster than CI. */
export const approvedEarly: Scenario = {
  name: "approved-early",
  title: "The approval comes while CI still runs",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: alice, title: "Typo on the order page" });
    yield `alice opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Spell the order page right", head: "typo" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    const check = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start();
    yield "CI starts";
    pull.review({ by: bob, state: "approved" });
    yield "bob approves before CI is through";
    check.complete("success");
    yield "CI passes";
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    return pull;
  },
};
