import type { Policy } from "../core/index.js";
import type { Configuration } from "./config/schema.js";

/**
 * What a repository's settings ask for, in the words of the core.
 * @param source which files and settings say so: evidence where a verdict is recorded, and of no matter elsewhere
 */
export function policyOf({ approvals, ci, autoMerge }: Configuration, source?: Policy["source"]): Policy {
  return {
    requiredApprovals: approvals.required,
    ci: { required: ci.required, checks: ci.checks, ignore: ci.ignore },
    autoMerge: { enabled: autoMerge.enabled, label: autoMerge.label },
    ...(source ? { source } : {}),
  };
}
