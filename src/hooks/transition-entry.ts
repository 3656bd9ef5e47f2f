import { type Entry, openEntry } from "../core/index.js";
import type { TransitionHook } from "../hook.js";

/** The ledger's entry of the transition that a hook is told of; null where the record's history does not have it. */
export function entryOf(...[record, previousState, newState, trigger]: Parameters<TransitionHook>): Entry | null {
  for (let at = record.entries.length - 1; at >= 0; at--) {
    const stored = record.entries[at];
    const entry = stored && openEntry(stored);
    const moved = entry?.kind === "transition" || entry?.kind === "exception";
    if (!moved || entry.fromState !== previousState || entry.toState !== newState) continue;
    if (entry.trigger === trigger) return entry;
  }
  return null;
}
