import type { Timestamp } from "./brand.js";
import { type Facts, type LinkSource, learn, type PullFacts } from "./facts.js";
import type { JsonObject } from "./json.js";
import {
  countedChecks,
  counts,
  currentPull,
  isGreen,
  judgeCi,
  judgeReview,
  missingChecks,
  reviewsInTime,
  whyNotCounted,
} from "./judge.js";
import { isState, type Lifecycle, shortestPath } from "./lifecycle.js";
import type { Cause, Observation } from "./observation.js";
import type { Participant } from "./people.js";
import type { Policy } from "./policy.js";
import type { Draft, RecordHead } from "./record.js";
import { brokenRules, type Rule } from "./rules.js";

export interface Plan {
  readonly facts: Facts;
  /** What is to be recorded, in order; empty where the observation says nothing new that a reader would miss. */
  readonly drafts: readonly Draft[];
}

/**
 * Decides what an observation means for a record: the one place where GitHub's facts become steps. Pure.
 *
 * The facts name the states that must be reached, one after the other. Each is reached by the shortest run of legal steps through
 * states that the facts bear out; steps that no delivery of their own named are marked `implied`. An end that no such run reaches is
 * recorded all the same, as an exception that names the rule.
 */
export function plan(lifecycle: Lifecycle, policy: Policy, head: RecordHead, observation: Observation): Plan {
  const facts = learn((observation.background ?? []).reduce(learn, head.facts), observation.news);
  if (observation.cause === "command.justified") {
    return { facts, drafts: head.exceptions > 0 ? [remark("justified", observation)] : [] };
  }
  // It is about what this App wrote, not about the work item: nothing is learnt from it, and it is no less worth a line.
  if (observation.cause === "report.edited") return { facts, drafts: [remark("note", observation)] };
  const isNews = facts !== head.facts;
  if (!isNews && !observation.replan) return { facts, drafts: [] };

  const moves = route(lifecycle, policy, head.state, facts);
  const context = { facts, before: head.facts, policy, observation };
  const drafts = moves.map((move, index) => describe(move, moves.slice(index + 1), context));
  const link = linkMade(context);
  if (drafts.length === 0 && isNews && (link || isNotable(observation.cause))) drafts.push(note(context));
  return { facts, drafts: link ? drafts.map((draft, index) => (index === 0 ? withLink(draft, link) : draft)) : drafts };
}

interface Move {
  readonly to: string;
  readonly broke: readonly Rule[];
}

function route(lifecycle: Lifecycle, policy: Policy, from: string, facts: Facts): readonly Move[] {
  // Closed is past merged: whatever is heard afterwards, a reopened issue too, leads nowhere from it.
  if (from === "closed") return [];
  const goals = goalsOf(lifecycle, policy, facts).filter((goal) => isState(lifecycle, goal.state));
  const reached = goals.findIndex((goal) => goal.state === from);
  const moves: Move[] = [];
  let at = from;
  for (const goal of goals.slice(reached + 1)) {
    const path = goal.broke
      ? null
      : shortestPath(lifecycle, at, goal.state, (before, next) => bearsOut(facts, policy, before, next, goal.state));
    if (path) moves.push(...path.map((to) => ({ to, broke: [] })));
    else if (goal.certain)
      moves.push({ to: goal.state, broke: [goal.broke ?? brokenRules(at, goal.state, facts, policy)].flat() });
    else continue;
    at = goal.state;
  }
  return moves;
}

interface Goal {
  readonly state: string;
  /** GitHub has it so, whatever the lifecycle says: where no legal step leads there, it is an exception. */
  readonly certain: boolean;
  /** The rule that it broke, whatever way leads there. */
  readonly broke?: Rule;
}

/** The states that the facts say the work item is in, or has gone through, in order. */
function goalsOf(lifecycle: Lifecycle, policy: Policy, facts: Facts): readonly Goal[] {
  const { issue, pulls } = facts;
  const pull = currentPull(facts);
  const issueClosed = issue?.status === "closed";
  // A lifecycle without a word for giving up knows one end only, and that comes after the merge.
  const mayGiveUp = isState(lifecycle, "cancelled");
  const closedTooSoon: Goal = { state: "closed", certain: true, broke: "closed_before_merge" };
  if (!pull) {
    const goals: Goal[] = pulls.length > 0 || issue?.queued ? [{ state: "task_queued", certain: false }] : [];
    if (issueClosed) goals.push(mayGiveUp ? { state: "cancelled", certain: false } : closedTooSoon);
    else if (!issue && pulls.length > 0 && pulls.every(isUnlinked)) goals.push({ state: "cancelled", certain: false });
    return goals;
  }
  const goals: Goal[] = [{ state: openState(pull, policy), certain: false }];
  if (pull.status.is === "merged") {
    goals.push({ state: "merged", certain: true });
    const wasTooSoon = issueClosed && issue.closedAt !== null && issue.closedAt < pull.status.at;
    if (wasTooSoon && !mayGiveUp) goals.push(closedTooSoon);
    else if (issueClosed || !issue) goals.push({ state: "closed", certain: true });
  } else if (issueClosed && !mayGiveUp) goals.push(closedTooSoon);
  return goals;
}

function isUnlinked({ status }: PullFacts): boolean {
  return status.is === "unlinked";
}

/** Where a pull request stands apart from its merge. */
function openState(pull: PullFacts, policy: Policy): string {
  switch (judgeCi(pull, policy)) {
    case "none":
      return pull.pushed ? "ci_pending" : "pr_created";
    case "pending":
      return "ci_pending";
    case "failed":
      return "ci_failed";
    case "passed":
      switch (judgeReview(pull, policy)) {
        case "none":
          return "ci_passed";
        case "waiting":
          return "awaiting_review";
        case "approved":
          return "approved";
      }
  }
}

/** Whether the facts bear out the step into `state` on the way to `goal`: a step may be implied, but never invented. */
function bearsOut(facts: Facts, policy: Policy, from: string, state: string, goal: string): boolean {
  const pull = currentPull(facts);
  const ciPassed = pull !== null && judgeCi(pull, policy) === "passed";
  const review = pull === null ? "none" : judgeReview(pull, policy);
  switch (state) {
    case "task_queued":
      // Back in the queue: the pull request was closed, or another one begins from the start.
      return from === "issue_created" || state === goal || goal === "pr_created" || facts.pulls.some(isGone);
    case "ci_pending":
      // That CI began again, where nothing says so, would be a way around a missing approval.
      return !(ciPassed && PAST_CI.has(from));
    case "ci_passed":
      return ciPassed;
    case "awaiting_review":
      return ciPassed && review !== "none";
    case "approved":
      return ciPassed && review === "approved";
    case "merged":
      if (from === "ci_passed")
        return state === goal && ciPassed && (review === "approved" || policy.requiredApprovals === 0);
      if (from === "approved") return state === goal && ciPassed && review === "approved";
      return state === goal;
    case "ci_failed":
    case "closed":
    case "cancelled":
      return state === goal;
    default:
      return true;
  }
}

function isGone({ status }: PullFacts): boolean {
  return status.is === "closed" || status.is === "unlinked";
}

const PAST_CI: ReadonlySet<string> = new Set(["ci_passed", "awaiting_review", "approved"]);

/** The trigger that each cause gives to a step into the states that it is about. */
const NAMES: { readonly [C in Cause]: { readonly [state: string]: string } } = {
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
  "ci.timed_out": { ci_failed: "ci.timed_out" },
  "ci.reported": { ci_pending: "ci.started", ci_passed: "ci.passed", ci_failed: "ci.failed" },
  "review.requested": { awaiting_review: "review.requested" },
  "review.approved": { approved: "review.approved" },
  "review.changes_requested": { awaiting_review: "review.changes_requested" },
  "review.commented": { awaiting_review: "review.requested" },
  "review.dismissed": { awaiting_review: "review.dismissed" },
  "command.automerge": {},
  "command.justified": {},
  "report.edited": {},
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

interface Context {
  readonly facts: Facts;
  readonly before: Facts;
  readonly policy: Policy;
  readonly observation: Observation;
}

/** The trigger of a step that no delivery of its own named. */
function impliedTrigger(state: string, { facts: { issue }, policy }: Context): string | undefined {
  const isJudgedByNothing = !policy.ci.required && (state === "ci_pending" || state === "ci_passed");
  if (isJudgedByNothing) return "ci.not_required";
  if (state === "closed") return issue ? "issue.closed" : "pr.closed";
  if (state === "cancelled") return issue ? "issue.closed" : "pr.unlinked";
  return IMPLIED[state];
}

function describe(move: Move, later: readonly Move[], context: Context): Draft {
  const { facts, observation, policy } = context;
  const names = NAMES[observation.cause];
  const named = names[move.to];
  // An observation names one step, the last that it is about: that CI passed does not itself say that CI began.
  const isNamed = named !== undefined && !later.some((next) => next.to in names);
  const [rule, ...alsoBroken] = move.broke;
  const metadata: JsonObject = {
    ...(isNamed ? { ...observation.evidence, ...remarks(context) } : evidenceOf(move.to, facts)),
    ...(isNamed ? {} : { implied: true }),
    ...(rule ? { rule, ...brokenEvidence(facts, policy) } : {}),
    ...(alsoBroken.length > 0 ? { also_broken: alsoBroken } : {}),
  };
  return {
    kind: rule ? "exception" : "transition",
    toState: move.to,
    trigger: isNamed ? named : (impliedTrigger(move.to, context) ?? observation.cause),
    occurredAt: (isNamed ? observation.occurredAt : timeOf(move.to, facts)) ?? observation.occurredAt,
    people: isNamed ? observation.people : peopleOf(move.to, facts),
    metadata,
  };
}

/** Who did what no delivery of its own named, where GitHub says. */
function peopleOf(state: string, facts: Facts): readonly Participant[] {
  const pull = currentPull(facts);
  if (state !== "merged" || pull?.status.is !== "merged" || pull.status.by === null) return [];
  return [{ role: "merger", ...pull.status.by }];
}

/** When GitHub says that a state was reached, where it says so. */
function timeOf(state: string, facts: Facts): Timestamp | null {
  const pull = currentPull(facts);
  switch (state) {
    case "pr_created":
      return pull?.openedAt ?? null;
    case "ci_pending":
      return oldest(pull?.checks.filter(({ kind }) => kind !== "suite").map((check) => check.asOf) ?? []);
    case "ci_passed":
    case "ci_failed":
      return newest(pull?.checks.map((check) => check.completedAt) ?? []);
    case "approved":
      return newest(pull?.reviews.filter((r) => r.state === "approved").map((r) => r.submittedAt) ?? []);
    case "merged":
      return pull?.status.is === "merged" ? pull.status.at : null;
    case "closed":
      return facts.issue?.closedAt ?? (pull?.status.is === "merged" ? pull.status.at : null);
    case "cancelled":
      return facts.issue?.closedAt ?? null;
    default:
      return null;
  }
}

function oldest(times: readonly (Timestamp | null)[]): Timestamp | null {
  return times.reduce((best, time) => (time !== null && (best === null || time < best) ? time : best), null);
}

function newest(times: readonly (Timestamp | null)[]): Timestamp | null {
  return times.reduce((best, time) => (time !== null && (best === null || time > best) ? time : best), null);
}

function evidenceOf(state: string, facts: Facts): JsonObject {
  const pull = currentPull(facts);
  if (facts.issue && (!pull || state === "closed")) return { url: facts.issue.url };
  if (!pull) return {};
  switch (state) {
    case "ci_passed":
    case "ci_failed":
      return { url: `${pull.url}/checks`, sha: pull.headSha };
    default:
      return { url: pull.url, sha: pull.headSha };
  }
}

/** What an observation means beside the step or the note that it makes. */
function remarks({ facts, before, policy, observation: { cause, news } }: Context): JsonObject {
  const pull = news.review ?? news.ciTimedOut ?? news.pull;
  const known = pull && facts.pulls.find(({ repoId, number }) => repoId === pull.repoId && number === pull.number);
  if (!pull || !known) return {};
  const review = news.review?.review;
  const notCounted = review?.state === "approved" ? whyNotCounted(review, known) : null;
  const stale = cause === "pr.synchronized" ? madeStale(known, before) : 0;
  const missing = cause === "ci.timed_out" ? missingChecks(known, policy) : [];
  return {
    ...(notCounted ? { not_counted: notCounted } : {}),
    ...(stale > 0 ? { approvals_made_stale: stale } : {}),
    ...(missing.length > 0 ? { missing } : {}),
  };
}

/** By what a pull request came to belong to the work item just now; null where none did. */
function linkMade({ facts, before, observation: { news } }: Context): readonly LinkSource[] | null {
  const isMeant = ({ repoId, number }: PullFacts) => repoId === news.pull?.repoId && number === news.pull.number;
  const [known, pull] = [before.pulls.find(isMeant), facts.pulls.find(isMeant)];
  const isNew = !known || (known.status.is === "unlinked" && pull?.status.is !== "unlinked");
  return isNew && pull && pull.status.is !== "unlinked" && pull.linkedBy.length > 0 ? pull.linkedBy : null;
}

function withLink(draft: Draft, sources: readonly LinkSource[]): Draft {
  return { ...draft, metadata: { ...draft.metadata, linked_by: sources } };
}

/** How many approvals of the head before are not about this one. */
function madeStale(pull: PullFacts, before: Facts): number {
  const known = before.pulls.find(({ repoId, number }) => repoId === pull.repoId && number === pull.number);
  if (!known || known.headSha === pull.headSha) return 0;
  return known.reviews.filter((review) => counts(review, known)).length;
}

/** What shows that the rule was broken: the head, what CI said of it, which checks said so, and what was approved. */
function brokenEvidence(facts: Facts, policy: Policy): JsonObject {
  const pull = currentPull(facts);
  if (!pull) return {};
  const red = countedChecks(pull, policy).filter((check) => !isGreen(check));
  const missing = missingChecks(pull, policy);
  const approvals = reviewsInTime(pull).filter((review) => review.state === "approved");
  return {
    ci: judgeCi(pull, policy),
    not_passed: red.slice(0, 20).map((check) => `${check.name}: ${check.conclusion ?? "running"}`),
    ...(missing.length > 0 ? { missing: missing.slice(0, 20) } : {}),
    ...(approvals.length > 0
      ? {
          approvals: approvals.slice(-20).map(({ sha, url, ...review }) => ({
            sha,
            url,
            not_counted: whyNotCounted({ ...review, sha, url }, pull),
          })),
        }
      : {}),
  };
}

const QUIET: ReadonlySet<Cause> = new Set(["ci.reported", "pr.edited", "issue.opened", "issue.edited", "refreshed"]);

/** Whether a reader of the history would miss it even where it moves nothing. */
function isNotable(cause: Cause): boolean {
  return !QUIET.has(cause);
}

function note(context: Context): Draft {
  const kind = context.observation.cause === "gate.answered" ? "verdict" : "note";
  return remark(kind, context.observation, remarks(context));
}

function remark(kind: "note" | "justified" | "verdict", observation: Observation, more: JsonObject = {}): Draft {
  return {
    kind,
    toState: null,
    trigger: observation.cause,
    occurredAt: observation.occurredAt,
    people: observation.people,
    metadata: { ...observation.evidence, ...more },
  };
}
