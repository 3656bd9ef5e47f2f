import {
  countedChecks,
  counts,
  currentPull,
  type GithubState,
  isGreen,
  missingChecks,
  neededApprovals,
  type Policy,
  type PullFacts,
  type RecordHead,
  type Rule,
} from "../core/index.js";
import type { RecordView } from "./view.js";

/** All words that a reader of the report sees stand here. */

export const CHECK_NAME = "LoopForge";

const STATE_NAMES: { readonly [S in GithubState]: string } = {
  issue_created: "Issue created",
  task_queued: "Queued",
  pr_created: "Pull request opened",
  ci_pending: "CI pending",
  ci_passed: "CI passed",
  ci_failed: "CI failed",
  awaiting_review: "Awaiting review",
  approved: "Approved",
  merged: "Merged",
  closed: "Closed",
  cancelled: "Cancelled",
};

const STATE_ICONS: { readonly [S in GithubState]: string } = {
  issue_created: "⚪",
  task_queued: "⚪",
  pr_created: "🟡",
  ci_pending: "🟡",
  ci_passed: "🟢",
  ci_failed: "🔴",
  awaiting_review: "🟡",
  approved: "🟢",
  merged: "🟣",
  closed: "🟣",
  cancelled: "⚫",
};

const RULE_NAMES: { readonly [R in Rule]: string } = {
  merged_before_ci_passed: "Merged before CI passed",
  merged_without_approval: "Merged without an approval",
  approved_by_author: "Merged with no approval but its author's own",
  merged_after_unreviewed_push: "Merged after a push that nobody approved",
  closed_before_merge: "Closed before it was merged",
};

export function stateName(state: string): string {
  return isGithubState(state) ? STATE_NAMES[state] : state;
}

export function stateIcon(state: string): string {
  return isGithubState(state) ? STATE_ICONS[state] : "⚪";
}

export function ruleName(rule: unknown): string {
  return typeof rule === "string" && Object.hasOwn(RULE_NAMES, rule) ? RULE_NAMES[rule as Rule] : "A rule was broken";
}

/** In a few words: the rule that was broken, if one was; else where the work item stands and what it waits for. */
export function headline({ head, entries }: RecordView, policy: Policy): string {
  const exception = entries.findLast((entry) => entry.kind === "exception");
  return exception ? ruleName(exception.metadata.rule) : standing(head, policy);
}

function standing(head: RecordHead, policy: Policy): string {
  const pull = currentPull(head.facts);
  switch (head.state) {
    case "ci_pending":
      return pull ? `CI pending – ${ciProgress(pull, policy)}` : "CI pending";
    case "ci_failed":
      return pull ? `CI failed – ${failures(pull, policy)}` : "CI failed";
    case "ci_passed":
      return policy.ci.required ? "Ready to merge – CI passed" : "Ready to merge – CI is not required";
    case "awaiting_review":
      return pull ? `Waiting for ${missingApprovals(pull, policy)}` : "Waiting for a review";
    case "approved":
      return "Ready to merge – CI passed, approved";
    case "pr_created":
      return "Waiting for CI to start";
    case "merged":
      return "Merged – the issue is still open";
    default:
      return stateName(head.state);
  }
}

function ciProgress(pull: PullFacts, policy: Policy): string {
  const checks = countedChecks(pull, policy);
  const all = checks.length + missingChecks(pull, policy).length;
  if (all === 0) return "waiting for the first check";
  if (checks.length === all && checks.every(isGreen)) return `${count(all, "check")} passed, more to come`;
  return `${checks.filter(isGreen).length} of ${count(all, "check")}`;
}

function failures(pull: PullFacts, policy: Policy): string {
  const checks = countedChecks(pull, policy);
  const red = checks.filter((check) => check.conclusion !== null && !isGreen(check));
  if (red.length > 0) return `${red.length} of ${count(checks.length, "check")}`;
  const missing = missingChecks(pull, policy);
  return missing.length > 0 ? `${missing.join(", ")} never came` : "a check never came to its end";
}

function missingApprovals(pull: PullFacts, policy: Policy): string {
  const given = pull.reviews.filter((review) => counts(review, pull)).length;
  const missing = neededApprovals(policy) - given;
  return missing > 0 ? count(missing, "approval") : "the requested changes";
}

export function entryCount(number: number): string {
  return number === 1 ? "1 ledger entry" : `${number} ledger entries`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function isGithubState(state: string): state is GithubState {
  return Object.hasOwn(STATE_NAMES, state);
}
