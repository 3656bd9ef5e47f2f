import type { PersonId, Timestamp } from "../brand.js";
import { remembered } from "../remembered.js";
import type { Heard } from "./fact.js";
import type { LabelWord, PullStatus, PullView, QueueMove } from "./facts.js";
import { heardOf, second } from "./heard.js";
import type { PullNews } from "./news.js";
import { reviewsAt } from "./reviews.js";
import { turnsIn } from "./turns.js";

/** A pull request without its checks, which are facts of its commit. */
export type PullWithoutChecks = Omit<PullView, "checks" | "ciSeen" | "linkedBy">;

type Shown = PullNews & { readonly is: "pull"; readonly read?: true };

/** GitHub changes a pull request again in the seconds in which it merges it. */
const MERGE_MOMENT_S = 10;
/** Moves through the queue that a report shows; all of them are facts. */
const SHOWN_QUEUE_MOVES = 10;

/** A pull request as it is now, or, where it was merged, as it was then. Null where nothing is known of it. */
export const pullFrom = remembered((heard: readonly Heard[]): PullWithoutChecks | null => {
  const shown = heardOf(heard, "pull").map(({ fact }): Shown => fact);
  const latest = newest(shown);
  if (!latest) return null;
  const merged = mergeShown(shown);
  const at = merged?.status.is === "merged" ? merged.status.at : null;
  const current = merged ?? latest;
  const { headSha } = current;
  const isKnownThen = (time: Timestamp) => at === null || second(time) <= second(at);
  const status = merged?.status ?? openOrClosed(heard, shown, latest);
  const reviewShown =
    at === null
      ? latest
      : (newest(shown.filter((one) => second(one.updatedAt) <= second(at) + MERGE_MOMENT_S)) ?? current);
  const autoMerge = newestOf(heardOf(heard, "auto_merge").map(({ fact }) => fact));
  const mergeRefused = newestOf(
    heardOf(heard, "merge_refused")
      .map(({ fact }) => fact)
      .filter(({ sha }) => sha === headSha),
  );
  const timedOut = heardOf(heard, "ci_timed_out")
    .map(({ fact }) => fact)
    .filter(({ sha, at: given }) => sha === headSha && isKnownThen(given));
  const queue = heardOf(heard, "queue")
    .map(({ fact }) => fact.move)
    .sort(byMove);
  const retargets = heardOf(heard, "retargeted")
    .map(({ fact: { from, to, at: given, by } }) => ({ from, to, at: given, by }))
    .filter(({ at: given }) => isKnownThen(given))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const verdicts = verdictsOn(headSha, heard, isKnownThen);
  const groups = heardOf(heard, "group").map(({ fact }) => fact.sha);
  const mergeSha = status.is === "merged" ? status.sha : null;
  const {
    is: ______,
    read: _,
    pushedBy: __,
    checksGone: ___,
    linkedBy: ____,
    answersRequest: _____,
    begins: _______,
    ...fields
  } = current;
  const hidden = status.is === "merged" ? newestOf(heardOf(heard, "hidden").map(({ fact }) => fact))?.parts : undefined;
  const labelWords = labelWordsIn(heard);
  const mergeAsked = newestOf(
    heardOf(heard, "merge_asked")
      .map(({ fact: { sha, baseRef, at: given } }) => ({ sha, baseRef, at: given }))
      .filter(({ sha }) => sha === headSha),
  );
  const [committers] = heardOf(heard, "committers").map(({ fact: { people, unknown } }) => ({ people, unknown }));
  const wasGone = shown.some((one) => one.checksGone);
  return {
    ...fields,
    repoName: latest.repoName,
    url: latest.url,
    labels: latest.labels,
    updatedAt: latest.updatedAt,
    ...(shown.some(({ byAgent }) => byAgent) ? { byAgent: true } : {}),
    author: shown.find(({ author }) => author !== null)?.author ?? null,
    openedAt: shown.map(({ openedAt }) => openedAt).sort()[0] ?? current.openedAt,
    headSince: since(
      shown,
      ({ headSha: sha }) => sha,
      ({ headSince }) => headSince,
      headSha,
    ),
    baseSince: since(
      shown,
      ({ baseRef }) => baseRef,
      ({ baseSince }) => baseSince,
      current.baseRef,
    ),
    pushed: shown.some((one) => one.pushed) || new Set(shown.map((one) => one.headSha)).size > 1,
    pushedBy: pusherOf(headSha, shown),
    status,
    reviewRequested: reviewShown.reviewRequested,
    reviews: reviewsAt(heard, at),
    ...(wasGone ? { checksGone: true } : {}),
    ...(hidden && hidden.length > 0 ? { hidden } : {}),
    ...(mergeSha !== null && groups.includes(mergeSha) ? { groupSha: mergeSha } : {}),
    ...(timedOut[0] ? { ciTimedOutAt: timedOut.map((one) => one.at).sort()[0] ?? timedOut[0].at } : {}),
    ...(autoMerge ? { autoMerge: { on: autoMerge.on, at: autoMerge.at } } : {}),
    ...(labelWords.length > 0 ? { labelWords } : {}),
    ...(mergeAsked ? { mergeAsked } : {}),
    ...(mergeRefused
      ? { mergeRefused: { sha: mergeRefused.sha, reason: mergeRefused.reason, at: mergeRefused.at } }
      : {}),
    ...(status.is === "merged" && committers ? { committers } : {}),
    ...(retargets.length > 0 ? { retargets } : {}),
    ...(queue.length > 0 ? { queue: queue.slice(-SHOWN_QUEUE_MOVES) } : {}),
    ...(verdicts.length > 0 ? { verdicts } : {}),
  };
});

/** The first payload that shows the merge: later ones are about what came after it. Merged is final. */
function mergeShown(shown: readonly Shown[]): Shown | null {
  const merged = shown.filter(({ status }) => status.is === "merged");
  const first = merged.reduce<Shown | null>(
    (best, one) => (best && best.updatedAt <= one.updatedAt ? best : one),
    null,
  );
  if (first?.status.is !== "merged") return null;
  const named = merged.flatMap(({ status }) => (status.is === "merged" ? [status] : []));
  const by = first.status.by ?? named.find((one) => one.by !== null)?.by ?? null;
  const sha = first.status.sha ?? named.find((one) => one.sha !== null)?.sha ?? null;
  return { ...first, status: { ...first.status, by, sha } };
}

/** By its closes and reopenings, unless a later payload shows otherwise: one of them may not have been heard. */
function openOrClosed(heard: readonly Heard[], shown: readonly Shown[], latest: Shown): PullStatus {
  const last = turnsIn(heard).at(-1);
  const later = newest(shown.filter(({ updatedAt }) => !last || updatedAt > last.at)) ?? (last ? null : latest);
  if (later) return later.status;
  return last?.turn === "closed" ? { is: "closed", at: last.at } : { is: "open" };
}

/** Since when the present value has stood without a break. */
function since(
  shown: readonly Shown[],
  readValue: (one: Shown) => string,
  timeOf: (one: Shown) => Timestamp,
  present: string,
): Timestamp {
  const others = shown.filter((one) => readValue(one) !== present).map(timeOf);
  const own = shown
    .filter((one) => readValue(one) === present)
    .map(timeOf)
    .sort();
  const last = own.at(-1) ?? ("" as Timestamp);
  const changed = others
    .filter((time) => time < last)
    .sort()
    .at(-1);
  return own.find((time) => changed === undefined || time > changed) ?? last;
}

function pusherOf(sha: string, shown: readonly Shown[]): PersonId | null {
  const pushes = shown.filter((one) => one.headSha === sha && one.pushed && one.pushedBy !== undefined);
  const pushedBy = newest(pushes)?.pushedBy;
  if (pushedBy !== undefined) return pushedBy;
  const isFirst = shown.every((one) => one.headSha === sha && !one.pushed);
  return isFirst ? (shown.find(({ author }) => author !== null)?.author ?? null) : null;
}

/** The last word about each label: to GitHub, upper and lower case are the same. */
function labelWordsIn(heard: readonly Heard[]): readonly LabelWord[] {
  const newestBy = new Map<string, LabelWord>();
  for (const { fact } of heardOf(heard, "label_word")) {
    const { label, mayMerge, at } = fact;
    const known = newestBy.get(label.toLowerCase());
    if (!known || isLaterLabel(fact, known)) newestBy.set(label.toLowerCase(), { label, mayMerge, at });
  }
  return [...newestBy.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
}

/** Of two within one second, the one that allows less counts. */
function isLaterLabel(one: LabelWord, other: LabelWord): boolean {
  return one.at === other.at ? one.mayMerge !== true : one.at > other.at;
}

function verdictsOn(sha: string, heard: readonly Heard[], isKnownThen: (at: Timestamp) => boolean) {
  const newestBy = new Map<string, NonNullable<PullView["verdicts"]>[number]>();
  for (const { fact } of heardOf(heard, "verdict")) {
    if (fact.sha !== sha || !isKnownThen(fact.at)) continue;
    const { gate, decision, title, failed, at } = fact;
    const known = newestBy.get(gate);
    if (!known || at > known.at) newestBy.set(gate, { gate, decision, title, failed, at });
  }
  return [...newestBy.values()].sort((a, b) => (a.gate < b.gate ? -1 : 1));
}

/** Within one second, it entered before it left. */
function byMove(a: QueueMove, b: QueueMove): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.is === b.is ? 0 : a.is === "entered" ? -1 : 1;
}

function newestOf<T extends { readonly at: Timestamp }>(facts: readonly T[]): T | null {
  return facts.reduce<T | null>((best, one) => (best && best.at >= one.at ? best : one), null);
}

function newest(shown: readonly Shown[]): Shown | null {
  return shown.reduce<Shown | null>((best, one) => (best && !isLater(one, best) ? best : one), null);
}

/** By GitHub's time; within one second, a push is later than what it replaced, and an end later than what it ended. */
function isLater(one: Shown, other: Shown): boolean {
  if (one.updatedAt !== other.updatedAt) return one.updatedAt > other.updatedAt;
  if (one.headSha !== other.headSha) {
    if (one.before === other.headSha) return true;
    if (other.before === one.headSha) return false;
    if (one.pushed !== other.pushed) return one.pushed;
  }
  if (one.status.is !== other.status.is) return one.status.is !== "open";
  if (one.begins !== other.begins) return other.begins === true;
  // What is read was so when that second was over, or nearly: a delivery may have been produced in the middle of it.
  if (one.baseRef !== other.baseRef && one.read !== other.read) return one.read === true;
  // Within the second in which it was asked for, a review is waited for until it was given, or is asked for no more.
  if (one.reviewRequested === other.reviewRequested) return false;
  const answered = one.reviewRequested ? other : one;
  return answered.answersRequest ? one === answered : one !== answered;
}
