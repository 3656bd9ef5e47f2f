import type { PullView, Review } from "../facts/facts.js";
import type { Policy, Side } from "./policy.js";

/** none: nobody asked for a review. not_known: GitHub does not show them, or nobody can tell whether those who reviewed might do so. */
export type ReviewVerdict = "none" | "waiting" | "approved" | "not_known";

/**
 * Whether the head is approved: by enough people, for this very commit and base, with nobody asking for changes. It is waited for where the
 * team asks for it, somebody was asked, or somebody with write access has given an opinion; a comment asks for nothing.
 */
export function judgeReview(pull: PullView, policy: Policy): ReviewVerdict {
  const opinions = latestOpinions(pull);
  const isOpposed = opinions.some(isObjection);
  const isInDoubt = opinions.some((review) => isDoubtful(review, pull, policy));
  const approvals = opinions.filter((review) => counts(review, pull, policy)).length;
  const isEnough = approvals >= neededApprovals(pull, policy);
  const isUnclearlyOpposed = opinions.some(
    ({ state, mayApprove, untold }) =>
      state !== "approved" && (untold || (state === "changes_requested" && mayApprove === null)),
  );
  if (!isOpposed && isEnough && !isUnclearlyOpposed) return "approved";
  const isWanted =
    pull.reviewRequested ||
    requiredApprovals(pull, policy) > 0 ||
    opinions.some((review) => beginsReview(review, pull));
  if (!isWanted) return "none";
  const mayBeMore = isInDoubt || pull.hidden?.includes("reviews");
  return !isOpposed && mayBeMore ? "not_known" : "waiting";
}

/** Once a review is waited for, one approval is the least. */
export function neededApprovals(pull: Pick<PullView, "byAgent">, policy: Policy): number {
  return Math.max(1, requiredApprovals(pull, policy));
}

/** What the team asks for whatever anybody says: more of an agent's change, perhaps. */
export function requiredApprovals({ byAgent }: Pick<PullView, "byAgent">, policy: Policy): number {
  return Math.max(policy.requiredApprovals, byAgent ? policy.agents.approvals : 0);
}

/** Why an approval does not count. */
export type NotCounted =
  | "by_author"
  | "by_app"
  | "by_agent"
  | "by_last_pusher"
  | "by_requester"
  | "without_write_access"
  | "stale"
  | "other_base"
  /** The account is gone, or GitHub does not say whether it might approve. */
  | "not_known";

/**
 * Whoever makes a change does not approve it: an approval counts for the commit and the base that it was given on, from a person with write
 * access who neither wrote it nor pushed it, nor set the agent to work that did, as far as the team does not say otherwise. Null for one
 * that counts.
 */
export function whyNotCounted(
  review: Review,
  pull: Pick<PullView, "author" | "headSha" | "pushedBy" | "baseRef" | "requesters">,
  { approvalsNotFrom }: Pick<Policy, "approvalsNotFrom">,
): NotCounted | null {
  const { reviewer, type, byAgent, mayApprove, sha, baseRef } = review;
  const isBy = (side: Side, isSide: boolean) => reviewer !== null && isSide && approvalsNotFrom.includes(side);
  if (isBy("author", reviewer === pull.author)) return "by_author";
  if (byAgent) return "by_agent";
  if (type === "Bot") return "by_app";
  if (mayApprove === false) return "without_write_access";
  if (review.untold) return "not_known";
  if (sha !== null && sha !== pull.headSha) return "stale";
  if (baseRef !== undefined && baseRef !== pull.baseRef) return "other_base";
  if (isBy("pusher", reviewer === pull.pushedBy)) return "by_last_pusher";
  if (isBy("requester", reviewer !== null && pull.requesters?.includes(reviewer) === true)) return "by_requester";
  return reviewer === null || mayApprove === null || sha === null ? "not_known" : null;
}

export function counts(review: Review, pull: PullView, policy: Policy): boolean {
  return review.state === "approved" && whyNotCounted(review, pull, policy) === null;
}

/**
 * The newest opinion of each reviewer who may write, as far as anybody knows; a comment is none, and a dismissal does not bring back what was
 * said before it. Others may say what they like, for and against: at GitHub, too, it does not hold up a merge.
 */
export function latestOpinions({ reviews }: PullView): readonly Review[] {
  const latest = new Map<string, Review>();
  for (const review of reviews) {
    if (review.state !== "commented" && review.mayApprove !== false)
      latest.set(review.reviewer ?? `#${review.id}`, review);
  }
  return [...latest.values()];
}

/** Whoever made the change, and a program, begins no review by what they say of it. */
function beginsReview({ reviewer, type, mayApprove, sha }: Review, { author, pushedBy, headSha }: PullView): boolean {
  const isOwnPush = reviewer === pushedBy && sha === headSha;
  return mayApprove === true && type !== "Bot" && reviewer !== author && !isOwnPush;
}

function isObjection({ state, mayApprove, untold }: Review): boolean {
  return state === "changes_requested" && mayApprove === true && !untold;
}

function isDoubtful(review: Review, pull: PullView, policy: Policy): boolean {
  if (review.state === "approved") return whyNotCounted(review, pull, policy) === "not_known";
  return review.untold === true || (review.state === "changes_requested" && review.mayApprove === null);
}
