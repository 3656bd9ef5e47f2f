import { describe, expect, test } from "vitest";
import { COMMENT_MARKER } from "../../src/report/comment.js";
import { commit, type Emulated, givenEmulated, SHOP } from "./emulated.js";

const ENFORCED = "mode: enforce\nauto_merge:\n  enabled: true\napprovals:\n  required: 1\n";

const UNTIL_APPROVED = [
  "created (created)",
  "issue_created → task_queued (worker.picked_up)",
  "task_queued → pr_created (pr.opened)",
  "pr_created → ci_pending (ci.started)",
  "ci_pending → ci_passed (ci.passed)",
  "ci_passed → awaiting_review (review.requested)",
  "awaiting_review → approved (review.approved)",
];
const CLOSED = "merged → closed (issue.closed)";

/** An issue of Alice's, and Bob's pull request for it. */
async function givenPull({ alice, bob }: Emulated) {
  const { data: issue } = await alice.rest.issues.create({ ...SHOP, title: "The cart is broken" });
  const { data: main } = await bob.rest.git.getRef({ ...SHOP, ref: "heads/main" });
  await bob.rest.git.createRef({ ...SHOP, ref: "refs/heads/mend", sha: main.object.sha });
  await commit(bob, "cart.txt", "mended", "mend");
  const body = `Fixes #${issue.number}`;
  const { data: pull } = await bob.rest.pulls.create({
    ...SHOP,
    title: "Mend the cart",
    head: "mend",
    base: "main",
    body,
  });
  return { issue: issue.number, number: pull.number, sha: pull.head.sha };
}

async function passCi({ ci, reaches }: Emulated, sha: string): Promise<void> {
  const { data: run } = await ci.rest.checks.create({ ...SHOP, name: "build", head_sha: sha, status: "in_progress" });
  await reaches("ci_pending");
  const done = { status: "completed", conclusion: "success" } as const;
  await ci.rest.checks.update({ ...SHOP, check_run_id: run.id, ...done });
}

/** What GitHub shows of LoopForge on a pull request. */
async function shown({ alice }: Emulated, number: number, sha: string) {
  const { data: comments } = await alice.rest.issues.listComments({ ...SHOP, issue_number: number });
  const { data: checks } = await alice.rest.checks.listForRef({ ...SHOP, ref: sha });
  return {
    comments: comments.filter(({ body }) => body?.startsWith(COMMENT_MARKER)).length,
    check: checks.check_runs.filter(({ name }) => name === "LoopForge").at(-1)?.conclusion,
  };
}

describe("given a GitHub that nobody here wrote", () => {
  test("when a change lives from issue to close, then it is followed and reported", async () => {
    const app = await givenEmulated();
    const { issue, number, sha } = await givenPull(app);
    await app.reaches("pr_created");
    await passCi(app, sha);
    await app.reaches("ci_passed");
    await app.alice.rest.pulls.createReview({ ...SHOP, pull_number: number, event: "APPROVE" });
    await app.reaches("approved");
    await app.alice.rest.pulls.merge({ ...SHOP, pull_number: number, merge_method: "merge" });
    await app.reaches("merged");
    await app.alice.rest.issues.update({ ...SHOP, issue_number: issue, state: "closed" });
    await app.reaches("closed");
    expect(await app.history()).toEqual([...UNTIL_APPROVED, "approved → merged (pr.merged)", CLOSED]);
    expect(await shown(app, number, sha)).toEqual({ comments: 1, check: "success" });
    expect(app.log).toEqual([]);
  });

  test("when the branch is protected and the App enforces and merges, then it merges once all is there", async () => {
    const app = await givenEmulated(ENFORCED);
    const checks = { strict: false, contexts: ["build", "LoopForge"] };
    await app.alice.rest.repos.updateBranchProtection({
      ...{ ...SHOP, branch: "main", enforce_admins: true, restrictions: null },
      ...{ required_status_checks: checks, required_pull_request_reviews: { required_approving_review_count: 1 } },
    });
    const { issue, number, sha } = await givenPull(app);
    await passCi(app, sha);
    await app.reaches("awaiting_review");
    await app.alice.rest.pulls.createReview({ ...SHOP, pull_number: number, event: "APPROVE" });
    await app.reaches("merged");
    await app.alice.rest.issues.update({ ...SHOP, issue_number: issue, state: "closed" });
    await app.reaches("closed");
    expect(await app.history()).toEqual([...UNTIL_APPROVED, "approved → merged (auto.merged)", CLOSED]);
    expect(await shown(app, number, sha)).toEqual({ comments: 1, check: "success" });
    expect(app.log).toEqual([]);
  });
});
