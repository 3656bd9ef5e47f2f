import type { PullView, WorkItem } from "../facts/facts.js";
import { isCiThrough } from "../judgement/ci.js";
import { currentPull, openState } from "../judgement/merge.js";
import type { Policy } from "../judgement/policy.js";
import { judgeReview, type ReviewVerdict, requiredApprovals } from "../judgement/reviews.js";
import { brokenRules, type Rule, rulesBrokenByMerge } from "../judgement/rules.js";
import { isState, type Lifecycle, shortestPath } from "../lifecycle/lifecycle.js";

/** A step into a state, and the rules that taking it broke. */
export interface Move {
  readonly to: string;
  readonly broke: readonly Rule[];
}

/** The steps that lead from a state to what the facts say, in order. */
export function route(lifecycle: Lifecycle, policy: Policy, from: string, item: WorkItem): readonly Move[] {
  // Closed is past merged: whatever is heard afterwards, a reopened issue too, leads nowhere from it.
  if (from === "closed") return [];
  const goals = goalsOf(lifecycle, policy, item).filter((goal) => isState(lifecycle, goal.state));
  const reached = goals.findIndex((goal) => goal.state === from);
  const moves: Move[] = [];
  let at = from;
  for (const goal of goals.slice(reached + 1)) {
    const path = goal.broke
      ? null
      : shortestPath(lifecycle, at, goal.state, (before, next) => bearsOut(item, policy, before, next, goal.state));
    if (path) moves.push(...path.map((to) => ({ to, broke: [] })));
    else if (goal.certain)
      moves.push({ to: goal.state, broke: [goal.broke ?? brokenRules(at, goal.state, item, policy)].flat() });
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
function goalsOf(lifecycle: Lifecycle, policy: Policy, item: WorkItem): readonly Goal[] {
  const { issue, pulls } = item;
  const pull = currentPull(item);
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

function isUnlinked({ status }: PullView): boolean {
  return status.is === "unlinked";
}

/** Whether the facts bear out the step into `state` on the way to `goal`: a step may be implied, but never invented. */
function bearsOut(item: WorkItem, policy: Policy, from: string, state: string, goal: string): boolean {
  const pull = currentPull(item);
  const ciPassed = pull !== null && isCiThrough(pull, policy);
  const review = pull === null ? "none" : reviewStanding(pull, policy);
  switch (state) {
    case "task_queued":
      // Back in the queue: the pull request was closed, or another one begins from the start.
      return from === "issue_created" || state === goal || goal === "pr_created" || item.pulls.some(isGone);
    case "ci_pending":
      // That CI began again, where nothing says so, would be a way around a missing approval.
      return !(ciPassed && PAST_CI.has(from));
    case "ci_passed":
      // Back from a review leads only where nobody waits for one any more.
      return ciPassed && (from !== "awaiting_review" || review === "none");
    case "awaiting_review":
      return ciPassed && review !== "none";
    case "approved":
      return ciPassed && review === "approved";
    case "merged":
      // Also where each step is there: whoever weakens a rule so that they are, has broken it.
      if (pull !== null && rulesBrokenByMerge(pull, policy).length > 0) return false;
      if (from === "ci_passed")
        return (
          state === goal &&
          ciPassed &&
          // Past a review that is waited for, no way leads around awaiting_review.
          (review === "approved" || (review === "none" && requiredApprovals(pull, policy) === 0))
        );
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

/** A merge that broke no rule was lawfully reviewed, though nobody can tell by whom: its reviewer is gone, or it landed with another. */
function reviewStanding(pull: PullView, policy: Policy): ReviewVerdict {
  const verdict = judgeReview(pull, policy);
  const isLawful = pull.status.is === "merged" && verdict !== "none" && rulesBrokenByMerge(pull, policy).length === 0;
  return isLawful ? "approved" : verdict;
}

function isGone({ status }: PullView): boolean {
  return status.is === "closed" || status.is === "unlinked";
}

const PAST_CI: ReadonlySet<string> = new Set(["ci_passed", "awaiting_review", "approved"]);
