import type { Sandbox } from "../../../src/sandbox/index.js";
import { setStage } from "../../../src/sandbox/scenarios/index.js";

export interface Played {
  readonly sandbox: Sandbox;
  readonly clock: { advance(seconds: number): unknown };
  /** Delivers and works all that GitHub has said. */
  readonly settle: () => Promise<void>;
}

/** What the stores under `fixtures/stores` have seen: deterministic, so that the same can be said to them again. */
export async function playForStores({ sandbox, clock, settle }: Played): Promise<void> {
  const { repository, ci, alice, bob, admin } = setStage(sandbox);
  const next = async () => {
    await settle();
    clock.advance(60);
  };

  // Merged as it should be, after a push and a review.
  const discount = repository.openIssue({ by: bob, title: "Cart total ignores the discount", body: "" });
  await next();
  discount.assign(alice, { by: bob });
  await next();
  const fix = repository.openPullRequest({
    by: alice,
    title: "Apply the discount",
    head: "discount",
    body: `Fixes #${discount.number}`,
  });
  await next();
  repository.startCheck({ app: ci, sha: fix.headSha, name: "build" }).start().complete("failure");
  await next();
  fix.push({ by: alice, message: "Round it" });
  await next();
  const build = repository.startCheck({ app: ci, sha: fix.headSha, name: "build" }).start();
  await next();
  build.complete("success");
  await next();
  fix.requestReview(bob, { by: alice });
  await next();
  fix.review({ by: bob, state: "approved", body: "Good." });
  await next();
  fix.merge({ by: alice });
  await next();

  // Merged red, and justified.
  const outage = repository.openIssue({ by: admin, title: "Checkout is down", body: "" });
  await next();
  const rollback = repository.openPullRequest({
    by: alice,
    title: "Roll back",
    head: "rollback",
    body: `Resolves #${outage.number}`,
  });
  await next();
  repository.startCheck({ app: ci, sha: rollback.headSha, name: "test" }).start().complete("failure");
  await next();
  rollback.merge({ by: admin });
  await next();
  rollback.comment({ by: admin, body: "/loopforge justify customers could not pay" });
  await next();

  // Open, with checks, reviews and an approval; its issue is in its second cycle.
  const search = repository.openIssue({ by: alice, title: "Search is slow", body: "" });
  await next();
  search.close({ by: admin, reason: "not_planned" });
  await next();
  search.reopen({ by: admin });
  await next();
  const index = repository.openPullRequest({
    by: alice,
    title: "Index the titles",
    head: "index",
    body: `Closes #${search.number}`,
  });
  await next();
  repository.startCheck({ app: ci, sha: index.headSha, name: "build" }).start().complete("success");
  repository.setStatus({ by: ci.bot, sha: index.headSha, state: "success", context: "ci/pipeline" });
  await next();
  const objection = index.review({ by: admin, state: "changes_requested", body: "Not yet." });
  await next();
  index.dismissReview(objection, { by: admin, message: "Done." });
  await next();
  index.review({ by: bob, state: "commented", body: "Nice." });
  await next();
  index.review({ by: bob, state: "approved", body: "Good." });
  await next();

  // A pull request without an issue, given up.
  const idea = repository.openPullRequest({ by: bob, title: "An idea", head: "idea", body: "" });
  await next();
  idea.close({ by: bob });
  await next();

  // A commit without a pull request: its CI waits.
  const sha = repository.putFile("spike.ts", "export {};\n", { by: alice, branch: "spike" });
  await next();
  repository.startCheck({ app: ci, sha, name: "build" }).start().complete("success");
  await next();
}
