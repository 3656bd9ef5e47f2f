import type { Policy } from "../core/index.js";
import type { Configuration } from "./config/schema.js";

/** What a repository's settings ask for, in the words of the core. */
export function policyOf({ approvals, ci, autoMerge }: Configuration): Policy {
  return {
    requiredApprovals: approvals.required,
    ci: { required: ci.required, checks: ci.checks, ignore: ci.ignore },
    autoMerge: { enabled: autoMerge.enabled, label: autoMerge.label },
  };
}
