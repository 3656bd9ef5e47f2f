import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  allowedFrom,
  type Cause,
  DEFAULT_POLICY,
  GITHUB,
  type Lifecycle,
  type News,
  type Observation,
  openEntry,
  plan,
  type RecordHead,
  reflect,
  STRICT,
} from "../../src/core/index.js";
import {
  ALICE,
  aHead,
  anIssue,
  anObservation,
  aPull,
  aReview,
  aRun,
  aSuite,
  BOB,
  CAROL,
  checksOf,
  factsOf,
  HEAD,
  inWords,
  NEXT_HEAD,
  reviewOf,
} from "../builders/github.js";
import { moment } from "../builders/records.js";

const ISSUE: News = { issue: anIssue() };
const QUEUED: News = { issue: anIssue({ queued: true, updatedAt: moment(2) }) };
const ISSUE_CLOSED: News = { issue: anIssue({ status: "closed", updatedAt: moment(70), closedAt: moment(70) }) };
const OPENED: News = { pull: aPull() };
const ASKED: News = { pull: aPull({ reviewRequested: true, updatedAt: moment(35) }) };
const PUSHED: News = { pull: aPull({ headSha: NEXT_HEAD, pushed: true, updatedAt: moment(45) }) };
const CLOSED: News = { pull: aPull({ status: { is: "closed", at: moment(55) }, updatedAt: moment(55) }) };
const REOPENED: News = { pull: aPull({ updatedAt: moment(56) }) };
const MERGED: News = {
  pull: aPull({ status: { is: "merged", at: moment(60), sha: "f".repeat(40), by: BOB }, updatedAt: moment(60) }),
};
const RUNNING = checksOf([aRun("build", null)]);
const GREEN = checksOf([aRun("build", "success")]);
const RED = checksOf([aRun("build", "failure")]);
const AGAIN = { id: 2, asOf: moment(40), completedAt: null };
const RERUNNING = checksOf([aRun("build", null, AGAIN)]);
const RERUN_GREEN = checksOf([aRun("build", "success", { ...AGAIN, completedAt: moment(44) })]);
const RERUN_RED = checksOf([aRun("build", "failure", { ...AGAIN, completedAt: moment(44) })]);
const APPROVED = reviewOf(aReview("approved"));
const CHANGES = reviewOf(aReview("changes_requested"));

interface Case {
  readonly name: string;
  /** The record's state, and the news that it has taken in. */
  readonly given: readonly [state: string, ...News[]];
  readonly when: readonly [cause: Cause, news: News];
  readonly steps: readonly string[];
  /** In the App's lifecycle and with no approvals required, unless told otherwise. */
  readonly lifecycle?: Lifecycle;
  readonly requiredApprovals?: number;
}

function planned({
  given: [state, ...known],
  when,
  lifecycle = GITHUB,
  requiredApprovals = 0,
}: Omit<Case, "name" | "steps">) {
  const head = aHead(state, factsOf(...known), lifecycle);
  return plan(lifecycle, { requiredApprovals }, head, anObservation(...when)).drafts;
}

const REWORKABLE = [
  { state: "pr_created", known: [QUEUED, OPENED] },
  { state: "ci_pending", known: [QUEUED, OPENED, RUNNING] },
  { state: "ci_passed", known: [QUEUED, OPENED, GREEN] },
  { state: "ci_failed", known: [QUEUED, OPENED, RED] },
  { state: "awaiting_review", known: [QUEUED, ASKED, GREEN] },
  { state: "approved", known: [QUEUED, ASKED, GREEN, APPROVED] },
] as const;

const ISSUES: readonly Case[] = [
  {
    name: "an issue is opened, which is where the record begins",
    given: ["issue_created"],
    when: ["issue.opened", ISSUE],
    steps: [],
  },
  {
    name: "it is assigned, or given the label",
    given: ["issue_created", ISSUE],
    when: ["worker.picked_up", QUEUED],
    steps: ["task_queued by worker.picked_up"],
  },
  {
    name: "a second worker joins",
    given: ["task_queued", QUEUED],
    when: ["worker.picked_up", { issue: anIssue({ queued: true, updatedAt: moment(3) }) }],
    steps: ["note worker.picked_up"],
  },
  {
    name: "an edit is the first to say that somebody had picked it up",
    given: ["issue_created", ISSUE],
    when: ["issue.edited", QUEUED],
    steps: ["task_queued by worker.picked_up, implied"],
  },
  {
    name: "an edit says nothing that a reader would miss",
    given: ["task_queued", QUEUED],
    when: ["issue.edited", { issue: anIssue({ labels: ["bug"], updatedAt: moment(3) }) }],
    steps: [],
  },
  {
    name: "it is closed and nobody had begun",
    given: ["issue_created", ISSUE],
    when: ["issue.closed", ISSUE_CLOSED],
    steps: ["cancelled by issue.closed"],
  },
  {
    name: "it is closed while it waits in the queue",
    given: ["task_queued", QUEUED],
    when: ["issue.closed", ISSUE_CLOSED],
    steps: ["cancelled by issue.closed"],
  },
  {
    name: "it is closed, and that is how we hear that it was in the queue",
    given: ["issue_created", ISSUE],
    when: ["issue.closed", { issue: anIssue({ status: "closed", queued: true, updatedAt: moment(70) }) }],
    steps: ["task_queued by worker.picked_up, implied", "cancelled by issue.closed"],
  },
  {
    name: "it is closed while a pull request is open: the work goes on",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["issue.closed", ISSUE_CLOSED],
    steps: ["note issue.closed"],
  },
  {
    name: "it is closed after its pull request was merged",
    given: ["merged", QUEUED, MERGED, GREEN],
    when: ["issue.closed", ISSUE_CLOSED],
    steps: ["closed by issue.closed"],
  },
  {
    name: "it is closed, and strict has no word for that",
    given: ["issue_created", ISSUE],
    when: ["issue.closed", ISSUE_CLOSED],
    steps: ["note issue.closed"],
    lifecycle: STRICT,
  },
  {
    name: "it is reopened after it was cancelled: the next cycle is another record",
    given: ["cancelled", ISSUE_CLOSED],
    when: ["issue.reopened", { issue: anIssue({ updatedAt: moment(80) }) }],
    steps: ["note issue.reopened"],
  },
  {
    name: "it is reopened after it was closed: the next cycle is another record",
    given: ["closed", MERGED, GREEN, ISSUE_CLOSED],
    when: ["issue.reopened", { issue: anIssue({ updatedAt: moment(80) }) }],
    steps: ["note issue.reopened"],
  },
  {
    name: "word of it comes after all of its pull request's",
    given: ["closed", MERGED, GREEN],
    when: ["issue.opened", ISSUE],
    steps: [],
  },
];

const PULLS: readonly Case[] = [
  {
    name: "a pull request is opened for queued work",
    given: ["task_queued", QUEUED],
    when: ["pr.opened", OPENED],
    steps: ["pr_created by pr.opened"],
  },
  {
    name: "it is opened for an issue that nobody had picked up",
    given: ["issue_created", ISSUE],
    when: ["pr.opened", OPENED],
    steps: ["task_queued by worker.picked_up, implied", "pr_created by pr.opened"],
  },
  {
    name: "it is opened without an issue",
    given: ["issue_created"],
    when: ["pr.opened", OPENED],
    steps: ["task_queued by worker.picked_up, implied", "pr_created by pr.opened"],
  },
  {
    name: "its opening is missed, and an edit is the first that is heard of it",
    given: ["task_queued", QUEUED],
    when: ["pr.edited", OPENED],
    steps: ["pr_created by pr.opened, implied"],
  },
  {
    name: "it becomes ready for review",
    given: ["pr_created", QUEUED, OPENED],
    when: ["pr.edited", { pull: aPull({ draft: false, baseRef: "next", updatedAt: moment(12) }) }],
    steps: [],
  },
  {
    name: "a second one is opened while the first has passed",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["pr.opened", { pull: aPull({ number: 9, headSha: NEXT_HEAD, openedAt: moment(50) }) }],
    steps: ["task_queued by worker.picked_up, implied", "pr_created by pr.opened"],
  },
  {
    name: "an older one of the same issue is heard of late",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["pr.opened", { pull: aPull({ number: 6, headSha: NEXT_HEAD, openedAt: moment(5) }) }],
    steps: ["note pr.opened"],
  },
  {
    name: "commits come before CI began",
    given: ["pr_created", QUEUED, OPENED],
    when: ["pr.synchronized", PUSHED],
    steps: ["ci_pending by pr.synchronized"],
  },
  {
    name: "commits come while CI runs",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["pr.synchronized", PUSHED],
    steps: ["note pr.synchronized"],
  },
  ...REWORKABLE.slice(2).map(
    ({ state, known }): Case => ({
      name: `commits come in ${state}: what was proven is no longer about this head`,
      given: [state, ...known],
      when: ["pr.synchronized", PUSHED],
      steps: ["ci_pending by pr.synchronized"],
    }),
  ),
  {
    name: "commits come in approved, and strict knows no way back",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["pr.synchronized", PUSHED],
    steps: ["note pr.synchronized"],
    lifecycle: STRICT,
  },
  {
    name: "news of an older head comes late",
    given: ["ci_pending", QUEUED, PUSHED],
    when: ["pr.opened", OPENED],
    steps: [],
  },
  ...REWORKABLE.map(
    ({ state, known }): Case => ({
      name: `it is closed unmerged in ${state}: back to the queue`,
      given: [state, ...known],
      when: ["pr.closed", CLOSED],
      steps: ["task_queued by pr.closed"],
    }),
  ),
  {
    name: "it is closed unmerged, and strict knows no way back",
    given: ["ci_failed", QUEUED, OPENED, RED],
    when: ["pr.closed", CLOSED],
    steps: ["note pr.closed"],
    lifecycle: STRICT,
  },
  {
    name: "it is closed unmerged and its issue was closed before",
    given: ["pr_created", QUEUED, OPENED, ISSUE_CLOSED],
    when: ["pr.closed", CLOSED],
    steps: ["task_queued by pr.closed", "cancelled by issue.closed, implied"],
  },
  {
    name: "one of two is closed: the other is where the work stands",
    given: ["pr_created", OPENED, GREEN, { pull: aPull({ number: 9, headSha: NEXT_HEAD, openedAt: moment(40) }) }],
    when: [
      "pr.closed",
      {
        pull: aPull({
          number: 9,
          headSha: NEXT_HEAD,
          openedAt: moment(40),
          status: { is: "closed", at: moment(55) },
          updatedAt: moment(55),
        }),
      },
    ],
    steps: ["ci_pending by ci.started, implied", "ci_passed by ci.passed, implied"],
  },
  {
    name: "it is reopened",
    given: ["task_queued", QUEUED, CLOSED],
    when: ["pr.reopened", REOPENED],
    steps: ["pr_created by pr.reopened"],
  },
  {
    name: "it is reopened with what CI said of its head",
    given: ["task_queued", QUEUED, OPENED, GREEN, CLOSED],
    when: ["pr.reopened", REOPENED],
    steps: ["pr_created by pr.reopened", "ci_pending by ci.started, implied", "ci_passed by ci.passed, implied"],
  },
  {
    name: "a pull request is opened after the issue was cancelled",
    given: ["cancelled", ISSUE_CLOSED],
    when: ["pr.opened", OPENED],
    steps: ["note pr.opened"],
  },
];

const CI: readonly Case[] = [
  {
    name: "a check begins",
    given: ["pr_created", QUEUED, OPENED],
    when: ["ci.reported", RUNNING],
    steps: ["ci_pending by ci.started"],
  },
  {
    name: "the only check passes",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["ci.reported", GREEN],
    steps: ["ci_passed by ci.passed"],
  },
  {
    name: "it passes before we heard that it began",
    given: ["pr_created", QUEUED, OPENED],
    when: ["ci.reported", GREEN],
    steps: ["ci_pending by ci.started, implied", "ci_passed by ci.passed"],
  },
  {
    name: "the word that it was created comes after the word that it is completed",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["ci.reported", RUNNING],
    steps: [],
  },
  {
    name: "a check fails",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["ci.reported", RED],
    steps: ["ci_failed by ci.failed"],
  },
  {
    name: "one of two passes",
    given: ["ci_pending", QUEUED, OPENED, checksOf([aRun("build", null), aRun("lint", null)])],
    when: ["ci.reported", GREEN],
    steps: [],
  },
  {
    name: "one of two fails while the other runs",
    given: ["ci_pending", QUEUED, OPENED, checksOf([aRun("build", null), aRun("lint", null)])],
    when: ["ci.reported", RED],
    steps: ["ci_failed by ci.failed"],
  },
  {
    name: "another app's check of the same name passes: its green hides no red",
    given: ["ci_failed", QUEUED, OPENED, RED],
    when: ["ci.reported", checksOf([aRun("build", "success", { appId: 200, key: "200/build" })])],
    steps: [],
  },
  {
    name: "a late check fails",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["ci.reported", checksOf([aRun("late", "failure")])],
    steps: ["ci_failed by ci.failed"],
  },
  {
    name: "a check begins again after it had failed",
    given: ["ci_failed", QUEUED, OPENED, RED],
    when: ["ci.reported", RERUNNING],
    steps: ["ci_pending by ci.started"],
  },
  {
    name: "it passes the second time",
    given: ["ci_failed", QUEUED, OPENED, RED],
    when: ["ci.reported", RERUN_GREEN],
    steps: ["ci_pending by ci.started, implied", "ci_passed by ci.passed"],
  },
  {
    name: "the first try has a last word after the second began",
    given: ["ci_pending", QUEUED, OPENED, RERUNNING],
    when: ["ci.reported", RED],
    steps: [],
  },
  {
    name: "a check runs again after all had passed",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["ci.reported", RERUNNING],
    steps: ["ci_pending by ci.started"],
  },
  {
    name: "a check runs again in approved",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["ci.reported", RERUNNING],
    steps: ["ci_pending by ci.started"],
  },
  {
    name: "it then passes: what was approved still is, for the head is the same",
    given: ["ci_pending", QUEUED, ASKED, RERUNNING, APPROVED],
    when: ["ci.reported", RERUN_GREEN],
    steps: [
      "ci_passed by ci.passed",
      "awaiting_review by review.requested, implied",
      "approved by review.approved, implied",
    ],
  },
  {
    name: "a check fails in awaiting_review",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["ci.reported", RERUN_RED],
    steps: ["ci_pending by ci.started, implied", "ci_failed by ci.failed"],
  },
  {
    name: "a check fails in approved",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["ci.reported", RERUN_RED],
    steps: ["ci_pending by ci.started, implied", "ci_failed by ci.failed"],
  },
  {
    name: "CI passes and a review was asked for",
    given: ["ci_pending", QUEUED, ASKED, RUNNING],
    when: ["ci.reported", GREEN],
    steps: ["ci_passed by ci.passed", "awaiting_review by review.requested, implied"],
  },
  {
    name: "CI passes and the team wants approvals",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["ci.reported", GREEN],
    steps: ["ci_passed by ci.passed", "awaiting_review by review.requested, implied"],
    requiredApprovals: 1,
  },
  {
    name: "a suite waits, which says nothing",
    given: ["pr_created", QUEUED, OPENED],
    when: ["ci.reported", checksOf([aSuite(null)])],
    steps: [],
  },
  {
    name: "a run passes while its suite has more to come",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["ci.reported", checksOf([aRun("build", "success"), aSuite(null)])],
    steps: [],
  },
  {
    name: "the suite is through",
    given: ["ci_pending", QUEUED, OPENED, checksOf([aRun("build", "success"), aSuite(null)])],
    when: ["ci.reported", checksOf([aSuite("success", { asOf: moment(33) })])],
    steps: ["ci_passed by ci.passed"],
  },
  {
    name: "a suite of which no run is known fails",
    given: ["pr_created", QUEUED, OPENED],
    when: ["ci.reported", checksOf([aSuite("failure")])],
    steps: ["ci_pending by ci.started, implied", "ci_failed by ci.failed"],
  },
  {
    name: "a check of the old head passes",
    given: ["ci_pending", QUEUED, OPENED, PUSHED],
    when: ["ci.reported", GREEN],
    steps: [],
  },
  {
    name: "a check fails after the merge",
    given: ["merged", QUEUED, MERGED, GREEN],
    when: ["ci.reported", RERUN_RED],
    steps: [],
  },
];

const REVIEWS: readonly Case[] = [
  {
    name: "a review is asked for after CI passed",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["review.requested", ASKED],
    steps: ["awaiting_review by review.requested"],
  },
  {
    name: "a review is asked for while CI runs",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["review.requested", ASKED],
    steps: ["note review.requested"],
  },
  {
    name: "it is approved",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["review.approved", APPROVED],
    steps: ["approved by review.approved"],
  },
  {
    name: "it is approved unasked",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["review.approved", APPROVED],
    steps: ["awaiting_review by review.requested, implied", "approved by review.approved"],
  },
  {
    name: "it is approved before CI passed",
    given: ["ci_pending", QUEUED, ASKED, RUNNING],
    when: ["review.approved", APPROVED],
    steps: ["note review.approved"],
  },
  {
    name: "its author approves it",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["review.approved", reviewOf(aReview("approved", { reviewer: ALICE }))],
    steps: ["note review.approved"],
  },
  {
    name: "someone without write access approves it",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["review.approved", reviewOf(aReview("approved", { mayApprove: false }))],
    steps: ["note review.approved"],
  },
  {
    name: "an approval of the old head arrives",
    given: ["awaiting_review", QUEUED, ASKED, PUSHED, checksOf([aRun("build", "success")], NEXT_HEAD)],
    when: ["review.approved", reviewOf(aReview("approved", { sha: HEAD }))],
    steps: ["note review.approved"],
  },
  {
    name: "one of two approvals is given",
    given: ["awaiting_review", QUEUED, OPENED, GREEN],
    when: ["review.approved", APPROVED],
    steps: ["note review.approved"],
    requiredApprovals: 2,
  },
  {
    name: "the second of two approvals is given",
    given: ["awaiting_review", QUEUED, OPENED, GREEN, APPROVED],
    when: ["review.approved", reviewOf(aReview("approved", { id: 2, reviewer: CAROL }))],
    steps: ["approved by review.approved"],
    requiredApprovals: 2,
  },
  {
    name: "somebody comments after CI passed: the review is under way",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["review.commented", reviewOf(aReview("commented"))],
    steps: ["awaiting_review by review.requested"],
  },
  {
    name: "the author answers after CI passed",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["review.commented", reviewOf(aReview("commented", { reviewer: ALICE }))],
    steps: ["note review.commented"],
  },
  {
    name: "the approver comments, which takes nothing back",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["review.commented", reviewOf(aReview("commented", { id: 2 }))],
    steps: ["note review.commented"],
  },
  {
    name: "changes are requested after CI passed",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["review.changes_requested", CHANGES],
    steps: ["awaiting_review by review.changes_requested"],
  },
  {
    name: "changes are requested once more",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["review.changes_requested", CHANGES],
    steps: ["note review.changes_requested"],
  },
  {
    name: "another reviewer requests changes after the approval",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["review.changes_requested", reviewOf(aReview("changes_requested", { id: 2, reviewer: CAROL }))],
    steps: ["awaiting_review by review.changes_requested"],
  },
  {
    name: "the approval is dismissed",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["review.dismissed", reviewOf(aReview("dismissed"))],
    steps: ["awaiting_review by review.dismissed"],
  },
  {
    name: "the word of its submission comes after that of its dismissal",
    given: ["awaiting_review", QUEUED, ASKED, GREEN, reviewOf(aReview("dismissed"))],
    when: ["review.approved", APPROVED],
    steps: [],
  },
  {
    name: "the approval is dismissed, and strict knows no way back",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["review.dismissed", reviewOf(aReview("dismissed"))],
    steps: ["note review.dismissed"],
    lifecycle: STRICT,
  },
  {
    name: "a review is given after the merge",
    given: ["merged", QUEUED, MERGED, GREEN],
    when: ["review.approved", APPROVED],
    steps: ["note review.approved"],
  },
];

const MERGES: readonly Case[] = [
  {
    name: "it is merged after CI passed, and its issue is still open",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged"],
  },
  {
    name: "it is merged after the approval",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged"],
    requiredApprovals: 1,
  },
  {
    name: "it is merged and has no issue: that is the end of it",
    given: ["ci_passed", OPENED, GREEN],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged", "closed by pr.closed, implied"],
  },
  {
    name: "it is merged and the word that its issue was closed came first",
    given: ["ci_passed", QUEUED, OPENED, GREEN, ISSUE_CLOSED],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged", "closed by issue.closed, implied"],
  },
  {
    name: "the issue's closing is the first that is heard of the merge",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["issue.closed", { ...ISSUE_CLOSED, ...MERGED }],
    steps: ["merged by pr.merged, implied", "closed by issue.closed"],
  },
  {
    name: "all between the issue and the merge was missed, and one read of the API tells it",
    given: ["issue_created", ISSUE],
    when: ["pr.merged", { ...MERGED, ...GREEN, ...APPROVED }],
    steps: [
      "task_queued by worker.picked_up, implied",
      "pr_created by pr.opened, implied",
      "ci_pending by ci.started, implied",
      "ci_passed by ci.passed, implied",
      "awaiting_review by review.requested, implied",
      "approved by review.approved, implied",
      "merged by pr.merged",
    ],
  },
  {
    name: "it is merged with CI red",
    given: ["ci_failed", QUEUED, OPENED, RED],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_before_ci_passed"],
  },
  {
    name: "it is merged while CI runs",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_before_ci_passed"],
  },
  {
    name: "it is merged without any check: that is pending, never passed",
    given: ["pr_created", QUEUED, OPENED],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_before_ci_passed"],
  },
  {
    name: "it is merged against the rule, and its issue is closed as ever",
    given: ["ci_failed", QUEUED, OPENED, RED, ISSUE_CLOSED],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_before_ci_passed", "closed by issue.closed, implied"],
  },
  {
    name: "it is merged with CI green and without the approval that the team wants",
    given: ["awaiting_review", QUEUED, OPENED, GREEN],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_without_approval"],
    requiredApprovals: 1,
  },
  {
    name: "it is merged with CI green while somebody was asked for a review and had not given it: no way around it is invented",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_without_approval"],
  },
  {
    name: "its approval is dismissed and it is merged before we look",
    given: ["approved", QUEUED, OPENED, GREEN, APPROVED],
    when: ["pr.merged", { ...MERGED, ...reviewOf(aReview("dismissed")) }],
    steps: ["awaiting_review by review.requested, implied", "merged by pr.merged, against merged_without_approval"],
    requiredApprovals: 1,
  },
  {
    name: "commits come to what was approved and are merged at once",
    given: ["approved", QUEUED, OPENED, GREEN, APPROVED],
    when: ["pr.merged", { pull: { ...aPull(MERGED.pull), headSha: NEXT_HEAD } }],
    steps: ["ci_pending by ci.started, implied", "merged by pr.merged, against merged_before_ci_passed"],
  },
  {
    name: "it is merged against the rule in strict, too",
    given: ["ci_failed", QUEUED, OPENED, RED],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_before_ci_passed"],
    lifecycle: STRICT,
  },
  {
    name: "it is merged after its issue was given up",
    given: ["cancelled", ISSUE_CLOSED],
    when: ["pr.merged", { ...MERGED, ...GREEN }],
    steps: ["merged by pr.merged, against closed_before_merge", "closed by issue.closed, implied"],
  },
  {
    name: "its merge is heard of twice",
    given: ["merged", QUEUED, MERGED, GREEN],
    when: ["pr.merged", MERGED],
    steps: [],
  },
  {
    name: "a second pull request of the same issue is merged later",
    given: ["closed", MERGED, GREEN, ISSUE_CLOSED],
    when: ["pr.merged", { pull: aPull({ ...MERGED.pull, number: 9, headSha: NEXT_HEAD, updatedAt: moment(90) }) }],
    steps: ["note pr.merged"],
  },
];

describe.each([
  { about: "issues", cases: ISSUES },
  { about: "pull requests", cases: PULLS },
  { about: "CI", cases: CI },
  { about: "reviews", cases: REVIEWS },
  { about: "merges", cases: MERGES },
])("what follows from news of $about", ({ cases }) => {
  it.each(cases.map((given) => [`in ${given.given[0]}: ${given.name}`, given] as const))("%s", (_, given) => {
    expect(planned(given).map(inWords)).toEqual(given.steps);
  });
});

describe("a step", () => {
  it("that the delivery named has its time, its people and its evidence", () => {
    const observation = anObservation("pr.opened", OPENED);
    const { drafts } = plan(GITHUB, DEFAULT_POLICY, aHead("task_queued", factsOf(QUEUED)), observation);
    expect(drafts).toEqual([
      {
        kind: "transition",
        toState: "pr_created",
        trigger: "pr.opened",
        occurredAt: observation.occurredAt,
        people: observation.people,
        metadata: observation.evidence,
      },
    ]);
  });

  it("that is implied has GitHub's time where GitHub says it, points at what bears it out, and names nobody", () => {
    const approved = reviewOf(aReview("approved", { submittedAt: moment(41) }));
    const drafts = planned({
      given: ["pr_created", QUEUED, OPENED],
      when: ["pr.merged", { ...MERGED, ...GREEN, ...approved }],
    });
    expect(
      drafts.map(({ toState, occurredAt, people, metadata }) => ({ toState, occurredAt, people, metadata })),
    ).toMatchObject([
      { toState: "ci_pending", occurredAt: moment(50), people: [], metadata: { implied: true, sha: HEAD } },
      {
        toState: "ci_passed",
        occurredAt: moment(30),
        people: [],
        metadata: { implied: true, sha: HEAD, url: "https://github.com/acme/shop/pull/8/checks" },
      },
      { toState: "awaiting_review", people: [], metadata: { implied: true } },
      { toState: "approved", occurredAt: moment(41), people: [], metadata: { implied: true } },
      { toState: "merged", occurredAt: moment(50), metadata: { seen: "pr.merged" } },
    ]);
  });

  it("against a rule says which, what CI said, and which checks said so", () => {
    const checks = checksOf([aRun("build", "success"), aRun("test", "failure"), aRun("lint", null)]);
    const [draft] = planned({ given: ["ci_failed", QUEUED, OPENED, checks], when: ["pr.merged", MERGED] });
    expect(draft).toMatchObject({
      kind: "exception",
      toState: "merged",
      metadata: {
        seen: "pr.merged",
        rule: "merged_before_ci_passed",
        ci: "failed",
        not_passed: ["test: failure", "lint: running"],
      },
    });
  });

  it("against a rule lists no more than 20 checks", () => {
    const checks = checksOf(Array.from({ length: 40 }, (_, index) => aRun(`check ${index}`, "failure")));
    const [draft] = planned({ given: ["ci_failed", QUEUED, OPENED, checks], when: ["pr.merged", MERGED] });
    expect(draft?.metadata.not_passed).toHaveLength(20);
  });
});

describe("planning, for any run of observations", () => {
  const CAUSES: readonly Cause[] = [
    ...(["issue.opened", "issue.reopened", "issue.closed", "issue.edited", "worker.picked_up"] as const),
    ...(["pr.opened", "pr.reopened", "pr.edited", "pr.synchronized", "pr.closed", "pr.merged"] as const),
    ...(["ci.reported"] as const),
    ...(["review.requested", "review.approved", "review.changes_requested"] as const),
    ...(["review.commented", "review.dismissed"] as const),
  ];
  const anyCause = fc.constantFrom(...CAUSES);
  const anyTime = fc.integer({ min: 1, max: 99 }).map(moment);
  const anyHeadSha = fc.constantFrom(HEAD, HEAD, NEXT_HEAD);

  const anyIssueNews: fc.Arbitrary<News> = fc
    .record({ status: fc.constantFrom("open", "open", "closed"), queued: fc.boolean(), updatedAt: anyTime })
    .map((fields) => ({ issue: anIssue(fields) }));
  const anyPullNews: fc.Arbitrary<News> = fc
    .record({
      number: fc.constantFrom(8, 8, 9),
      headSha: anyHeadSha,
      is: fc.constantFrom("open", "open", "open", "closed", "merged"),
      updatedAt: anyTime,
      pushed: fc.boolean(),
      reviewRequested: fc.boolean(),
    })
    .map(({ is, ...fields }) => {
      const at = fields.updatedAt;
      const status = is === "open" ? { is } : is === "closed" ? { is, at } : { is, at, sha: null, by: null };
      return { pull: aPull({ ...fields, status }) };
    });
  const anyCheckNews: fc.Arbitrary<News> = fc
    .record({
      sha: anyHeadSha,
      checks: fc.array(
        fc.oneof(
          fc
            .tuple(fc.constantFrom("build", "lint"), fc.constantFrom(null, "success", "failure"), anyTime)
            .map(([name, conclusion, asOf]) => aRun(name, conclusion, { asOf })),
          fc.tuple(fc.constantFrom(null, "success"), anyTime).map(([conclusion, asOf]) => aSuite(conclusion, { asOf })),
        ),
        { minLength: 1, maxLength: 2 },
      ),
    })
    .map(({ sha, checks }) => checksOf(checks, sha));
  const anyReviewNews: fc.Arbitrary<News> = fc
    .record({
      id: fc.integer({ min: 1, max: 4 }),
      state: fc.constantFrom("approved", "approved", "changes_requested", "commented", "dismissed"),
      reviewer: fc.constantFrom(ALICE, BOB, CAROL),
      sha: anyHeadSha,
    })
    .map(({ state, ...fields }) => reviewOf(aReview(state, fields)));

  const anyObservation: fc.Arbitrary<Observation> = fc
    .tuple(anyCause, fc.oneof(anyIssueNews, anyPullNews, anyPullNews, anyCheckNews, anyCheckNews, anyReviewNews))
    .map(([cause, news]) => anObservation(cause, news));
  const anyRun = fc.array(anyObservation, { maxLength: 25 });
  const anyLifecycle = fc.constantFrom<Lifecycle>(GITHUB, STRICT);
  const anyPolicy = fc.record({ requiredApprovals: fc.nat({ max: 2 }) });

  const recording = { timestamp: moment(1), source: { kind: "api" } } as const;

  function follow(
    lifecycle: Lifecycle,
    policy: { requiredApprovals: number },
    run: readonly Observation[],
    each = (_before: RecordHead, _after: RecordHead, _of: Observation) => {},
  ) {
    let head = aHead("issue_created", undefined, lifecycle);
    const entries = [];
    for (const observation of run) {
      const before = head;
      const { facts, drafts } = plan(lifecycle, policy, before, observation);
      const next = advance(lifecycle, reflect(before, facts), drafts, recording);
      head = next.head;
      entries.push(...next.entries.map(openEntry));
      each(before, head, observation);
    }
    return { head, entries };
  }

  it("every entry is a legal step from where the record was, but for exceptions, and those only merge", () => {
    fc.assert(
      fc.property(anyLifecycle, anyPolicy, anyRun, (lifecycle, policy, run) => {
        let at = "issue_created";
        for (const { kind, fromState, toState } of follow(lifecycle, policy, run).entries) {
          expect(fromState).toBe(at);
          if (kind === "note") expect(toState).toBeNull();
          else if (kind === "exception") expect(toState).toBe("merged");
          else expect(allowedFrom(lifecycle, at)).toContain(toState);
          at = toState ?? at;
        }
      }),
      { numRuns: 200 },
    );
  });

  it("merged is entered from ci_passed or approved, or as an exception that names a rule", () => {
    fc.assert(
      fc.property(anyLifecycle, anyPolicy, anyRun, (lifecycle, policy, run) => {
        const { head, entries } = follow(lifecycle, policy, run);
        for (const { kind, fromState, metadata } of entries.filter(({ toState }) => toState === "merged")) {
          if (kind === "transition") expect(["ci_passed", "approved"]).toContain(fromState);
          else expect(metadata.rule).toMatch(/^(merged_before_ci_passed|merged_without_approval|closed_before_merge)$/);
        }
        expect(head.exceptions).toBe(entries.filter(({ kind }) => kind === "exception").length);
        expect(entries.filter(({ toState }) => toState === "merged").length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  it("the same record and observation make the same plan, and neither is changed", () => {
    fc.assert(
      fc.property(anyPolicy, anyRun, anyObservation, (policy, run, observation) => {
        const { head } = follow(GITHUB, policy, run);
        const before = JSON.stringify([head, observation]);
        const first = plan(GITHUB, policy, head, observation);
        expect(plan(GITHUB, policy, head, observation)).toEqual(first);
        expect(JSON.stringify([head, observation])).toBe(before);
      }),
    );
  });

  it("an observation that is made again says nothing", () => {
    fc.assert(
      fc.property(anyPolicy, anyRun, (policy, run) => {
        follow(GITHUB, policy, run, (_, after, observation) => {
          const again = plan(GITHUB, policy, after, observation);
          expect(again.drafts).toEqual([]);
          expect(again.facts).toBe(after.facts);
        });
      }),
    );
  });

  it("a whole life ends the same in whatever order its deliveries come, and with no exception where the merge is the last", () => {
    const before = [
      anObservation("issue.opened", ISSUE),
      anObservation("worker.picked_up", QUEUED),
      anObservation("pr.opened", OPENED),
      anObservation("ci.reported", { ...OPENED, ...RUNNING }),
      anObservation("ci.reported", { ...OPENED, ...RED }),
      anObservation("ci.reported", { ...OPENED, ...RERUNNING }),
      anObservation("ci.reported", { ...OPENED, ...RERUN_GREEN }),
      anObservation("review.requested", ASKED),
      anObservation("review.approved", { ...ASKED, ...APPROVED }),
    ];
    const end = [anObservation("pr.merged", MERGED), anObservation("issue.closed", ISSUE_CLOSED)];
    const shuffled = (run: readonly Observation[]) =>
      fc.shuffledSubarray([...run, ...run], { minLength: run.length }).map((some) => [...some, ...run]);
    fc.assert(
      fc.property(shuffled(before), shuffled(end), (life, ending) => {
        const open = follow(GITHUB, { requiredApprovals: 1 }, life);
        expect(open.head.state).toBe("approved");
        const { head } = follow(GITHUB, { requiredApprovals: 1 }, [...life, ...ending]);
        expect([head.state, head.exceptions]).toEqual(["closed", 0]);
      }),
    );
    fc.assert(
      fc.property(shuffled([...before, ...end]), (life) => {
        expect(follow(GITHUB, { requiredApprovals: 1 }, life).head.state).toBe("closed");
      }),
    );
  });
});
