import type { Explained, Policy, PullView } from "../core/index.js";
import type { HookResult } from "../hook.js";

/** All that a report on one pull request is rendered from. */
export interface ReportView {
  readonly pull: PullView;
  readonly policy: Policy;
  /** Whether the check run only says what is so, or blocks what may not be merged. */
  readonly mode: "observe" | "enforce";
  /** The work items that the pull request belongs to: one for each issue it closes, or its own. */
  readonly records: readonly RecordView[];
  readonly hooks: readonly NamedHookResult[];
  readonly configuration: ConfigurationView;
  /** Who a pseudonym is; null for somebody who was forgotten. */
  readonly loginOf: (person: string) => string | null;
}

/** A record, what the facts say of it, and entries, in order; `head.ledger.length` tells how many there are in all. */
export type RecordView = Explained;

/** What is wrong with the configuration: with the file that this pull request brings, and with those on the default branches. */
export interface ConfigurationView {
  /** Null where it does not change the file. */
  readonly brought: readonly ConfigurationProblem[] | null;
  readonly inForce: readonly ConfigurationProblem[];
  /** Settings of the repository's that the organisation or the operator has locked to more. */
  readonly locked: readonly string[];
  /** A repository whose file is for all of its organisation, and which the operator has not named; null where there is none. */
  readonly unnamed: string | null;
  /** Hooks and gates that the configuration names and the operator has not set up. */
  readonly unknownHooks: readonly string[];
  readonly unknownGates: readonly string[];
}

export interface ConfigurationProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
  /** Whose file it is, where that is not clear. */
  readonly file?: "organization" | "repository";
}

export interface NamedHookResult {
  readonly hook: string;
  readonly result: HookResult;
}
