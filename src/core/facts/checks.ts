import type { Timestamp } from "../brand.js";
import type { Heard } from "./fact.js";
import { type Check, checkKey } from "./facts.js";
import { heardOf, second } from "./heard.js";

/** When and by whom a merge was made, for checks are judged as they were then. */
export interface MergeMoment {
  readonly at: Timestamp;
  /** The slug of the App that merged, or the person: a job of theirs cannot have ended before it merged. */
  readonly app: string | null;
  readonly person: string | null;
}

/** One word about a check, and when GitHub produced it. */
interface Word {
  readonly check: Check;
  readonly at: Timestamp;
  readonly isExact: boolean;
  readonly isRead: boolean;
}

/**
 * Every run, suite and status of a commit with what it says now, or what it had said when the pull request was merged. An app may change a
 * run in place: each of its words is kept, and the last that GitHub had then counts.
 */
export function checksAt(heard: readonly Heard[], merge: MergeMoment | null): readonly Check[] {
  const words = new Map<string, Word[]>();
  for (const { fact, at, isExact } of heardOf(heard, "checks")) {
    for (const check of fact.checks) {
      const name = nameOf(check);
      const known = words.get(name);
      // A status and a suite carry GitHub's own time.
      const own = check.kind === "run" ? null : check.asOf;
      const isRead = fact.read === true;
      const word: Word = own === null ? { check, at, isExact, isRead } : { check, at: own, isExact: true, isRead };
      if (known) known.push(word);
      else words.set(name, [word]);
    }
  }
  const checks: Check[] = [];
  for (const ofOne of words.values()) {
    const check = merge === null ? last(ofOne) : then(datedOnce(ofOne), merge);
    if (check) checks.push(check);
  }
  return checks.sort(byNumber);
}

/** The order in which GitHub made them, whatever the order in which they were heard of. */
function byNumber(a: Check, b: Check): number {
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  return a.id - b.id;
}

const KINDS: readonly Check["kind"][] = ["run", "status", "suite"];

/** A run keeps its id when its app changes it; each word of a status has an id of its own. */
function nameOf(check: Check): string {
  return check.kind === "status" ? checkKey(check) : `${check.kind}/${check.id}`;
}

/** A word that was delivered is dated by its delivery, whenever it was read as well. */
function datedOnce(words: readonly Word[]): readonly Word[] {
  const exact = new Set(words.filter(({ isExact }) => isExact).map(saidBy));
  return words.filter((word) => word.isExact || !exact.has(saidBy(word)));
}

function saidBy({ check: { conclusion, asOf, completedAt } }: Word): string {
  return `${conclusion} ${asOf} ${completedAt}`;
}

function last(words: readonly Word[]): Check | null {
  const [only] = words;
  if (only && words.length === 1) return { ...only.check, at: only.at };
  const word = inOrder(words).reduce<Word | null>((best, one) => (best && !isNewer(one, best) ? best : one), null);
  return word && { ...word.check, at: word.at };
}

/** What a run had said when the merge was made; null where it did not exist. */
function then(words: readonly Word[], merge: MergeMoment): Check | null {
  const moment = second(merge.at);
  const heardThen = withoutRestarts(words.filter((word) => isOfThen(word, moment)));
  const before = last(heardThen.filter(({ at, isExact }) => !isExact || second(at) < moment));
  const within = heardThen.filter(({ at }) => second(at) === moment).map(({ check, at }) => ({ ...check, at }));
  // GitHub's times are as fine as a second: within the one of the merge, what speaks for whoever merged counts.
  const known = [before, ...within].find((check) => check !== null && isGreen(check)) ?? last(heardThen);
  // GitHub's own time of a word says more than what an app claims of it.
  const later = words.filter(({ isExact }) => isExact);
  if (!known && later.length > 0) return ifBegunBefore(later, merge);
  // GitHub dates no word that it shows when it is asked: then there is only what the app claims.
  const claims = words.filter((word) => !word.isExact && !isOfThen(word, moment)).map(({ check }) => check);
  const check = known ? contradicted(known, claims, merge) : claimed(claims, merge);
  return check && isOwnJob(check, merge) ? { ...check, notKnown: true } : check;
}

/** GitHub tells nobody of a run that was started again in place: a green that was heard before it stands until the run has ended anew. */
function withoutRestarts(words: readonly Word[]): readonly Word[] {
  const isHeardGreen = words.some(({ isRead, check }) => !isRead && isGreen(check));
  return isHeardGreen ? words.filter(({ isRead, check }) => !isRead || check.conclusion !== null) : words;
}

/**
 * A run of which GitHub's first word comes after the merge did not exist then. Where its making was not heard of, and it had ended when it
 * was, it may have: no word made after the merge counts against it, nor for it.
 */
function ifBegunBefore(later: readonly Word[], merge: MergeMoment): Check | null {
  const isMadeLater = later.some(({ check }) => check.made || check.conclusion === null);
  const check = last(later);
  const began = check && beganAt(check);
  if (isMadeLater || check?.kind !== "run" || !began || second(began) > second(merge.at)) return null;
  return { ...check, conclusion: null, completedAt: null, notKnown: true };
}

/** Whether a word was certainly GitHub's by the second of the merge: what only the app's claim puts after it is not. */
function isOfThen({ check, at, isExact }: Word, moment: number): boolean {
  if (isExact || second(at) !== moment) return second(at) <= moment;
  const claim = check.completedAt ?? check.asOf;
  return claim === null || second(claim) <= moment;
}

/** Nobody is accused where GitHub's word and the app's claim differ. */
function contradicted(known: Check, claims: readonly Check[], merge: MergeMoment): Check {
  const isOver = claims.some((claim) => isCompletedBy(claim, merge) && isGreen(claim) !== isGreen(known));
  return isOver ? { ...known, notKnown: true } : known;
}

function claimed(claims: readonly Check[], merge: MergeMoment): Check | null {
  const claim = last(claims.map((check) => ({ check, at: merge.at, isExact: false, isRead: true })));
  if (!claim || second(beganAt(claim) ?? merge.at) > second(merge.at)) return null;
  if (claim.kind === "suite") return null;
  // The app says that it had ended, and GitHub shows a change after the merge.
  if (isCompletedBy(claim, merge)) return { ...claim, notKnown: true };
  return { ...claim, conclusion: null, completedAt: null };
}

function isCompletedBy({ completedAt, conclusion }: Check, merge: MergeMoment): boolean {
  return conclusion !== null && completedAt !== null && second(completedAt) <= second(merge.at);
}

function isOwnJob({ conclusion, app, creator }: Check, merge: MergeMoment): boolean {
  if (conclusion !== null) return false;
  return (app !== undefined && app === merge.app) || (creator !== undefined && creator === merge.person);
}

/** Exact times first; then what the app claims. The same for everybody, whichever word came first. */
function inOrder(words: readonly Word[]): readonly Word[] {
  const timeOf = ({ check, at, isExact }: Word) => (isExact ? at : (check.completedAt ?? check.asOf ?? ""));
  return [...words].sort((a, b) => {
    const [one, other] = [timeOf(a), timeOf(b)];
    return one < other ? -1 : one > other ? 1 : 0;
  });
}

function isNewer(one: Word, other: Word): boolean {
  if (one.isExact && other.isExact && second(one.at) !== second(other.at)) return one.at > other.at;
  if (one.check.kind !== "run") return newerById(one.check, other.check);
  return isLaterWord(one.check, other.check);
}

function newerById(one: Check, other: Check): boolean {
  if ((one.asOf ?? "") !== (other.asOf ?? "")) return (one.asOf ?? "") > (other.asOf ?? "");
  if (one.id !== other.id) return one.id > other.id;
  return one.conclusion !== null;
}

/** Of one and the same run, the word that it is completed is later than that it was created, in whatever order they come. */
function isLaterWord(one: Check, other: Check): boolean {
  if (one.conclusion !== null && other.conclusion !== null) return (one.completedAt ?? "") >= (other.completedAt ?? "");
  // Apps' clocks differ from one start to the next: begun again is what began after both the start and the end.
  const restarted = (running: Check, completed: Check) =>
    (running.asOf ?? "") > (completed.asOf ?? "") && (running.asOf ?? "") > (completed.completedAt ?? "");
  if (one.conclusion !== null) return !restarted(other, one);
  if (other.conclusion !== null) return restarted(one, other);
  return (one.asOf ?? "") >= (other.asOf ?? "");
}

/** Conclusions that let a merge pass, as branch protection at GitHub counts them. */
const GREEN = new Set(["success", "neutral", "skipped"]);

export function isGreen({ conclusion }: Pick<Check, "conclusion">): boolean {
  return conclusion !== null && GREEN.has(conclusion);
}

/** By some apps' clocks, a run ends before it begins. Null where the app says nothing that makes sense. */
export function beganAt({ asOf, completedAt }: Check): Timestamp | null {
  return completedAt !== null && (asOf === null || completedAt < asOf) ? completedAt : asOf;
}
