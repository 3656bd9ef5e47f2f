import type { Scenario } from "./scenario.js";

/** GitHub sees the commits on the base and calls the pull request merged, by nobody. */
export const landed: Scenario = {
  name: "landed",
  title: "The commits of a pull request are pushed to the default branch",
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, admin }) {
    const issue = repository.openIssue({ by: admin, title: "The certificate is about to expire" });
    yield `carol opens issue #${issue.number}`;
    const message = `Renew the certificate by itself\n\nFixes #${issue.number}`;
    repository.putFile("renew.ts", "export {};\n", { by: alice, branch: "renew", message });
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Renew the certificate by itself", head: "renew" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.landByPush({ by: admin });
    yield "carol pushes its commits to the default branch by hand; GitHub closes the issue";
    return pull;
  },
};
