import type { PersonId, Timestamp } from "./brand.js";

/** What is known of a work item at GitHub now. Plain data: it is kept in the record's head. */
export interface Facts {
  readonly issue: IssueFacts | null;
  /** In the order in which they were learnt of. */
  readonly pulls: readonly PullFacts[];
}

export interface IssueFacts {
  readonly repoId: number;
  readonly number: number;
  readonly status: "open" | "closed";
  /** Somebody works on it: it was assigned, or carries the label that says so. */
  readonly queued: boolean;
  readonly labels: readonly string[];
  readonly url: string;
  /** GitHub's time of this news: older news does not replace newer. */
  readonly updatedAt: Timestamp;
  readonly closedAt: Timestamp | null;
}

export interface PullFacts {
  readonly repoId: number;
  readonly number: number;
  readonly url: string;
  readonly author: PersonId | null;
  readonly headSha: string;
  readonly baseRef: string;
  readonly draft: boolean;
  readonly status: PullStatus;
  readonly openedAt: Timestamp;
  readonly updatedAt: Timestamp;
  /** Whether commits came after it was opened. */
  readonly pushed: boolean;
  /** Whether anybody was ever asked for a review. */
  readonly reviewRequested: boolean;
  /** Of the head SHA only. */
  readonly checks: readonly Check[];
  readonly reviews: readonly Review[];
}

export type PullStatus =
  | { readonly is: "open" }
  | { readonly is: "closed"; readonly at: Timestamp }
  | { readonly is: "merged"; readonly at: Timestamp; readonly sha: string | null; readonly by: PersonId | null };

/** A check run, or the check suite that one app's runs of a commit belong to. */
export interface Check {
  /** What makes it the same check when it runs again: the app and the name. Never the name alone. */
  readonly key: string;
  readonly kind: "run" | "suite";
  readonly appId: number;
  readonly suiteId: number;
  readonly name: string;
  readonly id: number;
  /** GitHub's conclusion once it is completed; null while it runs. */
  readonly conclusion: string | null;
  /** GitHub's time of this news: when a run started, when a suite was last changed. */
  readonly asOf: Timestamp | null;
  readonly completedAt: Timestamp | null;
  readonly url: string | null;
}

export interface Review {
  readonly id: number;
  readonly reviewer: PersonId;
  readonly state: "approved" | "changes_requested" | "commented" | "dismissed";
  /** The commit that was looked at: an approval counts for this one only. */
  readonly sha: string;
  /** Whether the reviewer may write to the repository, as far as GitHub says. */
  readonly mayApprove: boolean;
  readonly submittedAt: Timestamp;
  readonly url: string;
}

/** What one observation adds to what is known. Every part may be absent. */
export interface News {
  readonly issue?: IssueFacts;
  readonly pull?: Omit<PullFacts, "checks" | "reviews">;
  readonly checks?: { readonly repoId: number; readonly sha: string; readonly checks: readonly Check[] };
  readonly review?: { readonly repoId: number; readonly number: number; readonly review: Review };
}

export const NO_FACTS: Facts = { issue: null, pulls: [] };

/** Checks of one head, and pull requests of one work item, that are kept: more than real ones have, less than would fill a record. */
const MAX_CHECKS = 300;
const MAX_PULLS = 30;

/**
 * What is known after the news. The order in which news comes does not matter, nor does hearing it twice: newer is told from
 * older by GitHub's own times. Returns the same object when nothing is new.
 */
export function learn(facts: Facts, news: News): Facts {
  let { issue, pulls } = facts;
  if (news.issue) issue = learnIssue(issue, news.issue);
  if (news.pull) pulls = learnPull(pulls, news.pull);
  if (news.checks) {
    const { repoId, sha, checks } = news.checks;
    pulls = replace(
      pulls,
      (pull) => pull.repoId === repoId && pull.headSha === sha,
      (pull) => ({ ...pull, checks: checks.reduce(learnCheck, pull.checks) }),
    );
  }
  if (news.review) {
    const { repoId, number, review } = news.review;
    pulls = replace(
      pulls,
      (pull) => pull.repoId === repoId && pull.number === number,
      (pull) => ({ ...pull, reviews: learnReview(pull.reviews, review) }),
    );
  }
  return issue === facts.issue && pulls === facts.pulls ? facts : { issue, pulls };
}

function learnIssue(known: IssueFacts | null, seen: IssueFacts): IssueFacts {
  if (!known) return seen;
  const queued = known.queued || seen.queued;
  const newer = seen.updatedAt >= known.updatedAt ? seen : known;
  return same(known, { ...newer, queued });
}

function learnPull(pulls: readonly PullFacts[], seen: NonNullable<News["pull"]>): readonly PullFacts[] {
  const isSame = (pull: PullFacts) => pull.repoId === seen.repoId && pull.number === seen.number;
  if (!pulls.some(isSame)) return pulls.length < MAX_PULLS ? [...pulls, { ...seen, checks: [], reviews: [] }] : pulls;
  return replace(pulls, isSame, (known) => {
    const newer = seen.updatedAt >= known.updatedAt ? seen : known;
    // Merged is final, and these two are about the whole life of the pull request, whichever news comes first.
    const status =
      known.status.is === "merged" ? known.status : seen.status.is === "merged" ? seen.status : newer.status;
    const pushed = known.pushed || seen.pushed || known.headSha !== seen.headSha;
    const reviewRequested = known.reviewRequested || seen.reviewRequested;
    const checks = newer.headSha === known.headSha ? known.checks : [];
    return { ...known, ...newer, status, pushed, reviewRequested, checks, reviews: known.reviews };
  });
}

function learnCheck(checks: readonly Check[], seen: Check): readonly Check[] {
  const known = checks.find((check) => check.key === seen.key);
  if (!known) return checks.length < MAX_CHECKS ? [...checks, seen] : checks;
  return supersedes(seen, known) ? checks.map((check) => (check === known ? seen : check)) : checks;
}

/** A later run replaces an earlier one; of one and the same run, the later word does: `created` may come after `completed`. */
function supersedes(seen: Check, known: Check): boolean {
  const asOf = seen.asOf ?? "";
  const knownAsOf = known.asOf ?? "";
  if (asOf !== knownAsOf) return asOf > knownAsOf;
  if (seen.id !== known.id) return seen.id > known.id;
  return (seen.completedAt ?? "") > (known.completedAt ?? "");
}

function learnReview(reviews: readonly Review[], seen: Review): readonly Review[] {
  const known = reviews.find((review) => review.id === seen.id);
  if (!known) return [...reviews, seen].sort((a, b) => a.id - b.id);
  // A dismissed review stays dismissed: the word of its submission may arrive after that of its dismissal.
  if (known.state === "dismissed") return reviews;
  return replace(
    reviews,
    (review) => review.id === seen.id,
    () => seen,
  );
}

function replace<T>(items: readonly T[], matches: (item: T) => boolean, change: (item: T) => T): readonly T[] {
  let changed = false;
  const next = items.map((item) => {
    if (!matches(item)) return item;
    const after = same(item, change(item));
    changed ||= after !== item;
    return after;
  });
  return changed ? next : items;
}

function same<T>(before: T, after: T): T {
  return equal(before, after) ? before : after;
}

/** Deep equality of plain data, whatever the order of keys: heads come back from stores that keep their own. */
function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const ofA = Object.entries(a);
  const ofB = new Map(Object.entries(b));
  return ofA.length === ofB.size && ofA.every(([key, value]) => ofB.has(key) && equal(value, ofB.get(key)));
}
