/** The ten states of the strict lifecycle, from an issue to its close. */
export const LoopState = {
  ISSUE_CREATED: "issue_created",
  TASK_QUEUED: "task_queued",
  PR_CREATED: "pr_created",
  CI_PENDING: "ci_pending",
  CI_PASSED: "ci_passed",
  CI_FAILED: "ci_failed",
  AWAITING_REVIEW: "awaiting_review",
  APPROVED: "approved",
  MERGED: "merged",
  CLOSED: "closed",
} as const;
export type LoopState = (typeof LoopState)[keyof typeof LoopState];

/** The states of the App's lifecycle: the ten, and the end of an issue that was closed without a merge. */
export const GithubState = { ...LoopState, CANCELLED: "cancelled" } as const;
export type GithubState = (typeof GithubState)[keyof typeof GithubState];
