import type { Sandbox } from "../../src/sandbox/index.js";

/** Goes through every action that the sandbox's people have. */
export function everyAction(sandbox: Sandbox): void {
  const repo = sandbox.repository("acme/shop");
  sandbox.repository("acme/site");
  const [alice, bob, carol] = [sandbox.user("alice"), sandbox.user("bob"), sandbox.user("carol")];
  repo.grant(alice, "write");
  repo.grant(bob, "maintain");
  const ci = sandbox.checksApp("ci-bot");

  const issue = repo.openIssue({
    by: alice,
    title: "Broken cart",
    body: "It is empty.",
    labels: ["bug"],
    assignees: [bob],
  });
  issue.edit({ by: alice, title: "The cart is broken", body: null });
  issue.label("urgent", { by: bob });
  issue.unlabel("urgent", { by: bob });
  issue.assign(alice, { by: bob });
  issue.unassign(bob, { by: bob });
  const comment = issue.comment({ by: carol, body: "Me too" });
  comment.react({ by: alice, content: "+1" });
  comment.edit({ by: carol, body: "Me too!" });
  comment.delete({ by: bob });
  issue.close({ by: bob, reason: "not_planned" });
  issue.reopen({ by: alice });

  const pull = repo.openPullRequest({
    by: alice,
    title: "Mend the cart",
    body: `Fixes #${issue.number}`,
    head: "mend",
    draft: true,
    labels: ["bug"],
    assignees: [alice],
  });
  pull.readyForReview({ by: alice });
  pull.convertToDraft({ by: alice });
  pull.readyForReview({ by: alice });
  pull.requestReview(bob, { by: alice });
  pull.edit({ by: alice, title: "Mend the cart again" });
  pull.label("urgent", { by: bob });
  pull.unlabel("urgent", { by: bob });
  pull.comment({ by: carol, body: "When?" });
  pull.assign(bob, { by: alice });
  pull.unassign(bob, { by: alice });

  const run = repo.startCheck({ app: ci, sha: pull.headSha, name: "test" }).start().complete("failure");
  run.rerequest({ by: alice });
  run.suite.rerequest({ by: alice });
  repo.startCheck({ app: ci, sha: pull.headSha, name: "test" }).start().complete("skipped");
  pull.push({ by: alice, message: "Try harder", files: { "cart.ts": "export {};\n" } });
  repo
    .startCheck({ app: ci, sha: pull.headSha, name: "test" })
    .complete("success", { title: "Green", summary: "All well" });
  repo.setStatus({ by: carol, sha: pull.headSha, context: "deploy", state: "success", description: "Up" });

  const review = pull.review({ by: bob, state: "changes_requested", body: "No tests" });
  review.edit({ by: bob, body: "No tests!" });
  pull.dismissReview(review, { by: alice, message: "There are" });
  pull.review({ by: carol, state: "commented", body: "Nice" });
  pull.review({ by: bob, state: "approved" });
  pull.close({ by: alice });
  pull.reopen({ by: alice });
  pull.enqueue({ by: bob }).dequeue({ by: bob });
  pull.enqueue({ by: bob }).merge({ by: bob });

  repo.fork({ by: carol });
  const stranger = repo.openPullRequest({ by: carol, title: "A word", head: "carol:word" });
  repo.startCheck({ app: ci, sha: stranger.headSha, name: "test" }).complete("success");
  stranger.merge({ by: bob, method: "squash" });
  repo.openPullRequest({ by: alice, title: "By hand", head: "by-hand" }).landByPush({ by: bob });
  const own = sandbox.user("dora");
  const home = sandbox.repository("dora/notes", { private: true });
  home.openPullRequest({ by: own, title: "Third", head: "third" }).merge({ by: own, method: "rebase" });
  home.putFile("todo.md", "- rest\n", { by: own });
  sandbox.uninstall(repo);
}
