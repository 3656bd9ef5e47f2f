import type { Check } from "../facts/facts.js";

/** Conclusions that let a merge pass, as branch protection at GitHub counts them. */
const GREEN = new Set(["success", "neutral", "skipped"]);

export function isGreen(check: Check): boolean {
  return check.conclusion !== null && GREEN.has(check.conclusion);
}

/** A later run comes after an earlier one of the same check, whichever is heard of first. */
export function byAge(a: Check, b: Check): number {
  const [asOfA, asOfB] = [a.asOf ?? "", b.asOf ?? ""];
  if (asOfA !== asOfB) return asOfA < asOfB ? -1 : 1;
  return a.id - b.id;
}

/** By some apps' clocks, a run ends before it begins. */
export function beganAt({ asOf, completedAt }: Check): string {
  if (asOf === null) return "";
  return completedAt !== null && completedAt < asOf ? completedAt : asOf;
}

/**
 * The runs that speak for their checks: the newest of each check in each suite. All workflows of GitHub Actions are one app, and jobs of
 * two of them may have one name: a run stands until one of its name in another suite began after it had ended, which is how a workflow
 * runs again. What was cancelled to make room for another does not stand beside it.
 */
export function standingChecks(checks: readonly Check[]): readonly Check[] {
  const newest = new Map<string, Map<number, Check>>();
  for (const check of checks) {
    const ofKey = newest.get(check.key) ?? new Map<number, Check>();
    const known = ofKey.get(check.suiteId);
    if (!known || byAge(check, known) > 0) ofKey.set(check.suiteId, check);
    newest.set(check.key, ofKey);
  }
  return [...newest.values()].flatMap((ofKey) => {
    const runs = [...ofKey.values()];
    return runs.filter((run) => !runs.some((other) => replaces(other, run)));
  });
}

function replaces(later: Check, earlier: Check): boolean {
  if (later === earlier || byAge(later, earlier) < 0 || earlier.conclusion === null) return false;
  return earlier.conclusion === "cancelled" || (earlier.completedAt ?? "") <= beganAt(later);
}
