import type { Timestamp } from "./brand.js";
import { type Facts, learn, type PullFacts } from "./facts.js";
import type { JsonObject } from "./json.js";
import { countedChecks, currentPull, isGreen, judgeCi, judgeReview, type Policy } from "./judge.js";
import { isState, type Lifecycle, shortestPath } from "./lifecycle.js";
import type { Cause, Observation } from "./observation.js";
import type { Draft, RecordHead } from "./record.js";

export interface Plan {
  readonly facts: Facts;
  /** What is to be recorded, in order; empty where the observation says nothing new that a reader would miss. */
  readonly drafts: readonly Draft[];
}

/** A rule that was broken at GitHub. */
export type Rule = "merged_before_ci_passed" | "merged_without_approval" | "closed_before_merge";

/**
 * Decides what an observation means for a record: the one place where GitHub's facts become steps. Pure.
 *
 * The facts name the states that must be reached, one after the other. Each is reached by the shortest run of legal steps through
 * states that the facts bear out; steps that no delivery of their own named are marked `implied`. A merge that no such run reaches is
 * recorded all the same, as an exception that names the rule.
 */
export function plan(lifecycle: Lifecycle, policy: Policy, head: RecordHead, observation: Observation): Plan {
  const facts = learn((observation.background ?? []).reduce(learn, head.facts), observation.news);
  if (facts === head.facts) return { facts, drafts: [] };

  const moves = route(lifecycle, policy, head.state, facts);
  const drafts = moves.map((move, index) => describe(move, moves.slice(index + 1), facts, observation));
  if (drafts.length === 0 && isNotable(observation.cause)) drafts.push(note(observation));
  return { facts, drafts };
}

interface Move {
  readonly to: string;
  readonly broke: Rule | null;
}

function route(lifecycle: Lifecycle, policy: Policy, from: string, facts: Facts): readonly Move[] {
  // Closed is past merged: whatever is heard afterwards, a reopened issue too, leads nowhere from it.
  if (from === "closed") return [];
  const goals = goalsOf(policy, facts).filter((goal) => isState(lifecycle, goal.state));
  const reached = goals.findIndex((goal) => goal.state === from);
  const moves: Move[] = [];
  let at = from;
  for (const goal of goals.slice(reached + 1)) {
    const path = shortestPath(lifecycle, at, goal.state, (before, next) =>
      bearsOut(facts, policy, before, next, goal.state),
    );
    if (path) moves.push(...path.map((to) => ({ to, broke: null })));
    else if (goal.certain) moves.push({ to: goal.state, broke: ruleBroken(at, facts) });
    else continue;
    at = goal.state;
  }
  return moves;
}

interface Goal {
  readonly state: string;
  /** GitHub has it so, whatever the lifecycle says: where no legal step leads there, it is an exception. */
  readonly certain: boolean;
}

/** The states that the facts say the work item is in, or has gone through, in order. */
function goalsOf(policy: Policy, facts: Facts): readonly Goal[] {
  const pull = currentPull(facts);
  const issueClosed = facts.issue?.status === "closed";
  if (!pull) {
    const queued = facts.pulls.length > 0 || facts.issue?.queued === true;
    const goals = queued ? [{ state: "task_queued", certain: false }] : [];
    return issueClosed ? [...goals, { state: "cancelled", certain: false }] : goals;
  }
  const goals: Goal[] = [{ state: openState(pull, policy), certain: false }];
  if (pull.status.is === "merged") {
    goals.push({ state: "merged", certain: true });
    if (issueClosed || !facts.issue) goals.push({ state: "closed", certain: true });
  }
  return goals;
}

/** Where a pull request stands apart from its merge. */
function openState(pull: PullFacts, policy: Policy): string {
  switch (judgeCi(pull)) {
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
  const ciPassed = pull !== null && judgeCi(pull) === "passed";
  const review = pull === null ? "none" : judgeReview(pull, policy);
  switch (state) {
    case "task_queued":
      // Back in the queue: the pull request was closed, or another one begins from the start.
      return from === "issue_created" || state === goal || goal === "pr_created" || facts.pulls.some(isClosed);
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
      if (from === "ci_passed") return state === goal && ciPassed && !lacksApproval(pull, policy);
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

function isClosed({ status }: PullFacts): boolean {
  return status.is === "closed";
}

const PAST_CI: ReadonlySet<string> = new Set(["ci_passed", "awaiting_review", "approved"]);

function lacksApproval(pull: PullFacts | null, policy: Policy): boolean {
  return policy.requiredApprovals > 0 && pull !== null && judgeReview(pull, policy) !== "approved";
}

function ruleBroken(from: string, facts: Facts): Rule {
  if (from === "cancelled") return "closed_before_merge";
  const pull = currentPull(facts);
  return pull && judgeCi(pull) === "passed" ? "merged_without_approval" : "merged_before_ci_passed";
}

/** The trigger that each cause gives to a step into the states that it is about. */
const NAMES: { readonly [C in Cause]: { readonly [state: string]: string } } = {
  "issue.opened": { issue_created: "issue.opened" },
  "issue.reopened": { issue_created: "issue.reopened" },
  "issue.closed": { closed: "issue.closed", cancelled: "issue.closed" },
  "issue.edited": {},
  "worker.picked_up": { task_queued: "worker.picked_up" },
  "pr.opened": { pr_created: "pr.opened" },
  "pr.reopened": { pr_created: "pr.reopened" },
  "pr.edited": {},
  "pr.synchronized": { ci_pending: "pr.synchronized" },
  "pr.closed": { task_queued: "pr.closed" },
  "pr.merged": { merged: "pr.merged" },
  "ci.reported": { ci_pending: "ci.started", ci_passed: "ci.passed", ci_failed: "ci.failed" },
  "review.requested": { awaiting_review: "review.requested" },
  "review.approved": { approved: "review.approved" },
  "review.changes_requested": { awaiting_review: "review.changes_requested" },
  "review.commented": { awaiting_review: "review.requested" },
  "review.dismissed": { awaiting_review: "review.dismissed" },
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
function impliedTrigger(state: string, { issue }: Facts): string | undefined {
  if (state === "closed") return issue ? "issue.closed" : "pr.closed";
  return IMPLIED[state];
}

function describe(move: Move, later: readonly Move[], facts: Facts, observation: Observation): Draft {
  const names = NAMES[observation.cause];
  const named = names[move.to];
  // An observation names one step, the last that it is about: that CI passed does not itself say that CI began.
  const isNamed = named !== undefined && !later.some((next) => next.to in names);
  const metadata: JsonObject = {
    ...(isNamed ? observation.evidence : evidenceOf(move.to, facts)),
    ...(isNamed ? {} : { implied: true }),
    ...(move.broke ? { rule: move.broke, ...brokenEvidence(facts) } : {}),
  };
  return {
    kind: move.broke ? "exception" : "transition",
    toState: move.to,
    trigger: isNamed ? named : (impliedTrigger(move.to, facts) ?? observation.cause),
    occurredAt: (isNamed ? observation.occurredAt : timeOf(move.to, facts)) ?? observation.occurredAt,
    people: isNamed ? observation.people : [],
    metadata,
  };
}

/** When GitHub says that a state was reached, where it says so. */
function timeOf(state: string, facts: Facts): Timestamp | null {
  const pull = currentPull(facts);
  switch (state) {
    case "pr_created":
      return pull?.openedAt ?? null;
    case "ci_passed":
    case "ci_failed":
      return newest(pull?.checks.map((check) => check.completedAt) ?? []);
    case "approved":
      return newest(pull?.reviews.filter((r) => r.state === "approved").map((r) => r.submittedAt) ?? []);
    case "merged":
      return pull?.status.is === "merged" ? pull.status.at : null;
    case "closed":
      return facts.issue?.closedAt ?? (pull?.status.is === "merged" ? pull.status.at : null);
    default:
      return null;
  }
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

/** What shows that the rule was broken: the head, what CI said of it, and which checks said so. */
function brokenEvidence(facts: Facts): JsonObject {
  const pull = currentPull(facts);
  if (!pull) return {};
  const red = countedChecks(pull.checks).filter((check) => !isGreen(check));
  return {
    ci: judgeCi(pull),
    not_passed: red.slice(0, 20).map((check) => `${check.name}: ${check.conclusion ?? "running"}`),
  };
}

const QUIET: ReadonlySet<Cause> = new Set(["ci.reported", "pr.edited", "issue.opened", "issue.edited"]);

/** Whether a reader of the history would miss it even where it moves nothing. */
function isNotable(cause: Cause): boolean {
  return !QUIET.has(cause);
}

function note(observation: Observation): Draft {
  return {
    kind: "note",
    toState: null,
    trigger: observation.cause,
    occurredAt: observation.occurredAt,
    people: observation.people,
    metadata: observation.evidence,
  };
}
