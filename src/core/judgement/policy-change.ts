import type { PolicyInForce, PullView } from "../facts/facts.js";

import type { Policy } from "./policy.js";
import { policyIn } from "./policy-ground.js";

/** How one policy differs from the one before it, by the paths of settings. */
export interface PolicyChange {
  /** It asks for less. */
  readonly weaker: readonly string[];
  /** It asks for more. */
  readonly stricter: readonly string[];
}

/** Compares what two policies ask for before a merge. */
export function policyChange(before: Policy, after: Policy): PolicyChange {
  const settings: readonly (readonly [path: string, difference: Difference])[] = [
    ["approvals.required", byNumber(before.requiredApprovals, after.requiredApprovals)],
    ["approvals.not_from", bySet(before.approvalsNotFrom, after.approvalsNotFrom)],
    ["agents.approvals", byNumber(before.agents.approvals, after.agents.approvals)],
    ["agents.may_merge", reversed(byNumber(Number(before.agents.mayMerge), Number(after.agents.mayMerge)))],
    ["ci.required", byNumber(CI_STRICTNESS[String(before.ci.required)], CI_STRICTNESS[String(after.ci.required)])],
    ["ci.checks", bySet(before.ci.checks, after.ci.checks)],
    ["ci.ignore", reversed(bySet(before.ci.ignore, after.ci.ignore))],
    ["gates", bySet(before.gates ?? [], after.gates ?? [])],
    ["auto_merge", reversed(byNumber(easeOf(before), easeOf(after)))],
  ];
  return {
    weaker: settings.filter(([, { isLess }]) => isLess).map(([path]) => path),
    stricter: settings.filter(([, { isMore }]) => isMore).map(([path]) => path),
  };
}

/** A list can ask for more and for less at once. */
interface Difference {
  readonly isLess: boolean;
  readonly isMore: boolean;
}

const CI_STRICTNESS: { readonly [required: string]: number } = { false: 0, auto: 1, true: 2 };

function byNumber(before = 0, after = 0): Difference {
  return { isLess: after < before, isMore: after > before };
}

function bySet(before: readonly string[], after: readonly string[]): Difference {
  return {
    isLess: before.some((one) => !after.includes(one)),
    isMore: after.some((one) => !before.includes(one)),
  };
}

function reversed({ isLess, isMore }: Difference): Difference {
  return { isLess: isMore, isMore: isLess };
}

/** How little it takes for the App to merge: nothing, a label, or it does not. */
function easeOf({ autoMerge: { enabled, label } }: Policy): number {
  if (label !== null) return 1;
  return enabled ? 2 : 0;
}

/** A policy and since when it was in force. */
export interface DatedPolicy extends Omit<PolicyInForce, "ground"> {
  readonly policy: Policy;
}

/** What the repository asked for since the pull request was opened, in order. */
export function policiesOf({ policies = [] }: PullView): readonly DatedPolicy[] {
  return policies.flatMap(({ ground, ...rest }) => {
    const policy = policyIn({ policy: ground });
    return policy ? [{ ...rest, policy }] : [];
  });
}

/**
 * The policy that a pull request is held to: of a merged one, the one in force at the merge; of any other, the one of today.
 * @param now the one of today
 */
export function policyFor(pull: PullView | null, now: Policy): Policy {
  if (pull?.status.is !== "merged") return now;
  return policiesOf(pull).at(-1)?.policy ?? now;
}

/** The earlier policies that asked for more than the one that a pull request was merged under. */
export function strongerBefore(pull: PullView, policy: Policy): readonly DatedPolicy[] {
  return policiesOf(pull)
    .slice(0, -1)
    .filter((earlier) => policyChange(earlier.policy, policy).weaker.length > 0);
}
