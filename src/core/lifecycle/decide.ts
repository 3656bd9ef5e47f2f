import { allowedFrom, type Lifecycle } from "./lifecycle.js";

export type Decision = { readonly legal: true } | { readonly legal: false; readonly error: string };

/** Whether a command may move a record, and if not, why, in words for whoever gave it. */
export function decide(lifecycle: Lifecycle, from: string, to: string): Decision {
  const allowed = allowedFrom(lifecycle, from);
  if (allowed.includes(to)) return { legal: true };
  const instead = allowed.length > 0 ? allowed.join(", ") : "none (terminal)";
  return { legal: false, error: `Invalid transition: ${from} → ${to}. Allowed from ${from}: ${instead}` };
}
