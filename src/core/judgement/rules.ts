import type { Facts, PullFacts } from "../facts/facts.js";
import { currentPull, isCiThrough, judgeReview, reviewsInTime, whyNotCounted } from "./judge.js";
import type { Policy } from "./policy.js";

/** The rules that can be broken at GitHub, whatever the lifecycle allows. */
export const RULES = [
  "merged_before_ci_passed",
  "merged_without_approval",
  "approved_by_author",
  "merged_after_unreviewed_push",
  "closed_before_merge",
] as const;
export type Rule = (typeof RULES)[number];

/** Which rules an end broke that no legal step leads to; the first is the one that is named. At least one. */
export function brokenRules(from: string, to: string, facts: Facts, policy: Policy): readonly [Rule, ...Rule[]] {
  const pull = currentPull(facts);
  if (from === "cancelled" || to === "closed" || pull === null) return ["closed_before_merge"];
  const [first = "merged_without_approval", ...more] = rulesBrokenByMerge(pull, policy);
  return [first, ...more];
}

/** Which rules the merge of a pull request broke, by what was known of it when it was merged. */
export function rulesBrokenByMerge(pull: PullFacts, policy: Policy): readonly Rule[] {
  const unapproved = approvalRule(pull, policy);
  return [
    ...(isCiThrough(pull, policy) ? [] : ["merged_before_ci_passed" as const]),
    ...(unapproved ? [unapproved] : []),
  ];
}

/** What is wrong with the approvals, where one was needed and none that counts was given. */
function approvalRule(pull: PullFacts, policy: Policy): Rule | null {
  if (judgeReview(pull, policy) !== "waiting") return null;
  const reasons = reviewsInTime(pull)
    .filter((review) => review.state === "approved")
    .map((review) => whyNotCounted(review, pull));
  if (reasons.includes("stale")) return "merged_after_unreviewed_push";
  return reasons.includes("by_author") ? "approved_by_author" : "merged_without_approval";
}
