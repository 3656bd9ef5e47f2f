import type { Policy } from "../core/index.js";
import type { InForce } from "./config/load.js";
import type { Configuration } from "./config/schema.js";

/**
 * What a repository's settings ask for, in the words of the core.
 * @param from which files and settings say so: evidence where a verdict is recorded, and of no matter elsewhere
 */
export function policyOf(
  { approvals, agents, ci, autoMerge }: Configuration,
  from?: Pick<InForce, "source" | "files">,
): Policy {
  return {
    requiredApprovals: approvals.required,
    approvalsNotFrom: approvals.notFrom,
    agents: { approvals: agents.approvals, mayMerge: agents.mayMerge },
    ci: { required: ci.required, checks: ci.checks, ignore: ci.ignore },
    autoMerge: { enabled: autoMerge.enabled, label: autoMerge.label },
    ...(from ? { source: from.source } : {}),
    ...(from && Object.keys(from.files).length > 0 ? { files: from.files } : {}),
  };
}
