import type { Timestamp } from "../brand.js";
import type { Check, IssueView, LinkSource, QueueMove, Review } from "../facts/facts.js";
import type { CiVerdict } from "./ci.js";
import type { NotCounted, ReviewVerdict } from "./reviews.js";

/** How a rule stands. `aside`: it is not asked for, or does not count either way. */
export type Met = "met" | "not_met" | "waiting" | "aside";

/** Why a pull request may be merged, or may not: each rule, how it stands, and what shows it. Data only; a report has the words. */
export interface Explanation {
  readonly met: Met;
  readonly about: About;
  readonly children: readonly Explanation[];
}

/** What a line of an explanation is about, with its evidence. */
export type About =
  | { readonly is: "merge"; readonly status: MergeStatus; readonly state: string }
  | { readonly is: "draft" }
  /** The work item stands or falls with another pull request; null where it has none that counts. */
  | { readonly is: "other_pull"; readonly number: number | null }
  | { readonly is: "ci"; readonly verdict: CiVerdict | "not_required"; readonly green: number; readonly all: number }
  | { readonly is: "check"; readonly check: Check; readonly required: boolean }
  | { readonly is: "missing_check"; readonly name: string; readonly gaveUpAt: Timestamp | null }
  | { readonly is: "ignored_check"; readonly check: Check }
  /** More checks of the merge than its entry names. */
  | { readonly is: "more_checks"; readonly passed: number; readonly notPassed: number }
  | { readonly is: "ci_timeout"; readonly at: Timestamp }
  | {
      readonly is: "reviews";
      readonly verdict: ReviewVerdict;
      readonly given: number;
      readonly needed: number;
      readonly changesRequested: number;
    }
  | { readonly is: "review"; readonly review: Review; readonly notCounted: NotCounted | null }
  | { readonly is: "gate"; readonly gate: GateStanding }
  | { readonly is: "links"; readonly sources: readonly LinkSource[]; readonly issue: IssueView | null }
  | { readonly is: "auto_merge"; readonly by: "person" | "label" | "settings"; readonly on: boolean }
  /** Somebody asked for the merge of other commits, or into another base. */
  | { readonly is: "auto_merge_lapsed" }
  /** The label that asks for a merge is there, by somebody who might not merge it. */
  | { readonly is: "auto_merge_label"; readonly label: string }
  | { readonly is: "refusal"; readonly reason: string; readonly at: Timestamp }
  | { readonly is: "queue"; readonly move: QueueMove };

export type MergeStatus = "open" | "merged" | "closed" | "unlinked" | "none";

/** A gate's newest answer, as its entry says it. */
export interface GateStanding {
  readonly gate: string;
  readonly decision: "pass" | "block" | "neutral";
  /** Whether the gate gave no verdict, and this is what is taken instead. */
  readonly failed: boolean;
  readonly title: string;
  readonly reasons: readonly string[];
  readonly at: Timestamp;
}
