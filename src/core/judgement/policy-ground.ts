import { sha256 } from "../hash.js";
import { isObject, type Json, type JsonObject, numberOf, textsIn } from "../json.js";
import { canonicalJson } from "../ledger/canonical.js";
import { type Policy, SIDES } from "./policy.js";

/** Where the policy in force came from: the files and settings that say anything, the closest first. */
export type PolicySource = "repository" | "organization" | "operator" | "default";

/** The policy as evidence: its values, their digest and where they come from. */
export function policyGround(policy: Policy): JsonObject {
  const values: JsonObject = {
    approvals: policy.requiredApprovals,
    approvals_not_from: policy.approvalsNotFrom,
    agents: { approvals: policy.agents.approvals, may_merge: policy.agents.mayMerge },
    ci: { required: policy.ci.required, checks: policy.ci.checks, ignore: policy.ci.ignore },
    auto_merge: { enabled: policy.autoMerge.enabled, label: policy.autoMerge.label },
    ...(policy.gates && policy.gates.length > 0 ? { gates: policy.gates } : {}),
  };
  const source = policy.source ?? ["default"];
  return { digest: sha256(canonicalJson(values)), source, ...(policy.files ? { files: policy.files } : {}), ...values };
}

/** Reads back the policy that a merge was judged by; null for an entry of an earlier version, which did not carry it. */
export function policyIn(grounds: Json | undefined): Policy | null {
  if (!isObject(grounds) || !isObject(grounds.policy)) return null;
  const {
    approvals,
    approvals_not_from: notFrom,
    agents,
    ci,
    auto_merge: autoMerge,
    gates,
    source,
    files,
  } = grounds.policy;
  if (typeof approvals !== "number" || !isObject(ci) || !isObject(autoMerge)) return null;
  const { required } = ci;
  return {
    requiredApprovals: approvals,
    // An entry of an earlier version asked nothing more of agents.
    approvalsNotFrom: SIDES.filter((side) => notFrom === undefined || textsIn(notFrom).includes(side)),
    agents: isObject(agents)
      ? { approvals: numberOf(agents.approvals), mayMerge: agents.may_merge === true }
      : { approvals: 0, mayMerge: true },
    ci: {
      required: typeof required === "boolean" ? required : "auto",
      checks: textsIn(ci.checks),
      ignore: textsIn(ci.ignore),
    },
    autoMerge: {
      enabled: autoMerge.enabled === true,
      label: typeof autoMerge.label === "string" ? autoMerge.label : null,
    },
    ...(gates === undefined ? {} : { gates: textsIn(gates) }),
    source: textsIn(source) as readonly PolicySource[],
    ...(isObject(files) ? { files: files as NonNullable<Policy["files"]> } : {}),
  };
}
