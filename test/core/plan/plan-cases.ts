import {
  type Cause,
  GITHUB,
  type JudgedMerge,
  type Lifecycle,
  type News,
  projectHead,
  STRICT,
  type WorkItem,
} from "../../../src/core/index.js";
import {
  ALICE,
  aHead,
  anIssue,
  anObservation,
  aPolicy,
  aPull,
  aReview,
  aRun,
  aStatus,
  aSuite,
  BOB,
  CAROL,
  checksOf,
  HEAD,
  knownAfter,
  NEXT_HEAD,
  type PolicyChanges,
  planAfter,
  reviewOf,
} from "../../builders/github.js";
import { moment } from "../../builders/records.js";

export const ISSUE: News = { issue: anIssue() };
export const QUEUED: News = { issue: anIssue({ queued: true, updatedAt: moment(2) }) };
const closedAt = (at: number): News => ({
  issue: anIssue({ status: "closed", updatedAt: moment(at), closedAt: moment(at) }),
});
export const ISSUE_CLOSED = closedAt(70);
export const OPENED: News = { pull: aPull() };
export const ASKED: News = { pull: aPull({ reviewRequested: true, updatedAt: moment(35) }) };
const PUSHED: News = { pull: aPull({ headSha: NEXT_HEAD, pushed: true, updatedAt: moment(45) }) };
const CLOSED: News = { pull: aPull({ status: { is: "closed", at: moment(55) }, updatedAt: moment(55) }) };
const REOPENED: News = { pull: aPull({ updatedAt: moment(56) }) };
export const MERGED: News = {
  pull: aPull({
    status: { is: "merged", at: moment(60), sha: "f".repeat(40), by: { person: BOB, type: "User" } },
    updatedAt: moment(60),
  }),
};
/** GitHub was asked long after the merge. */
const MERGED_OF_OLD: News = { pull: { ...aPull(MERGED.pull), checksGone: true } };
export const RUNNING = checksOf([aRun("build", null)]);
const SECOND: News = { pull: aPull({ number: 9, headSha: NEXT_HEAD, updatedAt: moment(75) }) };
const SECOND_MERGED: News = {
  pull: aPull({
    ...SECOND.pull,
    status: { is: "merged", at: moment(90), sha: "e".repeat(40), by: { person: BOB, type: "User" } },
    updatedAt: moment(90),
  }),
};

export const GREEN = checksOf([aRun("build", "success")]);
export const RED = checksOf([aRun("build", "failure")]);
const AGAIN = { id: 2, asOf: moment(40), completedAt: null };
export const RERUNNING = checksOf([aRun("build", null, AGAIN)]);
export const RERUN_GREEN = checksOf([aRun("build", "success", { ...AGAIN, completedAt: moment(44) })]);
const RERUN_RED = checksOf([aRun("build", "failure", { ...AGAIN, completedAt: moment(44) })]);
export const APPROVED = reviewOf(aReview("approved"));
const CHANGES = reviewOf(aReview("changes_requested"));
const TIMED_OUT: News = { ciTimedOut: { repoId: 1, number: 8, sha: HEAD, at: moment(50) } };

/** One line of the specification: where a record is and what it knows, what GitHub then says, and what follows. */
export interface Case {
  readonly name: string;
  /** The record's state, and the news that it has taken in. */
  readonly given: readonly [state: string, ...News[]];
  readonly when: readonly [cause: Cause, news: News];
  readonly steps: readonly string[];
  /** In the App's lifecycle and with nothing asked for beyond CI, unless told otherwise. */
  readonly lifecycle?: Lifecycle;
  readonly policy?: PolicyChanges;
  /** Whether the event has its line in the ledger already. */
  readonly recorded?: boolean;
  /** The rules that the ledger says the merge of pull request 8 broke. */
  readonly broken?: readonly string[];
  /** Whether the repository has ever shown a check; it has, unless told otherwise. */
  readonly hasCi?: boolean;
}

/** What is planned in a case. */
export function planned({
  given: [state, ...known],
  when: [cause, news],
  lifecycle = GITHUB,
  policy: asked,
  recorded: isRecorded = false,
  broken: rules = [],
  hasCi = true,
}: Omit<Case, "name" | "steps">) {
  const policy = aPolicy(asked);
  const { item } = knownAfter(known, hasCi);
  const merges = mergesIn(item, state);
  const broken = rules.length > 0 ? [{ seq: 1, rules, pull: "1#8", justifiedBy: [], correctedBy: null }] : [];
  const head = projectHead(aHead(state, lifecycle, { merges, broken, exceptions: broken.length }), item, policy);
  const judgedBy = new Map(merges.map(({ pull }) => [pull, { policy, ciWasGone: false }]));
  return planAfter(known, anObservation(cause, news), { head, lifecycle, policy, isRecorded, judgedBy, hasCi });
}

/** What a record that has come past a merge has judged of it. */
function mergesIn({ pulls }: WorkItem, state: string): readonly JudgedMerge[] {
  const isPast = state === "merged" || state === "closed";
  const merged = pulls.filter(({ status }) => isPast && status.is === "merged");
  return merged.map(({ repoId, number }) => ({ pull: `${repoId}#${number}`, seq: 1 }));
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
    name: "it is closed before anything was merged, which strict does not allow",
    given: ["issue_created", ISSUE],
    when: ["issue.closed", ISSUE_CLOSED],
    steps: ["closed by issue.closed, against closed_before_merge"],
    lifecycle: STRICT,
  },
  {
    name: "it is closed while its pull request is open, which strict does not allow",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["issue.closed", ISSUE_CLOSED],
    steps: ["closed by issue.closed, against closed_before_merge"],
    lifecycle: STRICT,
  },
  {
    name: "it is moved to another repository",
    given: ["task_queued", QUEUED],
    when: ["issue.transferred", ISSUE_CLOSED],
    steps: ["cancelled by issue.transferred"],
  },
  {
    name: "it is deleted",
    given: ["issue_created", ISSUE],
    when: ["issue.deleted", ISSUE_CLOSED],
    steps: ["cancelled by issue.deleted"],
  },
  {
    name: "its repository gets another name",
    given: ["task_queued", QUEUED],
    when: ["repo.renamed", { renamed: { repoId: 1, repoName: "acme/store" } }],
    steps: ["note repo.renamed"],
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
    name: "its opening is heard of after a push: the record has it already",
    given: ["ci_pending", QUEUED, PUSHED],
    when: ["pr.opened", OPENED],
    steps: [],
  },
  {
    name: "its opening is heard of twice",
    given: ["ci_pending", QUEUED, PUSHED],
    when: ["pr.opened", OPENED],
    steps: [],
    recorded: true,
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

const UNLINKED: News = { pull: aPull({ status: { is: "unlinked", at: moment(57) }, updatedAt: moment(57) }) };

const LINKS: readonly Case[] = [
  {
    name: "a pull request no longer says that it closes the issue: back to the queue",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["pr.unlinked", UNLINKED],
    steps: ["task_queued by pr.unlinked"],
  },
  {
    name: "that it once did is heard of after that it does no more",
    given: ["issue_created", ISSUE],
    when: ["pr.unlinked", UNLINKED],
    steps: ["task_queued by pr.unlinked"],
  },
  {
    name: "older news of it does not bring the link back",
    given: ["task_queued", QUEUED, UNLINKED],
    when: ["pr.opened", OPENED],
    steps: ["note pr.opened"],
  },
  {
    name: "it says so again",
    given: ["task_queued", QUEUED, OPENED, GREEN, UNLINKED],
    when: ["pr.edited", { pull: aPull({ updatedAt: moment(58), linkedBy: ["keyword"] }) }],
    steps: ["pr_created by pr.opened, implied", "ci_pending by ci.started, implied", "ci_passed by ci.passed, implied"],
  },
  {
    name: "a pull request that was a work item of its own now closes an issue: its own ends",
    given: ["ci_passed", OPENED, GREEN],
    when: ["pr.unlinked", UNLINKED],
    steps: ["task_queued by pr.unlinked", "cancelled by pr.unlinked, implied"],
  },
  {
    name: "the other of two pull requests is left",
    given: [
      "ci_passed",
      QUEUED,
      OPENED,
      GREEN,
      { pull: aPull({ number: 9, headSha: NEXT_HEAD, openedAt: moment(5) }) },
    ],
    when: [
      "pr.unlinked",
      {
        pull: aPull({
          ...{ number: 9, headSha: NEXT_HEAD, openedAt: moment(5) },
          ...{ status: { is: "unlinked", at: moment(57) }, updatedAt: moment(57) },
        }),
      },
    ],
    steps: ["note pr.unlinked"],
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
    when: ["ci.reported", checksOf([aRun("build", "success", { appId: 200 })])],
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
    policy: { requiredApprovals: 1 },
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
    when: ["ci.reported", checksOf([aRun("build", "failure", { id: 2, asOf: moment(62), completedAt: moment(64) })])],
    steps: [],
  },
  {
    name: "a commit status is pending",
    given: ["pr_created", QUEUED, OPENED],
    when: ["ci.reported", checksOf([aStatus("ci/build", null)])],
    steps: ["ci_pending by ci.started"],
  },
  {
    name: "a commit status succeeds",
    given: ["ci_pending", QUEUED, OPENED, checksOf([aStatus("ci/build", null)])],
    when: ["ci.reported", checksOf([aStatus("ci/build", "success", { id: 2, asOf: moment(30) })])],
    steps: ["ci_passed by ci.passed"],
  },
  {
    name: "a commit status has an error",
    given: ["ci_pending", QUEUED, OPENED, checksOf([aStatus("ci/build", null)])],
    when: ["ci.reported", checksOf([aStatus("ci/build", "error", { id: 2, asOf: moment(30) })])],
    steps: ["ci_failed by ci.failed"],
  },
  {
    name: "a check run passes while a commit status of the same name has failed",
    given: ["ci_failed", QUEUED, OPENED, checksOf([aStatus("build", "failure")])],
    when: ["ci.reported", GREEN],
    steps: [],
  },
  {
    name: "all pass, and a check that the team requires has not come",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["ci.reported", GREEN],
    steps: [],
    policy: { ci: { checks: ["build", "e2e"] } },
  },
  {
    name: "the check that the team requires passes, too",
    given: ["ci_pending", QUEUED, OPENED, GREEN],
    when: ["ci.reported", checksOf([aRun("e2e", "success")])],
    steps: ["ci_passed by ci.passed"],
    policy: { ci: { checks: ["build", "e2e"] } },
  },
  {
    name: "a check fails that the team does not require: it counts all the same",
    given: ["ci_pending", QUEUED, OPENED, GREEN],
    when: ["ci.reported", checksOf([aRun("lint", "failure")])],
    steps: ["ci_failed by ci.failed"],
    policy: { ci: { checks: ["build"] } },
  },
  {
    name: "a check fails that the team ignores",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["ci.reported", checksOf([aRun("flaky / ui", "failure")])],
    steps: [],
    policy: { ci: { ignore: ["flaky*"] } },
  },
  {
    name: "only what the team ignores has passed, which is no CI at all",
    given: ["pr_created", QUEUED, OPENED],
    when: ["ci.reported", checksOf([aRun("flaky / ui", "success")])],
    steps: [],
    policy: { ci: { ignore: ["flaky*"] } },
  },
  {
    name: "the team has no CI, and a pull request is opened",
    given: ["task_queued", QUEUED],
    when: ["pr.opened", OPENED],
    steps: [
      "pr_created by pr.opened",
      "ci_pending by ci.not_required, implied",
      "ci_passed by ci.not_required, implied",
    ],
    policy: { ci: { required: false } },
  },
  {
    name: "the team has no CI, and commits come",
    given: ["ci_passed", QUEUED, OPENED],
    when: ["pr.synchronized", PUSHED],
    steps: ["note pr.synchronized"],
    policy: { ci: { required: false } },
  },
  {
    name: "no check ever came, and it was waited for long enough",
    given: ["pr_created", QUEUED, OPENED],
    when: ["ci.timed_out", TIMED_OUT],
    steps: ["ci_pending by ci.started, implied", "ci_failed by ci.timed_out"],
  },
  {
    name: "a check never came to its end, and it was waited for long enough",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["ci.timed_out", TIMED_OUT],
    steps: ["ci_failed by ci.timed_out"],
  },
  {
    name: "it comes to its end after all",
    given: ["ci_failed", QUEUED, OPENED, RUNNING, TIMED_OUT],
    when: ["ci.reported", GREEN],
    steps: ["ci_pending by ci.started, implied", "ci_passed by ci.passed"],
  },
  {
    name: "commits come after it was given up: the waiting begins anew",
    given: ["ci_failed", QUEUED, OPENED, RUNNING, TIMED_OUT],
    when: ["pr.synchronized", PUSHED],
    steps: ["ci_pending by pr.synchronized"],
  },
  {
    name: "it is given up for a head that was pushed over",
    given: ["ci_pending", QUEUED, PUSHED],
    when: ["ci.timed_out", TIMED_OUT],
    steps: ["note ci.timed_out"],
  },
  {
    name: "what the team asks for has changed, and is decided anew",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["refreshed", {}],
    steps: ["ci_passed by ci.not_required, implied"],
    policy: { ci: { required: false } },
  },
];

const LAST_PUSHED_BY_BOB: News = { pull: { ...aPull(PUSHED.pull), pushedBy: BOB } };
const NEXT_GREEN = checksOf([aRun("build", "success")], NEXT_HEAD);
const BY_LAST_PUSHER = reviewOf(aReview("approved", { sha: NEXT_HEAD }));
const BY_APP = reviewOf(aReview("approved", { type: "Bot" }));
const BY_GHOST = reviewOf(aReview("approved", { reviewer: null, mayApprove: null }));
const FOR_OTHER_BASE = reviewOf(aReview("approved", { baseRef: "next" }));
const GROUP_SHA = "f".repeat(40);
const GROUPED: News = { group: { repoId: 1, number: 8, sha: GROUP_SHA } };

const REVIEWS: readonly Case[] = [
  {
    name: "a review is asked for after CI passed",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["review.requested", ASKED],
    steps: ["awaiting_review by review.requested"],
  },
  {
    name: "the request for a review is taken back after CI passed: nobody waits for it any more",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["review.request_removed", { pull: aPull({ updatedAt: moment(36) }) }],
    steps: ["ci_passed by review.request_removed"],
  },
  {
    name: "one of two requests is taken back",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["review.request_removed", { pull: aPull({ reviewRequested: true, updatedAt: moment(36) }) }],
    steps: ["note review.request_removed"],
  },
  {
    name: "the request is taken back, and the team wants approvals all the same (`approvals.required: 1`)",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["review.request_removed", { pull: aPull({ updatedAt: moment(36) }) }],
    steps: ["note review.request_removed"],
    policy: { requiredApprovals: 1 },
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
    name: "an App approves it",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["review.approved", BY_APP],
    steps: ["note review.approved"],
  },
  {
    name: "whoever pushed last approves it: no longer is it reviewed by another",
    given: ["awaiting_review", QUEUED, ASKED, LAST_PUSHED_BY_BOB, NEXT_GREEN],
    when: ["review.approved", BY_LAST_PUSHER],
    steps: ["note review.approved"],
    policy: { requiredApprovals: 1 },
  },
  {
    name: "it was approved for another base",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["review.approved", FOR_OTHER_BASE],
    steps: ["note review.approved"],
  },
  {
    name: "the approval is by an account that is gone: nobody knows whether it might approve, so it promises nothing",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["review.approved", BY_GHOST],
    steps: ["note review.approved"],
  },
  {
    name: "one of two approvals is given",
    given: ["awaiting_review", QUEUED, OPENED, GREEN],
    when: ["review.approved", APPROVED],
    steps: ["note review.approved"],
    policy: { requiredApprovals: 2 },
  },
  {
    name: "the second of two approvals is given",
    given: ["awaiting_review", QUEUED, OPENED, GREEN, APPROVED],
    when: ["review.approved", reviewOf(aReview("approved", { id: 2, reviewer: CAROL }))],
    steps: ["approved by review.approved"],
    policy: { requiredApprovals: 2 },
  },
  {
    name: "somebody comments after CI passed, which asks for nothing",
    given: ["ci_passed", QUEUED, OPENED, GREEN],
    when: ["review.commented", reviewOf(aReview("commented"))],
    steps: ["note review.commented"],
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
    name: "the word of its submission comes after that of its dismissal: it stays dismissed",
    given: ["awaiting_review", QUEUED, ASKED, GREEN, reviewOf(aReview("dismissed"))],
    when: ["review.approved", APPROVED],
    steps: ["note review.approved"],
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
    policy: { requiredApprovals: 1 },
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
    name: "it was merged so long ago that GitHub has no check of it any more: nobody can know, and no rule is said to be broken",
    given: ["pr_created", QUEUED, OPENED],
    when: ["pr.merged", MERGED_OF_OLD],
    steps: ["ci_pending by ci.not_known, implied", "ci_passed by ci.not_known, implied", "merged by pr.merged"],
  },
  {
    name: "it was merged long ago, and a check that ran is heard of no more: nobody can know how it ended",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["pr.merged", MERGED_OF_OLD],
    steps: ["ci_passed by ci.not_known, implied", "merged by pr.merged"],
  },
  {
    name: "it was merged long ago, and it is remembered that a check was red",
    given: ["ci_failed", QUEUED, OPENED, RED],
    when: ["pr.merged", MERGED_OF_OLD],
    steps: ["merged by pr.merged, against merged_before_ci_passed"],
  },
  {
    name: "it was merged long ago, and it is remembered that all checks were green",
    given: ["pr_created", QUEUED, OPENED],
    when: ["pr.merged", { ...MERGED_OF_OLD, ...GREEN }],
    steps: ["ci_pending by ci.started, implied", "ci_passed by ci.passed, implied", "merged by pr.merged"],
  },
  {
    name: "it was merged long ago without the approval that the team wants: reviews are kept, so that is known",
    given: ["pr_created", QUEUED, OPENED],
    when: ["pr.merged", MERGED_OF_OLD],
    steps: [
      "ci_pending by ci.not_known, implied",
      "ci_passed by ci.not_known, implied",
      "awaiting_review by review.requested, implied",
      "merged by pr.merged, against merged_without_approval",
    ],
    policy: { requiredApprovals: 1 },
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
    policy: { requiredApprovals: 1 },
  },
  {
    name: "it is merged with CI green while somebody was asked for a review and had not given it: no way around it is invented",
    given: ["awaiting_review", QUEUED, ASKED, GREEN],
    when: ["pr.merged", { pull: aPull({ ...MERGED.pull, reviewRequested: true }) }],
    steps: ["merged by pr.merged, against merged_without_approval"],
  },
  {
    name: "its approval is dismissed and it is merged before we look",
    given: ["approved", QUEUED, OPENED, GREEN, APPROVED],
    when: ["pr.merged", { ...MERGED, ...reviewOf(aReview("dismissed")) }],
    steps: ["awaiting_review by review.requested, implied", "merged by pr.merged, against merged_without_approval"],
    policy: { requiredApprovals: 1 },
  },
  {
    name: "commits come to what was approved and are merged at once",
    given: ["approved", QUEUED, OPENED, GREEN, APPROVED],
    when: ["pr.merged", { pull: { ...aPull(MERGED.pull), headSha: NEXT_HEAD } }],
    steps: ["ci_pending by ci.started, implied", "merged by pr.merged, against merged_before_ci_passed"],
  },
  {
    name: "it is merged with no approval but that of an account that is gone: nobody can know, and no rule is said to be broken",
    given: ["awaiting_review", QUEUED, OPENED, GREEN, BY_GHOST],
    when: ["pr.merged", MERGED],
    steps: ["approved by review.not_known, implied", "merged by pr.merged"],
    policy: { requiredApprovals: 1 },
  },
  {
    name: "it is merged with no approval but that of whoever pushed last",
    given: ["awaiting_review", QUEUED, OPENED, LAST_PUSHED_BY_BOB, NEXT_GREEN, BY_LAST_PUSHER],
    when: ["pr.merged", { pull: { ...aPull(MERGED.pull), headSha: NEXT_HEAD } }],
    steps: ["merged by pr.merged, against approved_by_pusher"],
    policy: { requiredApprovals: 1 },
  },
  {
    name: "it is merged into another base than it was approved for",
    given: ["awaiting_review", QUEUED, OPENED, GREEN, FOR_OTHER_BASE],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_into_other_base"],
    policy: { requiredApprovals: 1 },
  },
  {
    name: "it is merged with no approval but an App's",
    given: ["awaiting_review", QUEUED, OPENED, GREEN, BY_APP],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_without_approval"],
    policy: { requiredApprovals: 1 },
  },
  {
    name: "the queue merges it: CI of its group's commit counts, not that of its head",
    given: ["ci_failed", QUEUED, OPENED, RED, GROUPED, checksOf([aRun("build", "success")], GROUP_SHA)],
    when: ["pr.merged", MERGED],
    steps: ["ci_pending by ci.started, implied", "ci_passed by ci.passed, implied", "merged by pr.merged"],
  },
  {
    name: "the queue merges it while CI of its group's commit is red, and its head was green",
    given: ["ci_passed", QUEUED, OPENED, GREEN, GROUPED, checksOf([aRun("build", "failure", { id: 2 })], GROUP_SHA)],
    when: ["pr.merged", MERGED],
    steps: ["ci_failed by ci.failed, implied", "merged by pr.merged, against merged_before_ci_passed"],
  },
  {
    name: "it is merged in a repository that has never shown a check (`ci.required: auto`)",
    given: ["pr_created", QUEUED, OPENED],
    when: ["pr.merged", MERGED],
    steps: ["ci_pending by ci.none_known, implied", "ci_passed by ci.none_known, implied", "merged by pr.merged"],
    hasCi: false,
  },
  {
    name: "it is merged against an objection in a repository that has never shown a check: no way around the review is invented",
    given: ["pr_created", QUEUED, OPENED, CHANGES],
    when: ["pr.merged", MERGED],
    steps: [
      "ci_pending by ci.none_known, implied",
      "ci_passed by ci.none_known, implied",
      "awaiting_review by review.requested, implied",
      "merged by pr.merged, against merged_without_approval",
    ],
    hasCi: false,
  },
  {
    name: "it is merged in a repository that has never shown a check, and the team requires CI (`ci.required: true`)",
    given: ["pr_created", QUEUED, OPENED],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_before_ci_passed"],
    policy: { ci: { required: true } },
    hasCi: false,
  },
  {
    name: "a check that was red at the merge is heard of after the merge was judged: a finding of its own",
    given: ["merged", QUEUED, OPENED, GREEN, MERGED],
    when: ["ci.reported", checksOf([aRun("lint", "failure")])],
    steps: ["exception pr.merged, against merged_before_ci_passed"],
  },
  {
    name: "the same is heard again: it is in the ledger",
    given: ["merged", QUEUED, OPENED, GREEN, MERGED, checksOf([aRun("lint", "failure")])],
    when: ["ci.reported", checksOf([aRun("lint", "failure")])],
    steps: [],
    broken: ["merged_before_ci_passed"],
  },
  {
    name: "that CI was green at the merge is heard of after it was said not to be: that is corrected",
    given: ["merged", QUEUED, OPENED, MERGED],
    when: ["ci.reported", GREEN],
    steps: ["corrected ci.reported"],
    broken: ["merged_before_ci_passed"],
  },
  {
    name: "it was merged against two rules, and one proves to have been kept: the other is said anew",
    given: ["merged", QUEUED, OPENED, MERGED],
    when: ["review.approved", APPROVED],
    steps: ["exception pr.merged, against merged_before_ci_passed", "corrected review.approved"],
    broken: ["merged_before_ci_passed", "merged_without_approval"],
    policy: { requiredApprovals: 1 },
  },
  {
    name: "an approval is dismissed after the merge: the merge was judged by what had been said by then",
    given: ["merged", QUEUED, OPENED, GREEN, APPROVED, MERGED],
    when: [
      "review.dismissed",
      {
        review: { repoId: 1, number: 8, review: aReview("dismissed"), saidAt: moment(80) },
      },
    ],
    steps: ["note review.dismissed"],
    policy: { requiredApprovals: 1 },
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
    given: ["cancelled", closedAt(50)],
    when: ["pr.merged", { ...MERGED, ...GREEN }],
    steps: ["merged by pr.merged, against closed_before_merge", "closed by issue.closed, implied"],
  },
  {
    name: "its issue was closed by the merge, and was taken for given up before the merge was heard of: no rule was broken",
    given: ["cancelled", closedAt(60)],
    when: ["pr.merged", { ...MERGED, ...GREEN }],
    steps: [
      "merged by pr.merged, against closed_before_merge",
      "closed by issue.closed, implied",
      "corrected pr.merged",
    ],
  },
  {
    name: "its issue was closed by the merge, which broke a rule: that one is named, and no other",
    given: ["cancelled", closedAt(60)],
    when: ["pr.merged", { ...MERGED, ...RED }],
    steps: ["merged by pr.merged, against merged_before_ci_passed", "closed by issue.closed, implied"],
  },
  {
    name: "its merge is heard of twice",
    given: ["merged", QUEUED, MERGED, GREEN],
    when: ["pr.merged", MERGED],
    steps: [],
    recorded: true,
  },
  {
    name: "a second pull request of the same issue is merged later, with CI green",
    given: ["closed", MERGED, GREEN, ISSUE_CLOSED, SECOND, checksOf([aRun("build", "success")], NEXT_HEAD)],
    when: ["pr.merged", SECOND_MERGED],
    steps: ["note pr.merged"],
  },
  {
    name: "a second pull request of the same issue is merged later, with CI red: it moves nothing, and is an exception",
    given: ["closed", MERGED, GREEN, ISSUE_CLOSED, SECOND, checksOf([aRun("build", "failure")], NEXT_HEAD)],
    when: ["pr.merged", SECOND_MERGED],
    steps: ["exception pr.merged, against merged_before_ci_passed"],
  },
  {
    name: "it is merged while CI runs, which passes afterwards: what CI had said by then counts",
    given: ["ci_passed", QUEUED, OPENED, RUNNING, checksOf([aRun("build", "success", { completedAt: moment(65) })])],
    when: ["pr.merged", MERGED],
    steps: ["ci_pending by ci.started, implied", "merged by pr.merged, against merged_before_ci_passed"],
  },
  {
    name: "it is merged with CI green, and a run that began afterwards has failed",
    given: [
      "ci_failed",
      ...[QUEUED, OPENED, GREEN],
      checksOf([aRun("build", "failure", { id: 2, asOf: moment(62), completedAt: moment(64) })]),
    ],
    when: ["pr.merged", MERGED],
    steps: ["ci_pending by ci.started, implied", "ci_passed by ci.passed, implied", "merged by pr.merged"],
  },
  {
    name: "commits came after the approval, CI passed, and it is merged without another",
    given: ["awaiting_review", QUEUED, ASKED, APPROVED, PUSHED, checksOf([aRun("build", "success")], NEXT_HEAD)],
    when: ["pr.merged", { pull: { ...aPull(MERGED.pull), headSha: NEXT_HEAD } }],
    steps: ["merged by pr.merged, against merged_after_unreviewed_push"],
  },
  {
    name: "its author is the only one who approved it",
    given: ["awaiting_review", QUEUED, OPENED, GREEN, reviewOf(aReview("approved", { reviewer: ALICE }))],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against approved_by_author"],
    policy: { requiredApprovals: 1 },
  },
  {
    name: "it is approved after the merge, which is too late",
    given: ["awaiting_review", QUEUED, OPENED, GREEN, reviewOf(aReview("approved", { submittedAt: moment(66) }))],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_without_approval"],
    policy: { requiredApprovals: 1 },
  },
  {
    name: "a required check never came, and it is merged",
    given: ["ci_pending", QUEUED, OPENED, GREEN],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged, against merged_before_ci_passed"],
    policy: { ci: { checks: ["build", "e2e"] } },
  },
  {
    name: "the team has no CI, and it is merged",
    given: ["ci_passed", QUEUED, OPENED],
    when: ["pr.merged", MERGED],
    steps: ["merged by pr.merged"],
    policy: { ci: { required: false } },
  },
  {
    name: "the App merged it",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["auto.merged", MERGED],
    steps: ["merged by auto.merged"],
  },
  {
    name: "GitHub does not let the App merge it",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: [
      "auto.refused",
      { mergeRefused: { repoId: 1, number: 8, sha: HEAD, reason: "Base branch was modified", at: moment(61) } },
    ],
    steps: ["note auto.refused"],
  },
  {
    name: "a gate answers before the merge",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: [
      "gate.answered",
      {
        verdict: {
          ...{ repoId: 1, number: 8, sha: HEAD, gate: "sentinel", decision: "block" },
          ...{ title: "A secret in the diff", failed: false, at: moment(57) },
        },
      },
    ],
    steps: ["verdict gate.answered"],
  },
  {
    name: "it enters the merge queue",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["queue.entered", { queue: { repoId: 1, number: 8, is: "entered", reason: null, at: moment(58) } }],
    steps: ["note queue.entered"],
  },
  {
    name: "it leaves the merge queue",
    given: ["approved", QUEUED, ASKED, GREEN, APPROVED],
    when: ["queue.left", { queue: { repoId: 1, number: 8, is: "left", reason: "CI_FAILURE", at: moment(59) } }],
    steps: ["note queue.left"],
  },
  {
    name: "a person asks the App to merge it",
    given: ["ci_pending", QUEUED, OPENED, RUNNING],
    when: ["command.automerge", { autoMerge: { repoId: 1, number: 8, on: true, at: moment(41) } }],
    steps: ["note command.automerge"],
  },
  {
    name: "its issue was closed before it was merged, which strict does not allow",
    given: ["merged", QUEUED, MERGED, GREEN],
    when: ["issue.closed", { issue: anIssue({ status: "closed", updatedAt: moment(55), closedAt: moment(55) }) }],
    steps: ["closed by issue.closed, against closed_before_merge"],
    lifecycle: STRICT,
  },
];

/** All that follows from what GitHub says, by what it is about. */
export const SPECIFICATION: readonly { readonly about: string; readonly cases: readonly Case[] }[] = [
  { about: "issues", cases: ISSUES },
  { about: "pull requests", cases: PULLS },
  { about: "links", cases: LINKS },
  { about: "CI", cases: CI },
  { about: "reviews", cases: REVIEWS },
  { about: "merges", cases: MERGES },
];
