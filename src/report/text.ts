import {
  brokenRulesIn,
  type Cause,
  countedChecks,
  counts,
  currentPull,
  type EntryKind,
  type GithubState,
  gatesOf,
  isGreen,
  isJustified,
  isSamePull,
  latestOpinions,
  missingChecks,
  neededApprovals,
  openState,
  type Policy,
  type PullView,
  type Rule,
  standingExceptions,
} from "../core/index.js";
import { asCode } from "./markdown.js";
import type { RecordView } from "./view.js";

/** All words that a reader of the report sees stand here; those of an explanation's lines in `rule-text.ts`. */

export const CHECK_NAME = "LoopForge";

/** The button on the check run. */
export const REFRESH = {
  label: "Refresh",
  description: "Look at GitHub again, repair the record",
  identifier: "refresh",
} as const;

export const OBSERVES = "LoopForge observes here: this check blocks no merge.";

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
  approved_by_pusher: "Merged with no approval but that of whoever pushed last",
  approved_by_requester: "Merged with no approval but that of whoever set the agent to work",
  agent_approved: "Merged with no approval but an AI agent's",
  merged_after_unreviewed_push: "Merged after a push that nobody approved",
  merged_into_other_base: "Merged into a base branch that nobody approved it for",
  agent_merged_alone: "Merged by an AI agent, with no approval by a person",
  merged_against_gate: "Merged although a gate blocked it",
  merged_before_gate_answered: "Merged before a gate had answered",
  policy_weakened: "Merged while the rules were weaker than before",
  closed_before_merge: "Closed before it was merged",
};

/** Names in one headline. */
const MAX_NAMED = 3;

export function stateName(state: string): string {
  return isGithubState(state) ? STATE_NAMES[state] : state;
}

export function stateIcon(state: string): string {
  return isGithubState(state) ? STATE_ICONS[state] : "⚪";
}

export function ruleName(rule: unknown): string {
  return typeof rule === "string" && Object.hasOwn(RULE_NAMES, rule) ? RULE_NAMES[rule as Rule] : "A rule was broken";
}

/**
 * In a few words: the rule that was broken, if one was; else where the work item stands and what it waits for.
 * @param pull the one that it is said of; by default the one that the work item goes by
 */
export function headline(record: RecordView, policy: Policy, pull = currentPull(record.item)): string {
  const { head, item, entries } = record;
  const broken = standingExceptions(head).at(-1);
  if (broken) {
    const answered = brokenRulesIn(record).find(({ exception }) => exception.seq === broken.seq);
    return `${ruleName(broken.rules[0])}${answered && isJustified(answered) ? ", justified" : ""}`;
  }
  if (pull?.status.is !== "open") return standing(head.state, pull, record, policy);
  // Another pull request's place is where its own facts would lead.
  const state = isSamePull(pull, currentPull(item)) ? head.state : openState(pull, policy);
  const stands = standing(state, pull, record, policy);
  const gate = gatesOf(entries, pull).find(({ decision }) => decision === "block");
  const isNearlyReady = state === "ci_passed" || state === "approved";
  if (pull.draft) return isNearlyReady ? "Draft – nothing else is missing" : `Draft – ${stands}`;
  return gate && isNearlyReady ? `Blocked by the gate ${asCode(gate.gate, 60)}` : stands;
}

function standing(state: string, pull: PullView | null, { item }: RecordView, policy: Policy): string {
  switch (state) {
    case "ci_pending":
      return pull ? `CI pending – ${ciProgress(pull, policy)}` : "CI pending";
    case "ci_failed":
      return pull ? `CI failed – ${failures(pull, policy)}` : "CI failed";
    case "ci_passed":
      return policy.ci.required !== false ? "Ready to merge – CI passed" : "Ready to merge – CI is not required";
    case "awaiting_review":
      return pull ? `Waiting for ${missingApprovals(pull, policy)}` : "Waiting for a review";
    case "approved":
      return "Ready to merge – CI passed, approved";
    case "pr_created":
      return "Waiting for CI to start";
    case "task_queued":
      return item.pulls.length > 0 ? "Queued again – the pull request was closed" : "Queued";
    case "merged":
      return "Merged – the issue is still open";
    default:
      return stateName(state);
  }
}

function ciProgress(pull: PullView, policy: Policy): string {
  const checks = countedChecks(pull, policy);
  const all = checks.length + missingChecks(pull, policy).length;
  if (all === 0) return "waiting for the first check";
  if (checks.length === all && checks.every(isGreen)) return `${count(all, "check")} passed, more to come`;
  return `${checks.filter(isGreen).length} of ${count(all, "check")}`;
}

function failures(pull: PullView, policy: Policy): string {
  const checks = countedChecks(pull, policy);
  const red = checks.filter((check) => check.conclusion !== null && !isGreen(check));
  if (red.length > 0) return `${red.length} of ${count(checks.length, "check")}`;
  const missing = missingChecks(pull, policy);
  if (missing.length === 0) return "a check never came to its end";
  // Names out of a team's file: somebody else's text, and as many as they like.
  const named = missing.slice(0, MAX_NAMED).map((name) => asCode(name, 40));
  const rest = missing.length - named.length;
  return `${named.join(", ")}${rest > 0 ? ` ${more(rest)}` : ""} never came`;
}

function missingApprovals(pull: PullView, policy: Policy): string {
  const opinions = latestOpinions(pull);
  if (opinions.some((review) => review.state === "changes_requested")) return "the requested changes";
  const given = opinions.filter((review) => counts(review, pull, policy)).length;
  return count(Math.max(1, neededApprovals(pull, policy) - given), "approval");
}

export function entryCount(number: number): string {
  return number === 1 ? "1 ledger entry" : `${number} ledger entries`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Of a list that is not shown to its end. */
export function more(number: number): string {
  return `and ${number} more`;
}

/** Somebody whose name is no longer known here. */
export const FORGOTTEN = "someone forgotten";

/** A reviewer whose account is gone: GitHub names nobody. */
export const DELETED_USER = "a deleted user";

export function correctedText(moment: string): string {
  return `**Corrected** at ${moment} UTC: what became known later shows that the rule was kept.`;
}

export const NOT_JUSTIFIED_BY_ANOTHER =
  "That is the word of who broke the rule: another person with write access has to justify it.";

export const NOT_JUSTIFIED =
  "Nobody has justified it. Someone with write access can: `/loopforge justify <reason>` in a comment.";

const KIND_ICONS: { readonly [K in EntryKind]: string } = {
  created: "⚪",
  transition: "⚪",
  rejected: "🚫",
  exception: "🔴",
  note: "📝",
  verdict: "⚖️",
  justified: "✍️",
  corrected: "↩️",
  erased: "🧽",
  deleted: "🗑️",
};

export function kindIcon(kind: EntryKind): string {
  return KIND_ICONS[kind];
}

/** What happened, where it moved nothing. */
const NOTE_NAMES: { readonly [C in Cause]?: string } = {
  "issue.reopened": "Issue reopened",
  "issue.transferred": "Issue transferred",
  "pr.synchronized": "New commits",
  "pr.unlinked": "No longer linked",
  "auto.refused": "GitHub refused to merge",
  "queue.entered": "Entered the merge queue",
  "queue.left": "Left the merge queue",
  "ci.timed_out": "CI no longer waited for",
  "review.requested": "Review asked for",
  "review.request_removed": "Review no longer asked for",
  "review.approved": "Approval",
  "review.changes_requested": "Changes requested",
  "review.commented": "Comment in a review",
  "review.dismissed": "Review dismissed",
  "command.automerge": "Auto-merge switched",
  "pr.merged": "Merged beside it",
  "auto.merged": "Merged beside it",
  "command.justified": "Justified",
  "gate.answered": "A gate answered",
  "report.edited": "Report changed by somebody else, and repaired",
  "repo.renamed": "Repository renamed",
};

/** Null for a trigger that has no name of its own. */
export function noteName(trigger: string): string | null {
  return Object.hasOwn(NOTE_NAMES, trigger) ? (NOTE_NAMES[trigger as Cause] ?? null) : null;
}

function isGithubState(state: string): state is GithubState {
  return Object.hasOwn(STATE_NAMES, state);
}
