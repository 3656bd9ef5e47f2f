import type { Scenario } from "./scenario.js";

/** CI fails, new commits, CI passes. */
export const reworked: Scenario = {
  name: "reworked",
  title: "CI fails, new commits make it pass",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const start = (sha: string) =>
      [
        repository.startCheck({ app: ci, sha, name: "build" }).start(),
        repository.startCheck({ app: ci, sha, name: "test" }).start(),
      ] as const;
    const issue = repository.openIssue({ by: alice, title: "Search is slow", body: "Ten seconds for a page." });
    yield `alice opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: bob, title: "Index the titles", head: "index-titles" },
      body: `Closes #${issue.number}`,
    });
    yield `bob opens pull request #${pull.number}, which says "Closes #${issue.number}"`;
    const [build, test] = start(pull.headSha);
    build.complete("success");
    test.complete("failure");
    yield "CI builds it, and its tests fail";
    pull.push({ by: bob, message: "Keep the index in step", files: { "index.ts": "export {};\n" } });
    yield "bob pushes new commits";
    for (const check of start(pull.headSha)) check.complete("success");
    yield "CI passes";
    pull.merge({ by: alice });
    yield "alice merges; GitHub closes the issue";
    return pull;
  },
};
