import type { Entry, RecordHead } from "../core/index.js";
import type { TransitionHook } from "../hook.js";
import { fitsRepository } from "./repository-pattern.js";
import { entryOf } from "./transition-entry.js";

/** What a hook wants to hear of; without a field it wants everything. */
export interface Filters {
  /** States that were entered. */
  readonly states?: readonly string[] | undefined;
  /** `owner/name`, with `*` for any characters. */
  readonly repositories?: readonly string[] | undefined;
  readonly exceptions_only?: boolean | undefined;
}

/** Whether a hook wants to hear of a transition. */
export type HookFilter = (...transition: Parameters<TransitionHook>) => boolean;

export function hookFilter(filters: Filters): HookFilter {
  return (record, previousState, newState, trigger) => {
    if (!wantsRepository(filters, record.repo) || !wantsState(filters, newState)) return false;
    return !filters.exceptions_only || entryOf(record, previousState, newState, trigger)?.kind === "exception";
  };
}

export function wantsEntry(filters: Filters, head: RecordHead, entry: Entry): boolean {
  if (!wantsRepository(filters, head.repo) || (filters.states && !wantsState(filters, entry.toState))) return false;
  return !filters.exceptions_only || entry.kind === "exception";
}

export function wantsRepository({ repositories }: Filters, repo: string): boolean {
  return !repositories || repositories.some((pattern) => fitsRepository(pattern, repo));
}

function wantsState({ states }: Filters, state: string | null): boolean {
  return !states || (state !== null && states.includes(state));
}
