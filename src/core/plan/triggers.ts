import type { WorkItem } from "../facts/facts.js";
import { judgeCi } from "../judgement/ci.js";
import { currentPull } from "../judgement/merge.js";
import type { Policy } from "../judgement/policy.js";
import { judgeReview } from "../judgement/reviews.js";
import type { Cause } from "./observation.js";

/** The trigger that each cause gives to a step into the states that it is about. */
export const NAMES: { readonly [C in Cause]: { readonly [state: string]: string } } = {
  "issue.opened": { issue_created: "issue.opened" },
  "issue.reopened": { issue_created: "issue.reopened" },
  "issue.closed": { closed: "issue.closed", cancelled: "issue.closed" },
  "issue.transferred": { cancelled: "issue.transferred" },
  "issue.deleted": { cancelled: "issue.deleted" },
  "issue.edited": {},
  "worker.picked_up": { task_queued: "worker.picked_up" },
  "pr.opened": { pr_created: "pr.opened" },
  "pr.reopened": { pr_created: "pr.reopened" },
  "pr.edited": {},
  "pr.synchronized": { ci_pending: "pr.synchronized" },
  "pr.closed": { task_queued: "pr.closed" },
  "pr.merged": { merged: "pr.merged" },
  "pr.unlinked": { task_queued: "pr.unlinked" },
  "auto.merged": { merged: "auto.merged" },
  "auto.refused": {},
  "gate.answered": {},
  "queue.entered": {},
  "queue.left": {},
  "queue.grouped": {},
  "ci.timed_out": { ci_failed: "ci.timed_out" },
  "ci.reported": { ci_pending: "ci.started", ci_passed: "ci.passed", ci_failed: "ci.failed" },
  "review.requested": { awaiting_review: "review.requested" },
  "review.request_removed": { ci_passed: "review.request_removed" },
  "review.approved": { approved: "review.approved" },
  "review.changes_requested": { awaiting_review: "review.changes_requested" },
  "review.commented": { awaiting_review: "review.requested" },
  "review.dismissed": { awaiting_review: "review.dismissed" },
  "command.automerge": {},
  "command.justified": {},
  "report.edited": {},
  "policy.changed": {},
  "repo.renamed": {},
  refreshed: {},
};

const IMPLIED: { readonly [state: string]: string } = {
  task_queued: "worker.picked_up",
  pr_created: "pr.opened",
  ci_pending: "ci.started",
  ci_passed: "ci.passed",
  ci_failed: "ci.failed",
  awaiting_review: "review.requested",
  approved: "review.approved",
  merged: "pr.merged",
  cancelled: "issue.closed",
};

/** The trigger of a step that no delivery of its own named. */
export function impliedTrigger(state: string, item: WorkItem, policy: Policy): string | undefined {
  const { issue } = item;
  const pull = currentPull(item);
  if (state === "ci_pending" || state === "ci_passed") {
    if (policy.ci.required === false) return "ci.not_required";
    const verdict = pull && judgeCi(pull, policy);
    if (verdict === "not_known") return "ci.not_known";
    if (verdict === "none_known") return "ci.none_known";
  }
  if (state === "approved" && pull && judgeReview(pull, policy) === "not_known") return "review.not_known";
  if (state === "closed") return issue ? "issue.closed" : "pr.closed";
  if (state === "cancelled") return issue ? "issue.closed" : "pr.unlinked";
  return IMPLIED[state];
}
