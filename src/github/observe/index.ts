import { observeCheckRun, observeCheckSuite } from "./checks.js";
import { observeIssue } from "./issues.js";
import { observeMergeGroup } from "./merge-groups.js";
import { observePull } from "./pulls.js";
import { observeRepository } from "./repositories.js";
import { observeReview } from "./reviews.js";
import type { Observer } from "./sighting.js";
import { observeStatus } from "./statuses.js";

/** What each of GitHub's events says. An event and action that is not here says nothing to LoopForge. */
export const OBSERVERS = {
  "issues.opened": observeIssue,
  "issues.reopened": observeIssue,
  "issues.assigned": observeIssue,
  "issues.labeled": observeIssue,
  "issues.unlabeled": observeIssue,
  "issues.edited": observeIssue,
  "issues.closed": observeIssue,
  "issues.transferred": observeIssue,
  "issues.deleted": observeIssue,
  "pull_request.opened": observePull,
  "pull_request.reopened": observePull,
  "pull_request.edited": observePull,
  "pull_request.synchronize": observePull,
  "pull_request.ready_for_review": observePull,
  "pull_request.converted_to_draft": observePull,
  "pull_request.review_requested": observePull,
  "pull_request.review_request_removed": observePull,
  "pull_request.labeled": observePull,
  "pull_request.unlabeled": observePull,
  "pull_request.enqueued": observePull,
  "pull_request.dequeued": observePull,
  "pull_request.closed": observePull,
  "check_suite.completed": observeCheckSuite,
  "check_run.created": observeCheckRun,
  "check_run.completed": observeCheckRun,
  "check_run.rerequested": observeCheckRun,
  "pull_request_review.submitted": observeReview,
  "pull_request_review.edited": observeReview,
  "pull_request_review.dismissed": observeReview,
  "merge_group.destroyed": observeMergeGroup,
  "repository.renamed": observeRepository,
  "repository.transferred": observeRepository,
  status: observeStatus,
} as const satisfies { readonly [event: string]: Observer };

export type ObservedEvent = keyof typeof OBSERVERS;

/** Events that are answered: commands, a changed report, the checks that a merge queue asks for, and who wants to look again. */
export const ANSWERED = [
  "issue_comment.created",
  "issue_comment.edited",
  "issue_comment.deleted",
  "merge_group.checks_requested",
  "check_run.requested_action",
  "check_suite.rerequested",
] as const;

export type HandledEvent = ObservedEvent | (typeof ANSWERED)[number];

export type {
  IssueSubject,
  Linking,
  Lookout,
  Observer,
  PullSubject,
  RawAccount,
  Repo,
  Sighting,
  Subject,
} from "./sighting.js";
export { accountType } from "./sighting.js";
