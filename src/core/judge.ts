import type { PersonId, Timestamp } from "./brand.js";
import type { Check, Facts, PullFacts, Review } from "./facts.js";
import { hasLabel } from "./label.js";
import { byAge } from "./learn.js";
import { matchesPattern } from "./pattern.js";
import type { Policy } from "./policy.js";

/** Conclusions that let a merge pass, as branch protection at GitHub counts them. */
const GREEN = new Set(["success", "neutral", "skipped"]);

export type CiVerdict = "none" | "pending" | "passed" | "failed";

/**
 * CI of the head, over all its checks; of a merged pull request, as it stood when it was merged. No checks at all is `none`, never
 * passed.
 */
export function judgeCi(pull: PullFacts, policy: Policy): CiVerdict {
  if (!policy.ci.required) return "passed";
  const checks = countedChecks(pull, policy);
  if (checks.some((check) => check.conclusion !== null && !isGreen(check))) return "failed";
  const missing = missingChecks(pull, policy);
  const isThrough = checks.length > 0 && missing.length === 0 && checks.every(isGreen) && !moreToCome(pull);
  if (isThrough) return "passed";
  if (pull.ciTimedOutAt) return "failed";
  return checks.length === 0 ? "none" : "pending";
}

/**
 * The checks that decide: the newest run of each, every status, and a completed suite where no run of its app is known. A suite that
 * waits says nothing, and what the team ignores does not count.
 */
export function countedChecks(pull: PullFacts, policy: Policy): readonly Check[] {
  const checks = latestChecks(pull);
  return checks.filter((check) => {
    if (policy.ci.ignore.some((pattern) => matchesPattern(pattern, check.name))) return false;
    if (check.kind !== "suite") return true;
    return check.conclusion !== null && !checks.some((other) => other.kind === "run" && other.appId === check.appId);
  });
}

/** The names of checks that the team requires and of which nothing was heard. */
export function missingChecks(pull: PullFacts, policy: Policy): readonly string[] {
  const checks = countedChecks(pull, policy);
  return policy.ci.checks.filter((name) => !checks.some((check) => check.name === name));
}

/** Whether a suite that has begun says that it is not through: the runs that are known need not be all. */
function moreToCome(pull: PullFacts): boolean {
  const checks = latestChecks(pull);
  const begun = new Set(checks.filter((check) => check.kind === "run").map((run) => run.suiteId));
  return checks.some((check) => check.kind === "suite" && check.conclusion === null && begun.has(check.id));
}

/** The newest run of each check; of a merged pull request, the newest that had begun by then, and only what it had said by then. */
function latestChecks(pull: PullFacts): readonly Check[] {
  const mergedAt = pull.status.is === "merged" ? pull.status.at : null;
  const latest = new Map<string, Check>();
  for (const check of pull.checks) {
    if (mergedAt !== null && beganAt(check) > mergedAt) continue;
    const known = latest.get(check.key);
    if (!known || byAge(check, known) > 0) latest.set(check.key, check);
  }
  return [...latest.values()].map((check) =>
    mergedAt !== null && check.completedAt !== null && check.completedAt > mergedAt
      ? { ...check, conclusion: null, completedAt: null }
      : check,
  );
}

/** By some apps' clocks, a run ends before it begins. */
function beganAt({ asOf, completedAt }: Check): string {
  if (asOf === null) return "";
  return completedAt !== null && completedAt < asOf ? completedAt : asOf;
}

export function isGreen(check: Check): boolean {
  return check.conclusion !== null && GREEN.has(check.conclusion);
}

export type ReviewVerdict = "none" | "waiting" | "approved";

/**
 * Whether the head is approved: by enough people, for this very commit, with nobody asking for changes. It is waited for where the team
 * asks for it, somebody was asked, or somebody with write access has begun to review.
 */
export function judgeReview(pull: PullFacts, policy: Policy): ReviewVerdict {
  const opinions = latestOpinions(pull);
  const changesRequested = opinions.some((review) => review.state === "changes_requested");
  const approvals = opinions.filter((review) => counts(review, pull)).length;
  if (!changesRequested && approvals >= neededApprovals(policy)) return "approved";
  const underWay =
    pull.reviewRequested ||
    policy.requiredApprovals > 0 ||
    reviewsInTime(pull).some((review) => review.mayApprove && review.reviewer !== pull.author);
  return underWay ? "waiting" : "none";
}

/** Once a review is waited for, one approval is the least. */
export function neededApprovals({ requiredApprovals }: Policy): number {
  return Math.max(1, requiredApprovals);
}

/** Why an approval does not count; null for one that does. */
export type NotCounted = "by_author" | "without_write_access" | "stale";

/** An approval counts for the commit that it was given on, from someone with write access who is not the author. */
export function whyNotCounted(review: Review, pull: Pick<PullFacts, "author" | "headSha">): NotCounted | null {
  if (review.reviewer === pull.author) return "by_author";
  if (!review.mayApprove) return "without_write_access";
  return review.sha === pull.headSha ? null : "stale";
}

export function counts(review: Review, pull: PullFacts): boolean {
  return review.state === "approved" && whyNotCounted(review, pull) === null;
}

/**
 * The newest word of each reviewer with write access; a comment is none, and a dismissal does not bring back what was said before
 * it. Others may say what they like, for and against: at GitHub, too, it does not hold up a merge.
 */
export function latestOpinions(pull: PullFacts): readonly Review[] {
  const latest = new Map<PersonId, Review>();
  for (const review of reviewsInTime(pull)) {
    if (review.state !== "commented" && review.mayApprove) latest.set(review.reviewer, review);
  }
  return [...latest.values()];
}

/** What was said after the merge came too late for it. */
export function reviewsInTime({ reviews, status }: PullFacts): readonly Review[] {
  return status.is === "merged" ? reviews.filter((review) => review.submittedAt <= status.at) : reviews;
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

/** Whether the App is asked to merge: by a person's last word, else by the label that the team names, else by its settings. */
export function wantsMerge(pull: PullFacts, { autoMerge }: Policy): boolean {
  if (pull.autoMerge) return pull.autoMerge.on;
  return autoMerge.label === null ? autoMerge.enabled : hasLabel(pull.labels, autoMerge.label);
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
