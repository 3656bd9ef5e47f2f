import type { PolicyInForce, PullView } from "../facts/facts.js";

import type { Policy } from "./policy.js";
import { policyIn } from "./policy-ground.js";
import { type Difference, STRICTNESS } from "./strictness.js";

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
    ["approvals.required", STRICTNESS.requiredApprovals.compare(before.requiredApprovals, after.requiredApprovals)],
    ["approvals.not_from", STRICTNESS.approvalsNotFrom.compare(before.approvalsNotFrom, after.approvalsNotFrom)],
    ["agents.approvals", STRICTNESS.agentApprovals.compare(before.agents.approvals, after.agents.approvals)],
    ["agents.may_merge", STRICTNESS.agentMayMerge.compare(before.agents.mayMerge, after.agents.mayMerge)],
    ["ci.required", STRICTNESS.ciRequired.compare(before.ci.required, after.ci.required)],
    ["ci.checks", STRICTNESS.ciChecks.compare(before.ci.checks, after.ci.checks)],
    ["ci.ignore", STRICTNESS.ciIgnore.compare(before.ci.ignore, after.ci.ignore)],
    ["gates", STRICTNESS.gates.compare(before.gates ?? [], after.gates ?? [])],
    ["auto_merge", STRICTNESS.autoMerge.compare(before.autoMerge, after.autoMerge)],
  ];
  return {
    weaker: settings.filter(([, { isLess }]) => isLess).map(([path]) => path),
    stricter: settings.filter(([, { isMore }]) => isMore).map(([path]) => path),
  };
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
