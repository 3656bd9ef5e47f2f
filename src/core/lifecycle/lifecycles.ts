import { defineLifecycle } from "./lifecycle.js";
import type { GithubState, LoopState } from "./states.js";

/** What may follow each state in the strict lifecycle. */
export const VALID_TRANSITIONS = {
  issue_created: ["task_queued"],
  task_queued: ["pr_created"],
  pr_created: ["ci_pending"],
  ci_pending: ["ci_passed", "ci_failed"],
  ci_passed: ["merged", "awaiting_review"],
  ci_failed: ["ci_pending"],
  awaiting_review: ["approved", "ci_pending"],
  approved: ["merged"],
  merged: ["closed"],
  closed: [],
} as const satisfies { readonly [From in LoopState]: readonly LoopState[] };

/** The library's default: no rework beyond a second CI run, no way back, one end. */
export const STRICT = defineLifecycle<LoopState>({
  name: "strict",
  initial: "issue_created",
  terminal: ["closed"],
  transitions: VALID_TRANSITIONS,
});

/**
 * The App's default: strict, and the ways back that GitHub has (a push after CI passed, an approval or the request for a review
 * withdrawn, a pull request closed unmerged) and one more end. It adds no short cut forward: `merged` still needs `ci_passed`, `closed` still needs `merged`.
 */
export const GITHUB = defineLifecycle<GithubState>({
  name: "github",
  initial: "issue_created",
  terminal: ["closed", "cancelled"],
  transitions: {
    issue_created: [...VALID_TRANSITIONS.issue_created, "cancelled"],
    task_queued: [...VALID_TRANSITIONS.task_queued, "cancelled"],
    pr_created: [...VALID_TRANSITIONS.pr_created, "task_queued"],
    ci_pending: [...VALID_TRANSITIONS.ci_pending, "task_queued"],
    ci_passed: [...VALID_TRANSITIONS.ci_passed, "ci_pending", "ci_failed", "task_queued"],
    ci_failed: [...VALID_TRANSITIONS.ci_failed, "task_queued"],
    awaiting_review: [...VALID_TRANSITIONS.awaiting_review, "ci_passed", "task_queued"],
    approved: [...VALID_TRANSITIONS.approved, "ci_pending", "awaiting_review", "task_queued"],
    merged: VALID_TRANSITIONS.merged,
    closed: VALID_TRANSITIONS.closed,
    cancelled: [],
  },
});
