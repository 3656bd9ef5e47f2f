import type { PersonId, RecordId, Timestamp } from "../brand.js";
import { ciSeen, factsIn, type Hearing, linkFacts } from "../facts/fact.js";
import type { Check, Review } from "../facts/facts.js";
import type { IssueNews, News, PullNews, Turn } from "../facts/news.js";
import type { StoredFact } from "../facts/stored-fact.js";
import type { Entry } from "../ledger/entry.js";
import { cycleOf } from "../ledger/links.js";
import { type OldFacts, type OldIssue, type OldPull, type OldReview, withoutKey } from "./old-head.js";
import { reviewStateIn } from "./recorded-events.js";

/**
 * What schema 1 knew of a work item, as facts of its entities: as deliveries would have said it. Times are GitHub's, for the record was told
 * in its time. The same head gives the same facts.
 */
export function factsOfHead(recordId: RecordId, { issue, pulls }: OldFacts, entries: readonly Entry[]): StoredFact[] {
  return [
    ...(issue ? factsOfIssue(issue, cycleOf(recordId)) : []),
    ...pulls.flatMap((pull) => factsOfPull(pull, entries)),
    ...(issue ? pulls.flatMap((pull) => linksOf(pull, issue)) : []),
  ];
}

/** What is said of CI in one observation that waited for its pull request: each check when GitHub said it. */
export function factsOfChecks(
  of: { readonly repoId: number; readonly sha: string },
  checks: readonly Check[],
  otherwise: Timestamp,
): readonly StoredFact[] {
  const { repoId, sha } = of;
  return checks.flatMap((check) => {
    const hearing = toldAt(saidAt(check) ?? otherwise);
    return [
      ...factsIn({ checks: { repoId, sha, checks: [check] } }, hearing),
      ciSeen(repoId, toldAt(check.asOf ?? hearing.receivedAt)),
    ];
  });
}

function factsOfIssue(issue: OldIssue, cycle: number): readonly StoredFact[] {
  const { since, ...shown } = issue;
  const { repoId, number, updatedAt, closedAt } = issue;
  // When it was opened, a later cycle does not know: the record of the first one says so.
  const news: IssueNews = { ...shown, openedAt: since };
  const turn = (is: Turn["turn"], at: Timestamp): News => ({
    turn: { of: "issue", repoId, number, turn: is, at, read: false },
  });
  return [
    ...factsIn({ issue: news }, toldAt(updatedAt)),
    ...(cycle > 1 ? factsIn(turn("reopened", since), toldAt(since)) : []),
    ...(closedAt === null || issue.status === "open" ? [] : factsIn(turn("closed", closedAt), toldAt(closedAt))),
  ];
}

function factsOfPull(pull: OldPull, entries: readonly Entry[]): readonly StoredFact[] {
  const { repoId, number, headSha: sha, updatedAt } = pull;
  const of = { repoId, number };
  const at = (time: Timestamp, news: News) => factsIn(news, toldAt(time));
  return [
    ...at(updatedAt, { pull: pullNews(pull, entries) }),
    ...(pull.status.is === "closed"
      ? at(pull.status.at, { turn: { ...of, of: "pull", turn: "closed", at: pull.status.at, read: false } })
      : []),
    ...factsOfChecks(
      { repoId, sha },
      pull.checks.flatMap((check) => wordsOf(withoutKey(check), pull)),
      updatedAt,
    ),
    ...pull.reviews.flatMap((review) => factsOfReview(pull, review, entries)),
    ...(pull.ciTimedOutAt ? at(pull.ciTimedOutAt, { ciTimedOut: { ...of, sha, at: pull.ciTimedOutAt } }) : []),
    ...(pull.autoMerge ? at(pull.autoMerge.at, { autoMerge: { ...of, ...pull.autoMerge } }) : []),
    ...(pull.mergeRefused ? at(pull.mergeRefused.at, { mergeRefused: { ...of, ...pull.mergeRefused } }) : []),
    ...(pull.queue ?? []).flatMap((move) => at(move.at, { queue: { ...of, ...move } })),
    ...(pull.verdicts ?? []).flatMap((verdict) => at(verdict.at, { verdict: { ...of, sha, ...verdict } })),
  ];
}

function pullNews(pull: OldPull, entries: readonly Entry[]): PullNews {
  const {
    checks: _checks,
    reviews: _reviews,
    ciTimedOutAt: _timedOut,
    autoMerge: _word,
    mergeRefused: _refusal,
    queue: _queue,
    verdicts: _verdicts,
    ...shown
  } = pull;
  const pushedBy = pusherIn(entries, pull.headSha);
  return {
    ...shown,
    // That it left this issue says nothing of itself; what became of it, the record that it went to knows.
    status: pull.status.is === "unlinked" ? { is: "open" } : pull.status,
    linkedBy: [],
    ...(pushedBy === null ? {} : { pushedBy }),
  };
}

/** Schema 1 did not keep who pushed a head, but the ledger does. */
function pusherIn(entries: readonly Entry[], sha: string): PersonId | null {
  const push = entries.findLast(({ trigger, metadata }) => trigger === "pr.synchronized" && metadata.sha === sha);
  return push?.people.find(({ role }) => role === "actor")?.person ?? null;
}

/** A check that ended after the merge was still running then: that was heard, too, before it was replaced. */
function wordsOf(check: Check, { status }: OldPull): readonly Check[] {
  const { asOf, completedAt } = check;
  const wasRunning =
    check.kind === "run" &&
    status.is === "merged" &&
    asOf !== null &&
    completedAt !== null &&
    asOf <= status.at &&
    completedAt > status.at;
  return wasRunning ? [{ ...check, conclusion: null, completedAt: null }, check] : [check];
}

function saidAt({ kind, asOf, completedAt }: Check): Timestamp | null {
  return kind === "run" ? (completedAt ?? asOf) : asOf;
}

/** The review as it was kept, and what it had said before, as far as the ledger shows that. */
function factsOfReview(pull: OldPull, review: OldReview, entries: readonly Entry[]): readonly StoredFact[] {
  const own = entries.filter(({ metadata }) => metadata.url === review.url && reviewStateIn(metadata) !== null);
  const type = own.flatMap(({ people }) => people).find(({ person }) => person === review.reviewer)?.type ?? "User";
  const words = new Map<Review["state"], Timestamp>();
  for (const { metadata, timestamp } of own) {
    const state = reviewStateIn(metadata);
    // Schema 1 gave a dismissal the time of the review.
    if (state) words.set(state, state === "dismissed" ? timestamp : review.submittedAt);
  }
  if (!words.has(review.state)) words.set(review.state, review.submittedAt);
  return [...words].flatMap(([state, at]) =>
    factsIn(
      { review: { repoId: pull.repoId, number: pull.number, review: { ...review, type, state }, saidAt: at } },
      toldAt(at),
    ),
  );
}

/**
 * Said as of the opening, before anything that the pull request says from now on: the record has held it for this issue's. Another record
 * may have held it for another's, so that it takes nothing away.
 */
function linksOf({ repoId, number, status, linkedBy: by, openedAt }: OldPull, issue: OldIssue): readonly StoredFact[] {
  const isLeft = status.is === "unlinked";
  const at = isLeft ? status.at : openedAt;
  const issues = isLeft ? [] : [{ repoId: issue.repoId, number: issue.number, by }];
  return linkFacts({ repoId, number, at, issues, covers: "named" }, toldAt(at));
}

function toldAt(at: Timestamp): Hearing {
  return { producedAt: at, receivedAt: at, isRead: false };
}
