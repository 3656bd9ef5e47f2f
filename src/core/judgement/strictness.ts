import type { Policy, Side } from "./policy.js";

/** How one value of a setting differs from the one before it. A list can ask for more and for less at once. */
export interface Difference {
  readonly isLess: boolean;
  readonly isMore: boolean;
}

/** What it means for a setting to ask for more. */
export interface Strictness<T> {
  compare(before: T, after: T): Difference;
  /** The least that asks for as much as either; of two that ask for as much, the second. */
  stricter(one: T, other: T): T;
}

/** The higher the rank, the more is asked for. */
export function byRank<T>(rankOf: (value: T) => number): Strictness<T> {
  return {
    compare: (before, after) => ({
      isLess: rankOf(after) < rankOf(before),
      isMore: rankOf(after) > rankOf(before),
    }),
    stricter: (one, other) => (rankOf(one) > rankOf(other) ? one : other),
  };
}

/** Each item asks for something: both lists together ask for as much as either. */
export function demands<T>(): Strictness<readonly T[]> {
  return {
    compare: (before, after) => ({ isLess: lacks(after, before), isMore: lacks(before, after) }),
    stricter: (one, other) => [...one, ...other.filter((item) => !one.includes(item))],
  };
}

/** Each item lets something pass: only what both let pass asks for as much as either. */
export function exemptions<T>(): Strictness<readonly T[]> {
  return {
    compare: (before, after) => ({ isLess: lacks(before, after), isMore: lacks(after, before) }),
    stricter: (one, other) => one.filter((item) => other.includes(item)),
  };
}

function lacks<T>(list: readonly T[], wanted: readonly T[]): boolean {
  return wanted.some((item) => !list.includes(item));
}

const CI_RANKS: { readonly [required: string]: number } = { false: 0, auto: 1, true: 2 };

/** The one order in which policies are compared, and in which a lock holds a repository to more. */
export const STRICTNESS = {
  requiredApprovals: byRank((count: number) => count),
  approvalsNotFrom: demands<Side>(),
  agentApprovals: byRank((count: number) => count),
  agentMayMerge: byRank((mayMerge: boolean) => Number(!mayMerge)),
  ciRequired: byRank((required: Policy["ci"]["required"]) => CI_RANKS[String(required)] ?? 0),
  ciChecks: demands<string>(),
  ciIgnore: exemptions<string>(),
  gates: demands<string>(),
  autoMerge: byRank((autoMerge: Policy["autoMerge"]) => -easeOf(autoMerge)),
} as const;

/** How little it takes for the App to merge: nothing, a label, or it does not. */
function easeOf({ enabled, label }: Policy["autoMerge"]): number {
  if (label !== null) return 1;
  return enabled ? 2 : 0;
}
