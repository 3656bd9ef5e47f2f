import type { Scenario } from "./scenario.js";

/** The keyword is in a commit's message, and the pull request says nothing of the issue. */
export const closedByCommit: Scenario = {
  name: "closed-by-commit",
  title: "An issue is closed by the message of a commit that a pull request brings",
  ends: { state: "closed", rules: [], also: [{ ref: "acme/shop#1", state: "closed" }] },
  *play({ repository, ci, alice, bob }) {
    const issue = repository.openIssue({ by: bob, title: "The logo is blurred" });
    yield `bob opens issue #${issue.number}`;
    const message = `Draw the logo as vectors\n\nFixes #${issue.number}`;
    repository.putFile("logo.svg", "<svg/>\n", { by: alice, branch: "logo", message });
    const pull = repository.openPullRequest({ by: alice, title: "Draw the logo as vectors", head: "logo" });
    yield `alice opens pull request #${pull.number}, of which only a commit names the issue`;
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    yield "CI passes";
    pull.merge({ by: bob });
    yield "bob merges; GitHub closes the issue for the commit";
    return pull;
  },
};
