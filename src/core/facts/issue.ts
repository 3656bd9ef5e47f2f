import type { Timestamp } from "../brand.js";
import type { Heard } from "./fact.js";
import type { IssueView } from "./facts.js";
import { heardOf } from "./heard.js";
import type { IssueNews } from "./news.js";
import { turnsIn } from "./turns.js";

/** A stretch of an issue's life: from its opening or a reopening to the next one. */
export interface Cycle {
  /** From 1: one more than the reopenings before it. */
  readonly number: number;
  readonly since: Timestamp;
  readonly closedAt: Timestamp | null;
  readonly closedByMerge: boolean;
}

/** The cycles of an issue: one more than it was reopened. None where nothing is known of it. */
export function cyclesOf(heard: readonly Heard[]): readonly Cycle[] {
  const snapshots = heardOf(heard, "issue").map(({ fact }) => fact);
  const turns = turnsIn(heard);
  const openedAt = snapshots.map((one) => one.openedAt).sort()[0] ?? turns[0]?.at;
  if (openedAt === undefined) return [];
  const cycles: Cycle[] = [{ number: 1, since: openedAt, closedAt: null, closedByMerge: false }];
  for (const turn of turns) {
    const current = cycles.at(-1);
    if (!current) break;
    if (turn.turn === "closed") {
      cycles[cycles.length - 1] = { ...current, closedAt: turn.at, closedByMerge: turn.byMerge ?? false };
    } else cycles.push({ number: current.number + 1, since: turn.at, closedAt: null, closedByMerge: false });
  }
  return closedByNews(cycles, newest(snapshots));
}

/** A payload may show that the issue is closed where nobody said when that happened. */
function closedByNews(cycles: readonly Cycle[], shown: IssueNews | null): readonly Cycle[] {
  const last = cycles.at(-1);
  const isUnheard = shown?.status === "closed" && last && last.closedAt === null;
  // Within the second of a reopening, nobody can tell whether a payload shows what came before it.
  const isOfBefore =
    shown !== null &&
    (cycles.length === 1 ? shown.updatedAt < (last?.since ?? "") : shown.updatedAt <= (last?.since ?? ""));
  if (!isUnheard || !shown || isOfBefore) return cycles;
  const at = shown.closedAt ?? shown.updatedAt;
  // It shows the close that the reopening of the same second undid.
  if (cycles.some(({ closedAt }) => closedAt === at)) return cycles;
  return [...cycles.slice(0, -1), { ...last, closedAt: at < last.since ? last.since : at }];
}

/** The issue as it was or is in one of its cycles; null where nothing is known of it. */
export function issueIn(heard: readonly Heard[], number: number): IssueView | null {
  const cycles = cyclesOf(heard);
  const cycle = cycles[number - 1];
  const snapshots = heardOf(heard, "issue").map(({ fact }) => fact);
  const latest = newest(snapshots);
  if (!cycle || !latest) return null;
  const until = cycles[number]?.since ?? null;
  const within = snapshots.filter(
    ({ updatedAt }) => (number === 1 || updatedAt >= cycle.since) && !isAfter(updatedAt, until),
  );
  const shown = newest(within) ?? latest;
  return {
    repoId: latest.repoId,
    repoName: latest.repoName,
    number: latest.number,
    url: latest.url,
    labels: shown.labels,
    // Of the very second of a reopening nobody can tell whether it shows the cycle before.
    queued: within.some((one) => one.queued && (number === 1 || one.updatedAt > cycle.since || one === shown)),
    status: cycle.closedAt === null ? "open" : "closed",
    since: cycle.since,
    updatedAt: shown.updatedAt,
    closedAt: cycle.closedAt,
    ...(cycle.closedByMerge ? { closedByMerge: true } : {}),
  };
}

function isAfter(at: Timestamp, until: Timestamp | null): boolean {
  return until !== null && at > until;
}

/** By GitHub's time; within one second, closed comes after open. */
function newest(snapshots: readonly IssueNews[]): IssueNews | null {
  return snapshots.reduce<IssueNews | null>((best, one) => {
    if (!best || one.updatedAt > best.updatedAt) return one;
    return one.updatedAt === best.updatedAt && one.status === "closed" ? one : best;
  }, null);
}
