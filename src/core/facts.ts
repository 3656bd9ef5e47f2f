import type { PersonId, Timestamp } from "./brand.js";
import type { Participant } from "./people.js";

/** What is known of a work item at GitHub now. Plain data: it is kept in the record's head. */
export interface Facts {
  readonly issue: IssueFacts | null;
  /** In the order in which they were learnt of. */
  readonly pulls: readonly PullFacts[];
}

export interface IssueFacts {
  readonly repoId: number;
  /** `owner/name`, as it was last heard: names follow, ids stay. */
  readonly repoName: string;
  readonly number: number;
  readonly status: "open" | "closed";
  /** Somebody works on it: it was assigned, or carries the label that says so. */
  readonly queued: boolean;
  readonly labels: readonly string[];
  readonly url: string;
  /** When this cycle of the issue began: when it was opened, or reopened after the end of the cycle before. */
  readonly since: Timestamp;
  /** GitHub's time of this news: older news does not replace newer. */
  readonly updatedAt: Timestamp;
  readonly closedAt: Timestamp | null;
}

export interface PullFacts {
  readonly repoId: number;
  readonly repoName: string;
  readonly number: number;
  readonly url: string;
  readonly author: PersonId | null;
  readonly headSha: string;
  /** The head that a push replaced by this one; says which of two pushes within a second is the later. */
  readonly before?: string;
  /** When this head was first heard of, by GitHub's clock: from then on its checks are waited for. */
  readonly headSince: Timestamp;
  readonly baseRef: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly status: PullStatus;
  readonly openedAt: Timestamp;
  readonly updatedAt: Timestamp;
  /** Whether commits came after it was opened. */
  readonly pushed: boolean;
  /** Whether anybody was ever asked for a review. */
  readonly reviewRequested: boolean;
  /** By what it belongs to this work item; empty where the work item is its own. */
  readonly linkedBy: readonly LinkSource[];
  /** Of the head SHA only: the newest runs of each check, for a merge is judged by what CI had said when it was made. */
  readonly checks: readonly Check[];
  readonly reviews: readonly Review[];
  /** When its checks were given up waiting for; of the head SHA only. */
  readonly ciTimedOutAt?: Timestamp;
  /** The last word of a person on whether the App shall merge it. */
  readonly autoMerge?: { readonly on: boolean; readonly at: Timestamp };
  /** GitHub's last refusal to let the App merge it; of the head SHA only. */
  readonly mergeRefused?: MergeRefusal;
  /** Its way through the merge queue, the newest last. */
  readonly queue?: readonly QueueMove[];
  /** What gates answered; of the head SHA only. */
  readonly verdicts?: readonly GateVerdict[];
}

export type PullStatus =
  | { readonly is: "open" }
  | { readonly is: "closed"; readonly at: Timestamp }
  | {
      readonly is: "merged";
      readonly at: Timestamp;
      readonly sha: string | null;
      readonly by: Omit<Participant, "role"> | null;
    }
  /** It once said that it closes this issue, and does so no more. */
  | { readonly is: "unlinked"; readonly at: Timestamp };

/** How a pull request came to belong to an issue: its description, GitHub's own link, or the name of its branch. */
export type LinkSource = "keyword" | "reference" | "branch";

export interface MergeRefusal {
  readonly sha: string;
  /** GitHub's own words. */
  readonly reason: string;
  readonly at: Timestamp;
}

/** A gate's answer about a head; its reasons are in the ledger. */
export interface GateVerdict {
  readonly gate: string;
  readonly decision: "pass" | "block" | "neutral";
  readonly title: string;
  readonly at: Timestamp;
}

export interface QueueMove {
  readonly is: "entered" | "left";
  /** GitHub's word for why it left. */
  readonly reason: string | null;
  readonly at: Timestamp;
}

/** A check run, a commit status, or the check suite that one app's runs of a commit belong to. */
export interface Check {
  /** What makes it the same check when it runs again: the app and the name, or a status's context. Never the name alone. */
  readonly key: string;
  readonly kind: "run" | "suite" | "status";
  readonly appId: number;
  readonly suiteId: number;
  readonly name: string;
  readonly id: number;
  /** GitHub's conclusion once it is completed; null while it runs. */
  readonly conclusion: string | null;
  /** GitHub's time of this news: when a run started, when a status or a suite was last changed. */
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

/** A pull request without what other events say of it. */
export type PullNews = Omit<
  PullFacts,
  "checks" | "reviews" | "ciTimedOutAt" | "autoMerge" | "mergeRefused" | "queue" | "verdicts"
>;

/** What one observation adds to what is known. Every part may be absent. */
export interface News {
  readonly issue?: IssueFacts;
  readonly pull?: PullNews;
  readonly checks?: { readonly repoId: number; readonly sha: string; readonly checks: readonly Check[] };
  readonly review?: OfPull & { readonly review: Review };
  readonly ciTimedOut?: OfPull & { readonly sha: string; readonly at: Timestamp };
  readonly autoMerge?: OfPull & { readonly on: boolean; readonly at: Timestamp };
  readonly mergeRefused?: OfPull & MergeRefusal;
  readonly queue?: OfPull & QueueMove;
  readonly verdict?: OfPull & GateVerdict & { readonly sha: string };
  /** A repository's name now. */
  readonly renamed?: { readonly repoId: number; readonly repoName: string };
}

interface OfPull {
  readonly repoId: number;
  readonly number: number;
}

export const NO_FACTS: Facts = { issue: null, pulls: [] };

/** Checks of one head, and pull requests of one work item, that are kept: more than real ones have, less than would fill a record. */
const MAX_CHECKS = 300;
const MAX_RUNS_OF_A_CHECK = 4;
const MAX_PULLS = 30;
const MAX_REVIEWS = 200;
const MAX_QUEUE_MOVES = 10;
const MAX_VERDICTS = 20;

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
    const { review } = news.review;
    pulls = ofPull(pulls, news.review, (pull) => ({ ...pull, reviews: learnReview(pull.reviews, review) }));
  }
  if (news.ciTimedOut) {
    const { sha, at } = news.ciTimedOut;
    pulls = ofPull(pulls, news.ciTimedOut, (pull) => (pull.headSha === sha ? { ciTimedOutAt: at, ...pull } : pull));
  }
  if (news.autoMerge) {
    const { on, at } = news.autoMerge;
    pulls = ofPull(pulls, news.autoMerge, (pull) =>
      pull.autoMerge && pull.autoMerge.at > at ? pull : { ...pull, autoMerge: { on, at } },
    );
  }
  if (news.mergeRefused) {
    const { sha, reason, at } = news.mergeRefused;
    pulls = ofPull(pulls, news.mergeRefused, (pull) =>
      pull.headSha === sha ? { ...pull, mergeRefused: { sha, reason, at } } : pull,
    );
  }
  if (news.queue) {
    const { is, reason, at } = news.queue;
    pulls = ofPull(pulls, news.queue, (pull) => ({ ...pull, queue: learnQueue(pull.queue ?? [], { is, reason, at }) }));
  }
  if (news.verdict) {
    const { sha, gate, decision, title, at } = news.verdict;
    pulls = ofPull(pulls, news.verdict, (pull) =>
      pull.headSha === sha
        ? { ...pull, verdicts: learnVerdict(pull.verdicts ?? [], { gate, decision, title, at }) }
        : pull,
    );
  }
  if (news.renamed) {
    const { repoId, repoName } = news.renamed;
    if (issue?.repoId === repoId) issue = same(issue, { ...issue, repoName });
    pulls = replace(
      pulls,
      (pull) => pull.repoId === repoId,
      (pull) => ({ ...pull, repoName }),
    );
  }
  return issue === facts.issue && pulls === facts.pulls ? facts : { issue, pulls };
}

function learnIssue(known: IssueFacts | null, seen: IssueFacts): IssueFacts {
  if (!known) return seen;
  const queued = known.queued || seen.queued;
  const isNewer =
    seen.updatedAt > known.updatedAt || (seen.updatedAt === known.updatedAt && !isBehind(seen.status, known.status));
  return same(known, { ...(isNewer ? seen : known), queued, since: known.since });
}

/** Within one second, which is as fine as GitHub's times are, closed comes after open. */
function isBehind(seen: string, known: string): boolean {
  return seen === "open" && known !== "open";
}

function learnPull(pulls: readonly PullFacts[], seen: PullNews): readonly PullFacts[] {
  const isSame = (pull: PullFacts) => pull.repoId === seen.repoId && pull.number === seen.number;
  if (!pulls.some(isSame)) return pulls.length < MAX_PULLS ? [...pulls, { ...seen, checks: [], reviews: [] }] : pulls;
  return replace(pulls, isSame, (known) => {
    const newer = isLater(seen, known) ? seen : known;
    // Merged is final, and these are about the whole life of the pull request, whichever news comes first.
    const status =
      known.status.is === "merged" ? known.status : seen.status.is === "merged" ? seen.status : newer.status;
    const pushed = known.pushed || seen.pushed || known.headSha !== seen.headSha;
    const reviewRequested = known.reviewRequested || seen.reviewRequested;
    // A payload of a review says nothing of links: what is known of them stays.
    const linkedBy = [newer, seen, known].find((one) => one.linkedBy.length > 0)?.linkedBy ?? [];
    const { checks, reviews, ciTimedOutAt, autoMerge, mergeRefused, queue, verdicts } = known;
    const isSameHead = newer.headSha === known.headSha;
    const headSince = known.headSha === seen.headSha ? earlier(known.headSince, seen.headSince) : newer.headSince;
    return {
      ...newer,
      ...{ status, pushed, reviewRequested, linkedBy, headSince, reviews },
      checks: isSameHead ? checks : [],
      ...(isSameHead && ciTimedOutAt ? { ciTimedOutAt } : {}),
      ...(isSameHead && mergeRefused ? { mergeRefused } : {}),
      ...(isSameHead && verdicts ? { verdicts } : {}),
      ...(autoMerge ? { autoMerge } : {}),
      ...(queue ? { queue } : {}),
    };
  });
}

function earlier(a: Timestamp, b: Timestamp): Timestamp {
  return a < b ? a : b;
}

/** By GitHub's time; within one second, a push is later than what it replaced, and an end later than what it ended. */
function isLater(seen: PullNews, known: PullNews): boolean {
  if (seen.updatedAt !== known.updatedAt) return seen.updatedAt > known.updatedAt;
  if (seen.headSha !== known.headSha) {
    if (seen.before === known.headSha) return true;
    if (known.before === seen.headSha) return false;
    if (seen.pushed !== known.pushed) return seen.pushed;
  }
  return !isBehind(seen.status.is, known.status.is);
}

function learnCheck(checks: readonly Check[], seen: Check): readonly Check[] {
  const known = checks.find((check) => check.key === seen.key && check.id === seen.id);
  if (known) return isNews(seen, known) ? checks.map((check) => (check === known ? seen : check)) : checks;
  const runs = [...checks.filter((check) => check.key === seen.key), seen].sort(byAge);
  const forgotten = runs.length > MAX_RUNS_OF_A_CHECK ? runs[0] : undefined;
  if (forgotten === seen || (!forgotten && checks.length >= MAX_CHECKS)) return checks;
  return [...checks.filter((check) => check !== forgotten), seen];
}

/** A later run comes after an earlier one of the same check, whichever is heard of first. */
export function byAge(a: Check, b: Check): number {
  const [asOfA, asOfB] = [a.asOf ?? "", b.asOf ?? ""];
  if (asOfA !== asOfB) return asOfA < asOfB ? -1 : 1;
  return a.id - b.id;
}

/** Of one and the same run, the word that it is completed is later than that it was created, in whatever order they come. */
function isNews(seen: Check, known: Check): boolean {
  if (seen.completedAt !== null && known.completedAt !== null) return seen.completedAt > known.completedAt;
  // Apps' clocks differ from one start to the next: begun again is what began after both the start and the end.
  const restarted = (running: Check, completed: Check) =>
    (running.asOf ?? "") > (completed.asOf ?? "") && (running.asOf ?? "") > (completed.completedAt ?? "");
  if (seen.completedAt !== null) return !restarted(known, seen);
  if (known.completedAt !== null) return restarted(seen, known);
  return (seen.asOf ?? "") > (known.asOf ?? "");
}

function learnReview(reviews: readonly Review[], seen: Review): readonly Review[] {
  const known = reviews.find((review) => review.id === seen.id);
  if (!known) return reviews.length < MAX_REVIEWS ? [...reviews, seen].sort((a, b) => a.id - b.id) : reviews;
  // A dismissed review stays dismissed: the word of its submission may arrive after that of its dismissal.
  if (known.state === "dismissed") return reviews;
  return replace(
    reviews,
    (review) => review.id === seen.id,
    () => seen,
  );
}

function learnVerdict(verdicts: readonly GateVerdict[], seen: GateVerdict): readonly GateVerdict[] {
  const known = verdicts.find(({ gate }) => gate === seen.gate);
  if (known) return known.at >= seen.at ? verdicts : [...verdicts.filter((one) => one !== known), seen];
  return verdicts.length < MAX_VERDICTS ? [...verdicts, seen] : verdicts;
}

function learnQueue(moves: readonly QueueMove[], seen: QueueMove): readonly QueueMove[] {
  if (moves.some((move) => move.is === seen.is && move.at === seen.at)) return moves;
  return [...moves, seen].sort((a, b) => (a.at < b.at ? -1 : 1)).slice(-MAX_QUEUE_MOVES);
}

function ofPull(pulls: readonly PullFacts[], { repoId, number }: OfPull, change: (pull: PullFacts) => PullFacts) {
  return replace(pulls, (pull) => pull.repoId === repoId && pull.number === number, change);
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
