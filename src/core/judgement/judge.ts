import type { PersonId, Timestamp } from "../brand.js";
import type { Check, Facts, PullFacts, Review } from "../facts/facts.js";
import { beganAt, isGreen, standingChecks } from "./checks.js";
import { hasLabel } from "./label.js";
import { compilePatterns } from "./pattern.js";
import type { Policy } from "./policy.js";

export type CiVerdict = "none" | "pending" | "passed" | "failed" | "not_known";

/**
 * CI of the head, over all its checks; of a merged pull request, as it stood when it was merged. No checks at all is `none`, never
 * passed; `not_known` where GitHub has deleted those of an old merge, and none that is remembered was red.
 */
export function judgeCi(pull: PullFacts, policy: Policy): CiVerdict {
  if (!policy.ci.required) return "passed";
  const checks = countedChecks(pull, policy);
  if (checks.some((check) => check.conclusion !== null && !isGreen(check))) return "failed";
  const missing = missingChecks(pull, policy);
  const isThrough = checks.length > 0 && missing.length === 0 && checks.every(isGreen) && !moreToCome(pull, policy);
  if (isThrough) return "passed";
  if (pull.checksGone) return "not_known";
  if (pull.ciTimedOutAt) return "failed";
  return checks.length === 0 ? "none" : "pending";
}

/** Whether CI says nothing against a merge: it passed, or nobody can know any more whether it had. */
export function isCiThrough(pull: PullFacts, policy: Policy): boolean {
  const verdict = judgeCi(pull, policy);
  return verdict === "passed" || verdict === "not_known";
}

/**
 * The checks that decide: the runs that speak for each, every status, and a completed suite where no run of its app is known. A suite that
 * waits says nothing, and what the team ignores does not count.
 */
export function countedChecks(pull: PullFacts, policy: Policy): readonly Check[] {
  const checks = latestChecks(pull);
  return checks.filter((check) => {
    if (isIgnored(check, policy)) return false;
    if (check.kind !== "suite") return true;
    return check.conclusion !== null && !checks.some((other) => other.kind === "run" && other.appId === check.appId);
  });
}

/** The names of checks that the team requires and of which nothing was heard. */
export function missingChecks(pull: PullFacts, policy: Policy): readonly string[] {
  const checks = countedChecks(pull, policy);
  return policy.ci.checks.filter((name) => !checks.some((check) => check.name === name));
}

/**
 * Whether a suite that has begun says that it is not through: the runs that are known need not be all. One that only an ignored check
 * holds open may say so for ever.
 */
function moreToCome(pull: PullFacts, policy: Policy): boolean {
  const checks = latestChecks(pull);
  const runs = checks.filter(({ kind }) => kind === "run");
  const suitesOf = (some: readonly Check[]) => new Set(some.map(({ suiteId }) => suiteId));
  const begun = suitesOf(runs.filter((run) => !isIgnored(run, policy)));
  const heldOpen = suitesOf(runs.filter((run) => isIgnored(run, policy) && run.conclusion === null));
  return checks.some(
    ({ kind, conclusion, id }) => kind === "suite" && conclusion === null && begun.has(id) && !heldOpen.has(id),
  );
}

function isIgnored({ name }: Check, { ci }: Policy): boolean {
  let matches = compiledIgnores.get(ci.ignore);
  if (!matches) {
    matches = compilePatterns(ci.ignore);
    compiledIgnores.set(ci.ignore, matches);
  }
  return matches(name);
}

/** One judgement asks for each check several times: its policy's patterns are compiled once, and go when the policy does. */
const compiledIgnores = new WeakMap<readonly string[], (name: string) => boolean>();

/** The runs that speak for their checks; of a merged pull request, among those that had begun by then, and only what they had said by then. */
function latestChecks(pull: PullFacts): readonly Check[] {
  const mergedAt = pull.status.is === "merged" ? pull.status.at : null;
  const begun = mergedAt === null ? pull.checks : pull.checks.filter((check) => beganAt(check) <= mergedAt);
  return standingChecks(begun).map((check) =>
    mergedAt !== null && check.completedAt !== null && check.completedAt > mergedAt
      ? { ...check, conclusion: null, completedAt: null }
      : check,
  );
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

/** What is known of one pull request among others; null where it is none of them. */
export function pullIn({ pulls }: Facts, repoId: number, number: number | null): PullFacts | null {
  return pulls.find((pull) => pull.repoId === repoId && pull.number === number) ?? null;
}

/** Whether two are the same, whatever is known of it. */
export function isSamePull(one: PullFacts, other: PullFacts | null): boolean {
  return one.repoId === other?.repoId && one.number === other.number;
}

/** Where a pull request stands apart from its merge. */
export function openState(pull: PullFacts, policy: Policy): string {
  switch (judgeCi(pull, policy)) {
    case "none":
      return pull.pushed ? "ci_pending" : "pr_created";
    case "pending":
      return "ci_pending";
    case "failed":
      return "ci_failed";
    case "not_known":
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

/**
 * Whether the App is asked to merge: by a person's last word, else by the label that the team names, else by its settings. What outsiders
 * push is merged on somebody's word about these very commits only.
 */
export function wantsMerge(pull: PullFacts, policy: Policy): boolean {
  if (pull.autoMerge && !pull.autoMerge.on) return false;
  if (hasMergeWord(pull)) return true;
  if (pull.fromFork && !isVouchedFor(pull)) return false;
  const { label, enabled } = policy.autoMerge;
  return label === null ? enabled : hasLabel(pull.labels, label);
}

/**
 * Whether a person has asked for the merge of what it is now. GitHub's own auto-merge is switched off when somebody without write access
 * pushes or switches the base; here, a word lapses by any push to a fork's branch, and by any other base.
 * @see https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/automatically-merging-a-pull-request
 */
export function hasMergeWord({ autoMerge, fromFork, headSince, baseSince }: PullFacts): boolean {
  return autoMerge?.on === true && autoMerge.at >= baseSince && (!fromFork || autoMerge.at >= headSince);
}

/** Somebody with write access has approved this head, into this base. */
function isVouchedFor(pull: PullFacts): boolean {
  return latestOpinions(pull).some((review) => counts(review, pull) && review.submittedAt >= pull.baseSince);
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
