import type { Scenario } from "./scenario.js";

/** A pull request is a work item of its own where it names no issue. */
export const issueless: Scenario = {
  name: "issueless",
  title: "A pull request that names no issue",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Update the licence year", head: "licence-year" },
      body: "As every January.",
    });
    yield `alice opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.merge({ by: bob });
    yield "bob merges";
    return pull;
  },
};
