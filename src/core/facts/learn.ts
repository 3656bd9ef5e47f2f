import type { Timestamp } from "../brand.js";
import { byAge, isGreen } from "../judgement/checks.js";
import type { Check, Facts, GateVerdict, IssueFacts, PullFacts, QueueMove, Review } from "./facts.js";
import type { News, OfPull, PullNews } from "./news.js";

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
    const { sha, gate, decision, title, failed, at } = news.verdict;
    pulls = ofPull(pulls, news.verdict, (pull) =>
      pull.headSha === sha
        ? { ...pull, verdicts: learnVerdict(pull.verdicts ?? [], { gate, decision, title, failed, at }) }
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
  if (!pulls.some(isSame)) {
    const kept = pulls.length < MAX_PULLS ? pulls : withoutOldestGone(pulls);
    return kept.length < MAX_PULLS ? [...kept, { ...seen, checks: [], reviews: [] }] : pulls;
  }
  return replace(pulls, isSame, (known) => {
    const newer = isLater(seen, known) ? seen : known;
    // Merged is final, and these are about the whole life of the pull request, whichever news comes first.
    const status =
      known.status.is === "merged" ? known.status : seen.status.is === "merged" ? seen.status : newer.status;
    const pushed = known.pushed || seen.pushed || known.headSha !== seen.headSha;
    // A payload of a review says nothing of links: what is known of them stays.
    const linkedBy = [newer, seen, known].find((one) => one.linkedBy.length > 0)?.linkedBy ?? [];
    const { checks, reviews, ciTimedOutAt, autoMerge, mergeRefused, queue, verdicts } = known;
    // A merge that was heard of in its time is judged by what was known then, whatever GitHub has deleted since.
    const checksGone = known.checksGone || (known.status.is !== "merged" && seen.checksGone);
    const { checksGone: _, ...lasting } = newer;
    const isSameHead = newer.headSha === known.headSha;
    const headSince = known.headSha === seen.headSha ? earlier(known.headSince, seen.headSince) : newer.headSince;
    const baseSince = known.baseRef === seen.baseRef ? earlier(known.baseSince, seen.baseSince) : newer.baseSince;
    return {
      ...lasting,
      ...{ status, pushed, linkedBy, headSince, baseSince, reviews },
      checks: isSameHead ? checks : [],
      ...(checksGone ? { checksGone } : {}),
      ...(isSameHead && ciTimedOutAt ? { ciTimedOutAt } : {}),
      ...(isSameHead && mergeRefused ? { mergeRefused } : {}),
      ...(isSameHead && verdicts ? { verdicts } : {}),
      ...(autoMerge ? { autoMerge } : {}),
      ...(queue ? { queue } : {}),
    };
  });
}

function withoutOldestGone(pulls: readonly PullFacts[]): readonly PullFacts[] {
  const gone = pulls.findIndex(({ status }) => status.is === "closed" || status.is === "unlinked");
  return pulls.filter((_, index) => index !== gone);
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
  const runs = [...checks.filter(({ key, suiteId }) => key === seen.key && suiteId === seen.suiteId), seen].sort(byAge);
  const isOneOfMany = runs.length > MAX_RUNS_OF_A_CHECK;
  const isFull = checks.length >= MAX_CHECKS;
  const forgotten = isOneOfMany ? runs[0] : isFull ? leastTelling([...checks, seen]) : null;
  return forgotten === seen ? checks : [...checks.filter((check) => check !== forgotten), seen];
}

/** Noise must not hide a red check: the oldest green one is forgotten first. */
function leastTelling(checks: readonly Check[]): Check | undefined {
  const green = checks.filter(isGreen);
  return [...(green.length > 0 ? green : checks)].sort(byAge)[0];
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
  if (!known) {
    const kept = [...reviews, seen].sort(byWeight).slice(0, MAX_REVIEWS);
    return kept.includes(seen) ? kept.sort((a, b) => a.id - b.id) : reviews;
  }
  // A dismissed review stays dismissed: the word of its submission may arrive after that of its dismissal.
  if (known.state === "dismissed") return reviews;
  return replace(
    reviews,
    (review) => review.id === seen.id,
    () => seen,
  );
}

/** Noise must not hide an opinion: those of people with write access first, comments last, and of the same the newer first. */
function byWeight(a: Review, b: Review): number {
  const weigh = ({ mayApprove, state }: Review) => (mayApprove ? 2 : 0) + (state === "commented" ? 0 : 1);
  return weigh(b) - weigh(a) || b.id - a.id;
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
