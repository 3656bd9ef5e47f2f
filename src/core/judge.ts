import type { PersonId, Timestamp } from "./brand.js";
import type { Check, Facts, PullFacts, Review } from "./facts.js";

/** What a team asks for beyond what GitHub's events say by themselves. */
export interface Policy {
  /** Approvals needed before a merge. With 0, a review is waited for only once somebody asked for one or gave one. */
  readonly requiredApprovals: number;
}

export const DEFAULT_POLICY: Policy = { requiredApprovals: 0 };

/** Conclusions that let a merge pass, as branch protection at GitHub counts them. */
const GREEN = new Set(["success", "neutral", "skipped"]);

export type CiVerdict = "none" | "pending" | "passed" | "failed";

/** CI of the head, over all its checks. No checks at all is `none`, never passed. */
export function judgeCi(pull: Pick<PullFacts, "checks">): CiVerdict {
  const checks = countedChecks(pull.checks);
  if (checks.length === 0) return "none";
  if (checks.some((check) => check.conclusion !== null && !isGreen(check))) return "failed";
  return checks.every(isGreen) && !moreToCome(pull.checks) ? "passed" : "pending";
}

/** The checks that decide: every run, and a completed suite where no run of its app is known. A suite that waits says nothing. */
export function countedChecks(checks: readonly Check[]): readonly Check[] {
  return checks.filter((check) => {
    if (check.kind === "run") return true;
    return check.conclusion !== null && !checks.some((other) => other.kind === "run" && other.appId === check.appId);
  });
}

/** Whether a suite that has begun says that it is not through: the runs that are known need not be all. */
function moreToCome(checks: readonly Check[]): boolean {
  const begun = new Set(checks.filter((check) => check.kind === "run").map((run) => run.suiteId));
  return checks.some((check) => check.kind === "suite" && check.conclusion === null && begun.has(check.id));
}

export function isGreen(check: Check): boolean {
  return check.conclusion !== null && GREEN.has(check.conclusion);
}

export type ReviewVerdict = "none" | "waiting" | "approved";

/** Whether the head is approved: by enough people, for this very commit, with nobody asking for changes. */
export function judgeReview(pull: PullFacts, policy: Policy): ReviewVerdict {
  const opinions = latestOpinions(pull);
  const changesRequested = opinions.some((review) => review.state === "changes_requested");
  const approvals = opinions.filter((review) => counts(review, pull)).length;
  if (!changesRequested && approvals >= Math.max(1, policy.requiredApprovals)) return "approved";
  const underWay =
    pull.reviewRequested || policy.requiredApprovals > 0 || pull.reviews.some((r) => r.reviewer !== pull.author);
  return underWay ? "waiting" : "none";
}

/** An approval counts for the commit that it was given on, from someone with write access who is not the author. */
export function counts(review: Review, pull: PullFacts): boolean {
  return (
    review.state === "approved" && review.sha === pull.headSha && review.mayApprove && review.reviewer !== pull.author
  );
}

/**
 * The newest word of each reviewer with write access; a comment is none, and a dismissal does not bring back what was said before
 * it. Others may say what they like, for and against: at GitHub, too, it does not hold up a merge.
 */
function latestOpinions(pull: PullFacts): readonly Review[] {
  const latest = new Map<PersonId, Review>();
  for (const review of pull.reviews) {
    if (review.state !== "commented" && review.mayApprove) latest.set(review.reviewer, review);
  }
  return [...latest.values()];
}

/**
 * The pull request that the work item stands or falls with: the one that was merged first, else the newest that is open. By
 * GitHub's times: which of them was heard of first makes no difference.
 */
export function currentPull({ pulls }: Facts): PullFacts | null {
  const merged = pulls.flatMap((pull) => (pull.status.is === "merged" ? [{ pull, at: pull.status.at }] : []));
  const open = pulls.flatMap((pull) => (pull.status.is === "open" ? [{ pull, at: pull.openedAt }] : []));
  return (merged.sort(inOrder)[0] ?? open.sort(inOrder).at(-1))?.pull ?? null;
}

/** By time, and by number within a second, which is as fine as GitHub's times are. */
function inOrder(a: Dated, b: Dated): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.pull.number - b.pull.number;
}

interface Dated {
  readonly pull: PullFacts;
  readonly at: Timestamp;
}
