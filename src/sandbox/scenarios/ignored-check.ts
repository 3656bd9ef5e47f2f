import type { Scenario } from "./scenario.js";

/** A check that the team does not count may fail. */
export const ignoredCheck: Scenario = {
  name: "ignored-check",
  title: "A check fails that the team has agreed to ignore",
  configuration: 'ci:\n  ignore: ["flaky*"]\n',
  ends: { state: "closed", rules: [] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "Dark mode hides the cart" });
    yield `bob opens issue #${issue.number}`;
    const pull = repository.openPullRequest({
      ...{ by: alice, title: "Give the cart a light edge", head: "cart-edge" },
      body: `Fixes #${issue.number}`,
    });
    yield `alice opens pull request #${pull.number}`;
    const build = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start();
    repository.startCheck({ app: ci, sha: pull.headSha, name: "flaky / ui" }).start().complete("failure");
    yield '"flaky / ui" fails, as it often does';
    build.complete("success");
    yield '"build" passes';
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue";
    return pull;
  },
};
