import type { Facts, PullFacts } from "./facts.js";
import { currentPull, judgeCi, judgeReview, reviewsInTime, whyNotCounted } from "./judge.js";
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
  const unapproved = approvalRule(pull, policy);
  if (judgeCi(pull, policy) !== "passed") return ["merged_before_ci_passed", ...(unapproved ? [unapproved] : [])];
  return [unapproved ?? "merged_without_approval"];
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
