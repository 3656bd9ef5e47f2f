import type { GateVerdict, PullView, WorkItem } from "../facts/facts.js";
import { second } from "../facts/heard.js";
import { isCiThrough } from "./ci.js";
import { currentPull } from "./merge.js";
import type { Policy } from "./policy.js";
import { policiesOf, strongerBefore } from "./policy-change.js";
import { counts, judgeReview, latestOpinions, type NotCounted, whyNotCounted } from "./reviews.js";

/** The rules that can be broken at GitHub, whatever the lifecycle allows. */
export const RULES = [
  "merged_before_ci_passed",
  "merged_without_approval",
  "approved_by_author",
  "approved_by_pusher",
  "approved_by_requester",
  "agent_approved",
  "merged_after_unreviewed_push",
  "merged_into_other_base",
  "agent_merged_alone",
  "merged_against_gate",
  "merged_before_gate_answered",
  "policy_weakened",
  "closed_before_merge",
] as const;
export type Rule = (typeof RULES)[number];

/** Which rules an end broke that no legal step leads to; the first is the one that is named. At least one. */
export function brokenRules(from: string, to: string, item: WorkItem, policy: Policy): readonly [Rule, ...Rule[]] {
  const pull = currentPull(item);
  if (to === "closed" || pull === null) return ["closed_before_merge"];
  const broken = rulesBrokenByMerge(pull, policy);
  // All of it at once: a merge is judged once, and what is found when it is looked at again would be said to be late.
  if (from === "cancelled" && !(broken.length > 0 && isClosedByThen(item, pull))) {
    return ["closed_before_merge", ...broken];
  }
  const [first = "merged_without_approval", ...more] = broken;
  return [first, ...more];
}

/**
 * Whether the issue was closed no sooner than the pull request was merged: who took it for given up knew of the close alone. Within one
 * second, which is as fine as GitHub's times are, the merge was first.
 */
export function isClosedByThen({ issue }: WorkItem, { status }: PullView): boolean {
  if (status.is !== "merged" || !issue || issue.closedAt === null) return false;
  return second(issue.closedAt) >= second(status.at);
}

/** Which rules the merge of a pull request broke, by what was known of it when it was merged. What cannot be known breaks none. */
export function rulesBrokenByMerge(pull: PullView, policy: Policy): readonly Rule[] {
  const broken = brokenUnder(pull, policy);
  // Whoever takes a rule out of the file, merges and puts it back has broken it all the same.
  const isWeakened = strongerBefore(pull, policy).some((earlier) =>
    brokenUnder(pull, earlier.policy).some((rule) => !broken.includes(rule)),
  );
  return isWeakened ? [...broken, "policy_weakened"] : broken;
}

/** Which rules it broke, had a policy been in force. */
function brokenUnder(pull: PullView, policy: Policy): readonly Rule[] {
  const unapproved = approvalRule(pull, policy);
  return [
    ...(isCiThrough(pull, policy) ? [] : ["merged_before_ci_passed" as const]),
    ...(unapproved ? [unapproved] : []),
    ...(isMergedByAgentAlone(pull, policy) ? ["agent_merged_alone" as const] : []),
    ...(isMergedElsewhere(pull) && !unapproved ? ["merged_into_other_base" as const] : []),
    ...gateRules(pull),
  ];
}

/** GitHub's merge call names the commit and not the base: somebody may have changed it in that very moment. */
const ASKED_FOR_S = 60;

function isMergedElsewhere({ status, mergeAsked, baseRef }: PullView): boolean {
  if (!mergeAsked || status.is !== "merged" || status.by?.type !== "Bot") return false;
  const took = second(status.at) - second(mergeAsked.at);
  return took >= 0 && took <= ASKED_FOR_S && mergeAsked.baseRef !== baseRef;
}

function isMergedByAgentAlone(pull: PullView, policy: Policy): boolean {
  const { status } = pull;
  if (policy.agents.mayMerge || status.is !== "merged" || !status.by?.agent) return false;
  return !latestOpinions(pull).some((review) => counts(review, pull, policy));
}

/**
 * What gates say against a merge, those that were asked for by then. Where nobody knows what was asked for at the merge, nobody is accused.
 */
function gateRules(pull: PullView): readonly Rule[] {
  const standing = gatesAtMerge(pull);
  return [
    ...(standing.some(({ verdict }) => verdict?.decision === "block") ? ["merged_against_gate" as const] : []),
    ...(standing.some(({ verdict }) => verdict === null) ? ["merged_before_gate_answered" as const] : []),
  ];
}

/** The gates that a merged pull request had to pass, and what each had answered about its head. */
export function gatesAtMerge(
  pull: PullView,
): readonly { readonly gate: string; readonly verdict: GateVerdict | null }[] {
  const { status, verdicts = [] } = pull;
  if (status.is !== "merged") return [];
  const known = policiesOf(pull).filter(({ at }) => second(at) <= second(status.at));
  const { gates = [] } = known.at(-1)?.policy ?? {};
  return gates.map((gate) => ({ gate, verdict: verdicts.find((one) => one.gate === gate) ?? null }));
}

/** The rule that is named for an approval that does not count: the most telling first. */
const RULE_OF: readonly (readonly [NotCounted, Rule])[] = [
  ["stale", "merged_after_unreviewed_push"],
  ["other_base", "merged_into_other_base"],
  ["by_last_pusher", "approved_by_pusher"],
  ["by_author", "approved_by_author"],
  ["by_requester", "approved_by_requester"],
  ["by_agent", "agent_approved"],
];

const APPROVAL_RULES: ReadonlySet<string> = new Set(["merged_without_approval", ...RULE_OF.map(([, rule]) => rule)]);

/** Whether a rule is about who approved: of these, a merge breaks one at the most. */
export function isApprovalRule(rule: string): boolean {
  return APPROVAL_RULES.has(rule);
}

/** What is wrong with the approvals, where one was needed and none that counts was given. */
function approvalRule(pull: PullView, policy: Policy): Rule | null {
  if (judgeReview(pull, policy) !== "waiting") return null;
  // It landed with another pull request of the same commit, into the same base: that one was reviewed.
  if (pull.mergedWith && judgeReview(pull.mergedWith, policy) !== "waiting") return null;
  const reasons = pull.reviews
    .filter(({ state }) => state === "approved")
    .map((review) => whyNotCounted(review, pull, policy));
  return RULE_OF.find(([why]) => reasons.includes(why))?.[1] ?? "merged_without_approval";
}
