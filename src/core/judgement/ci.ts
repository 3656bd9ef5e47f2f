import { beganAt, isGreen } from "../facts/checks.js";
import { type Check, checkKey, type PullView } from "../facts/facts.js";
import { remembered } from "../remembered.js";
import { compilePatterns } from "./pattern.js";
import type { Policy } from "./policy.js";

/**
 * none: CI is expected and nothing was heard of it. none_known: the repository has never shown any. not_known: GitHub does not show it, or
 * no more, or nobody can tell what it had said at the merge.
 */
export type CiVerdict = "none" | "none_known" | "pending" | "passed" | "failed" | "not_known";

/**
 * CI of the head, over all its checks; of a merged pull request, as it stood when it was merged. No checks at all is never passed, and what
 * cannot be known accuses nobody and promises nothing.
 */
export function judgeCi(pull: PullView, policy: Policy): CiVerdict {
  return verdictOn(pull)(policy);
}

const verdictOn = remembered((pull: PullView) => remembered((policy: Policy) => decideCi(pull, policy)));

function decideCi(pull: PullView, policy: Policy): CiVerdict {
  if (policy.ci.required === false) return "passed";
  const checks = countedChecks(pull, policy);
  const isMissing = missingChecks(pull, policy).length > 0;
  if (checks.some(isRed)) return "failed";
  if (checks.length > 0 && !isMissing && checks.every(isPassed) && !hasPendingSuite(pull, policy)) return "passed";
  if (pull.checksGone || pull.hidden?.includes("checks")) return "not_known";
  if (pull.ciTimedOutAt) return "failed";
  if (checks.length === 0) return isExpected(pull, policy) ? "none" : "none_known";
  const isPending = isMissing || checks.some(isRunning) || hasPendingSuite(pull, policy);
  return isPending ? "pending" : "not_known";
}

/** Whether CI says nothing against a merge: it passed, or nobody can know whether it had, or there is none. */
export function isCiThrough(pull: PullView, policy: Policy): boolean {
  switch (judgeCi(pull, policy)) {
    case "passed":
      return true;
    case "not_known":
    case "none_known":
      return pull.status.is === "merged";
    case "none":
    case "pending":
    case "failed":
      return false;
  }
}

/** Whether a check or a status is to be waited for: the team says so, or the repository has shown one before. */
function isExpected({ ciSeen }: PullView, { ci }: Policy): boolean {
  return ci.required === true || ci.checks.length > 0 || ciSeen;
}

/**
 * The checks that decide: the runs that speak for each, every status, and a completed suite where no run of its app is known. A suite that
 * waits says nothing, and what the team ignores does not count.
 */
export function countedChecks(pull: PullView, policy: Policy): readonly Check[] {
  return countedOf(pull)(policy);
}

const countedOf = remembered((pull: PullView) => remembered((policy: Policy) => selectCounted(pull, policy)));

/** A team's list is compiled once, and remembers what it said of each name. */
const ignoredBy = remembered(compilePatterns);

function selectCounted(pull: PullView, policy: Policy): readonly Check[] {
  const isIgnored = ignoredBy(policy.ci.ignore);
  const checks = standingChecks(pull.checks);
  const appsWithRuns = new Set(checks.filter(({ kind }) => kind === "run").map(({ appId }) => appId));
  return checks.filter((check) => {
    if (isIgnored(check.name)) return false;
    return check.kind !== "suite" || (check.conclusion !== null && !appsWithRuns.has(check.appId));
  });
}

/** The names of checks that the team requires and of which nothing was heard. */
export function missingChecks(pull: PullView, policy: Policy): readonly string[] {
  if (policy.ci.checks.length === 0) return [];
  const named = new Set(countedChecks(pull, policy).map(({ name }) => name));
  return policy.ci.checks.filter((name) => !named.has(name));
}

/** Runs that failed and that a later run of the same check in another suite has replaced: they no longer count, and are named. */
export function replacedChecks(pull: PullView): readonly Check[] {
  const standing = new Set(standingChecks(pull.checks));
  return pull.checks.filter((check) => check.kind === "run" && isRed(check) && !standing.has(check));
}

export function isRed(check: Check): boolean {
  return !check.notKnown && check.conclusion !== null && !isGreen(check);
}

function isPassed(check: Check): boolean {
  return !check.notKnown && isGreen(check);
}

function isRunning(check: Check): boolean {
  return !check.notKnown && check.conclusion === null;
}

/**
 * Whether a suite that has begun says that it is not through: the runs that are known need not be all. One that only an ignored check, or
 * a job of whoever merged, holds open may say so for ever.
 */
function hasPendingSuite(pull: PullView, policy: Policy): boolean {
  const isIgnored = ignoredBy(policy.ci.ignore);
  const begun = new Set<number>();
  const heldOpen = new Set<number>();
  for (const { kind, name, suiteId, conclusion, notKnown } of pull.checks) {
    if (kind !== "run") continue;
    const isAside = isIgnored(name) || notKnown === true;
    if (!isAside) begun.add(suiteId);
    else if (conclusion === null) heldOpen.add(suiteId);
  }
  return pull.checks.some(
    ({ kind, conclusion, id, notKnown }) =>
      kind === "suite" && conclusion === null && !notKnown && begun.has(id) && !heldOpen.has(id),
  );
}

/**
 * The runs that count: each until another run of the same check began after it had ended. Two that ran side by side both count, in the same
 * suite or not, for jobs of two workflows may have one name. What was cancelled to make room for another does not stand beside it.
 */
export const standingChecks = remembered((checks: readonly Check[]): readonly Check[] => {
  const byKey = new Map<string, Check[]>();
  for (const check of checks) {
    const key = checkKey(check);
    const known = byKey.get(key);
    if (known) known.push(check);
    else byKey.set(key, [check]);
  }
  const standing: Check[] = [];
  for (const runs of byKey.values()) {
    if (runs.length === 1) standing.push(...runs);
    else standing.push(...runs.filter((run) => !isReplaced(run, runs)));
  }
  return standing;
});

function isReplaced(earlier: Check, runs: readonly Check[]): boolean {
  if (earlier.conclusion === null) return false;
  const ended = earlier.completedAt ?? earlier.at ?? null;
  return runs.some((later) => {
    if (later === earlier) return false;
    const began = beganAt(later) ?? later.at ?? null;
    if (began === null) return false;
    if (earlier.conclusion === "cancelled") return startsAfter(later, earlier);
    return ended !== null && ended < began;
  });
}

/** Of two of one check, the one that was started later; within one second, the one that GitHub numbered later. */
function startsAfter(later: Check, earlier: Check): boolean {
  const [one, other] = [beganAt(later) ?? "", beganAt(earlier) ?? ""];
  return one === other ? later.id > earlier.id : one > other;
}
