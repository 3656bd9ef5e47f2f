import type { Timestamp } from "../brand.js";
import type { Heard } from "./fact.js";
import type { Review } from "./facts.js";
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
    .flatMap((ofOne) => reviewAt(ofOne, at) ?? [])
    .sort((a, b) => (a.submittedAt < b.submittedAt ? -1 : a.submittedAt > b.submittedAt ? 1 : a.id - b.id));
}

type Word = Heard<Extract<Heard["fact"], { is: "review" }>>;

function reviewAt(words: readonly Word[], at: Timestamp | null): Review | null {
  const [first] = [...words].sort(byTrust);
  if (!first) return null;
  const { sha, baseRef, submittedAt } = first.fact.review;
  if (at !== null && second(submittedAt) > second(at)) return null;
  const said = words.filter(({ fact }) => at === null || second(fact.saidAt) <= second(at));
  const dismissal = words.find(({ fact }) => fact.review.state === "dismissed");
  const isDismissed =
    dismissal !== undefined &&
    (said.includes(dismissal) || words.every((one) => one.fact.review.state === "dismissed"));
  const standing = isDismissed ? dismissal : (newest(said.filter((one) => one !== dismissal)) ?? first);
  const { review } = standing.fact;
  const named = words.map(({ fact }) => fact.review).find(({ reviewer }) => reviewer !== null);
  const permission = words.map(({ fact }) => fact.review.mayApprove);
  return {
    ...review,
    reviewer: named?.reviewer ?? null,
    ...(named?.type ? { type: named.type } : {}),
    mayApprove: first.fact.review.mayApprove ?? permission.find((may) => may !== null) ?? null,
    submittedAt,
    sha,
    ...(baseRef === undefined ? {} : { baseRef }),
  };
}

/** What was delivered was said in its time; what is read shows what GitHub makes of it today. */
function byTrust(a: Word, b: Word): number {
  if (a.fact.read !== b.fact.read) return a.fact.read ? 1 : -1;
  return a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : 0;
}

function newest(words: readonly Word[]): Word | null {
  return words.reduce<Word | null>((best, one) => (best && best.fact.saidAt >= one.fact.saidAt ? best : one), null);
}
