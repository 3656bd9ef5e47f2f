import type { CheckWord, Journal, Moment, PullStory } from "./journal.js";
import type { Policy } from "./options.js";

/**
 * What a merge was, by what is written in the design and in docs/lifecycle.md, and by nothing of the product's own.
 * `unclear`: within one of GitHub's seconds nobody can say what came first, or who may do what has changed.
 */
export type Word = "lawful" | "unlawful" | "unclear";

export interface Truth {
  readonly ci: Word;
  readonly review: Word;
}

/** Judges a merge by all that anybody could hold for the truth: where two views differ, nothing is clear. */
export function truthOf(story: PullStory, journal: Journal): Truth | null {
  const { merge } = story;
  if (!merge) return null;
  const views = [
    (one: Moment) => one.order < merge.order,
    (one: Moment) => one.second < merge.second,
    (one: Moment) => one.second <= merge.second,
  ];
  const policies = journal.policies.map(({ policy }) => policy);
  const all = policies.flatMap((policy) => views.map((isKnown) => ({ policy, isKnown })));
  return {
    ci: agreed(all.map(({ policy, isKnown }) => ciThen(story, journal, policy, isKnown))),
    review: agreed(all.map(({ policy, isKnown }) => reviewThen(story, journal, policy, isKnown))),
  };
}

function agreed(words: readonly Word[]): Word {
  const [first = "unclear", ...others] = words;
  return others.every((word) => word === first) ? first : "unclear";
}

type Known = (one: Moment) => boolean;

const GREEN: readonly (string | null)[] = ["success", "neutral", "skipped"];

/** "Judge runs and statuses, not suites"; the last state that GitHub had at the merge counts. */
function ciThen({ merge }: PullStory, { checks }: Journal, policy: Policy, isKnown: Known): Word {
  if (policy.ci === false || !merge) return "lawful";
  // Where nothing ran on the queue's trial merge, what ran on the head is all that there is.
  const ofGroup = (checks.get(merge.judged) ?? []).filter(isKnown);
  const said = ofGroup.length > 0 ? ofGroup : (checks.get(merge.head) ?? []).filter(isKnown);
  const ofEach = new Map<string, CheckWord[]>();
  for (const word of said) ofEach.set(word.of, [...(ofEach.get(word.of) ?? []), word]);
  const last = [...ofEach.values()].flatMap((words) => words.at(-1) ?? []);
  const counted = last.filter(({ name }) => !policy.ignore.includes(name));
  const verdicts = counted.flatMap((word): readonly Word[] => {
    const replaced = isReplaced(word, counted);
    if (replaced === "lawful") return [];
    if (GREEN.includes(word.conclusion)) return ["lawful"];
    // What it had said before it was set to run again, GitHub may have been the last to know; and a job may be the merge itself.
    const before = ofEach.get(word.of)?.findLast(({ isRestart }) => !isRestart);
    const isInDoubt = word.isRestart && GREEN.includes(before?.conclusion ?? null);
    const isOwnJob = word.conclusion === null && word.botOfApp === merge.by?.login;
    return [replaced === "unclear" || isInDoubt || isOwnJob ? "unclear" : "unlawful"];
  });
  const isMissing = policy.checks.some((name) => !counted.some((word) => word.name === name));
  if (verdicts.includes("unlawful") || isMissing) return "unlawful";
  if (verdicts.includes("unclear")) return "unclear";
  if (counted.length > 0) return "lawful";
  if (policy.ci === true) return "unlawful";
  // Where no check was ever seen, none is waited for.
  const isCiKnown = [...checks.values()].some((words) => words.some(isKnown));
  return isCiKnown ? "unlawful" : "lawful";
}

/** "A run counts until another run of the same key started after it ended." */
function isReplaced(word: CheckWord, all: readonly CheckWord[]): Word {
  if (word.kind !== "run" || word.completedAt === null) return "unlawful";
  const others = all.filter((other) => other.kind === "run" && other.key === word.key && other.id !== word.id);
  const end = word.completedAt;
  // What was cancelled does not stand beside one that was started later.
  if (word.conclusion === "cancelled" && others.some(({ id }) => id > word.id)) return "lawful";
  if (others.some(({ startedAt }) => startedAt > end)) return "lawful";
  return others.some(({ startedAt }) => startedAt === end) ? "unclear" : "unlawful";
}

/** "An approval counts for the SHA that it was first heard with and for the base that it was given for, from someone with write access …" */
function reviewThen(story: PullStory, journal: Journal, policy: Policy, isKnown: Known): Word {
  const { merge, pull, heads, reviews, requests } = story;
  if (!merge) return "lawful";
  const said = reviews.filter(isKnown);
  if (said.some(({ by }) => journal.unsure.has(by))) return "unclear";
  const mayWrite = pull.repository;
  // A review that is dismissed stays where it was given; the newest of each person counts.
  const given = new Map(said.map((word) => [word.id, word]));
  const opinions = new Map<number, (typeof said)[number]>();
  for (const word of [...given.values()].sort((a, b) => a.id - b.id)) {
    if (word.state !== "commented" && mayWrite.mayWrite(word.by)) opinions.set(word.by.id, word);
  }
  const pusher = heads.filter(isKnown).findLast(({ sha }) => sha === merge.head)?.by ?? pull.author;
  const all = [...opinions.values()];
  const isOneSide = (by: { readonly id: number }) => by.id === pull.author.id || by.id === pusher.id;
  const approvals = all.filter(
    ({ state, by, sha, base }) =>
      state === "approved" && !isOneSide(by) && by.type !== "Bot" && sha === merge.head && base === merge.base,
  );
  const isOpposed = all.some(({ state }) => state === "changes_requested");
  if (!isOpposed && approvals.length >= Math.max(1, policy.approvals)) return "lawful";
  const isAsked = (requests.filter(isKnown).at(-1)?.open ?? 0) > 0;
  if (policy.approvals > 0 || isAsked) return "unlawful";
  const others = all.filter(({ by }) => by.id !== pull.author.id);
  if (others.some(({ by, sha }) => by.id !== pusher.id || sha !== merge.head)) return "unlawful";
  // Who pushed, one delivery alone says, and nobody can be asked: until it comes, a word about one's own push is a review.
  return others.length > 0 ? "unclear" : "lawful";
}
