import type { Entry, Policy, PullFacts, RecordHead } from "../core/index.js";
import type { HookResult } from "../hook.js";

/** All that a report on one pull request is rendered from. */
export interface ReportView {
  readonly pull: PullFacts;
  readonly policy: Policy;
  /** The work items that the pull request belongs to: one for each issue it closes, or its own. */
  readonly records: readonly RecordView[];
  readonly hooks: readonly NamedHookResult[];
  /** Who a pseudonym is; null for somebody who was forgotten. */
  readonly loginOf: (person: string) => string | null;
}

export interface RecordView {
  readonly head: RecordHead;
  /** The newest entries, in order; `head.ledger.length` tells how many there are in all. */
  readonly entries: readonly Entry[];
}

export interface NamedHookResult {
  readonly hook: string;
  readonly result: HookResult;
}
