import type { Timestamp } from "../brand.js";
import type { Heard } from "./fact.js";
import type { Retarget, Review } from "./facts.js";
import { heardOf, second } from "./heard.js";

/**
 * Every review of a pull request, with the commit and the base that it was first heard with, for GitHub moves old reviews to new commits.
 * At a moment: what had been said by then. A dismissal is final; one that nobody can date may have come later.
 * @param at null: now
 */
export function reviewsAt(heard: readonly Heard[], at: Timestamp | null): readonly Review[] {
  const words = new Map<number, Heard<Extract<Heard["fact"], { is: "review" }>>[]>();
  for (const word of heardOf(heard, "review")) {
    const { id } = word.fact.review;
    words.set(id, [...(words.get(id) ?? []), word]);
  }
  return [...words.values()]
    .flatMap((ofOne) => {
      const review = reviewAt(ofOne, at);
      return review ? [boundTo(review, ofOne, heard, at)] : [];
    })
    .sort((a, b) => (a.submittedAt < b.submittedAt ? -1 : a.submittedAt > b.submittedAt ? 1 : a.id - b.id));
}

type Word = Heard<Extract<Heard["fact"], { is: "review" }>>;

function reviewAt(words: readonly Word[], at: Timestamp | null): Review | null {
  const [first] = [...words].sort(byTrust);
  if (!first) return null;
  const { sha, baseRef, submittedAt } = first.fact.review;
  if (at !== null && second(submittedAt) > second(at)) return null;
  const said = words.filter(({ fact }) => at === null || second(fact.saidAt) <= second(at));
  const dismissals = words.filter(({ fact }) => fact.review.state === "dismissed");
  const dismissal = dismissals.find(({ fact }) => !fact.review.untold) ?? dismissals[0];
  const isDismissed =
    dismissal !== undefined &&
    (said.includes(dismissal) || words.every((one) => one.fact.review.state === "dismissed"));
  // Of one that nobody can date, nobody knows whether it came before.
  const isInDoubt = at !== null && dismissal?.fact.review.untold === true;
  const standing = isDismissed && !isInDoubt ? dismissal : (newest(said.filter((one) => one !== dismissal)) ?? first);
  const { untold: _, ...review } = standing.fact.review;
  const named = words.map(({ fact }) => fact.review).find(({ reviewer }) => reviewer !== null);
  const permission = words.map(({ fact }) => fact.review.mayApprove);
  return {
    ...review,
    reviewer: named?.reviewer ?? null,
    ...(named?.type ? { type: named.type } : {}),
    ...(named?.byAgent ? { byAgent: true } : {}),
    mayApprove: first.fact.review.mayApprove ?? permission.find((may) => may !== null) ?? null,
    submittedAt,
    sha,
    ...(baseRef === undefined ? {} : { baseRef }),
    ...(isInDoubt || words.every(({ fact }) => fact.review.untold) ? { untold: true } : {}),
  };
}

/** The review with the commit and the base that it was given for, by what is known of how they were changed since. */
function boundTo(review: Review, words: readonly Word[], heard: readonly Heard[], at: Timestamp | null): Review {
  const { submittedAt, baseRef: _, ...rest } = review;
  const base = baseOf(review, retargetsIn(heard, submittedAt, at));
  // What a delivery said of it was so when it was given.
  const sha = words.some(({ fact }) => !fact.read) ? review.sha : shaOf(review, heard);
  return { ...rest, submittedAt, sha, ...(base === undefined ? {} : { baseRef: base }) };
}

/** Where GitHub itself moves the base, because its own pull request was merged, the review goes along; a person's change leaves it behind. */
function baseOf({ baseRef }: Review, retargets: readonly Retarget[]): string | undefined {
  return retargets.reduce(
    (base, { from, to, by }) => (by === "github" && base === from ? to : base),
    baseRef ?? retargets[0]?.from,
  );
}

function retargetsIn(heard: readonly Heard[], since: Timestamp, until: Timestamp | null): readonly Retarget[] {
  return heardOf(heard, "retargeted")
    .map(({ fact }) => fact)
    .filter(({ at }) => second(at) >= second(since) && (until === null || second(at) <= second(until)))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}

/**
 * The commit of a review that was only read: GitHub names today's head on an old review where a force-push has not changed the patch. Null
 * where that head was pushed after the review, and nobody says what it replaced.
 */
function shaOf({ sha, submittedAt }: Review, heard: readonly Heard[]): string | null {
  const isAfter = (at: Timestamp) => second(at) > second(submittedAt);
  const replaced = heardOf(heard, "force_pushed")
    .map(({ fact }) => fact)
    .filter(({ to, at }) => to === sha && isAfter(at));
  const told = heardOf(heard, "pull")
    .map(({ fact }) => fact)
    .filter((shown) => !shown.read && shown.headSha === sha);
  if (told.some(({ headSince }) => !isAfter(headSince))) return sha;
  const [first] = replaced.sort((a, b) => (a.at < b.at ? -1 : 1));
  if (first) return first.from;
  return told.some(({ pushed, headSince }) => pushed && isAfter(headSince)) ? null : sha;
}

/** What was delivered was said in its time; what is read shows what GitHub makes of it today. */
function byTrust(a: Word, b: Word): number {
  if (a.fact.read !== b.fact.read) return a.fact.read ? 1 : -1;
  return a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : 0;
}

function newest(words: readonly Word[]): Word | null {
  return words.reduce<Word | null>((best, one) => (best && best.fact.saidAt >= one.fact.saidAt ? best : one), null);
}
