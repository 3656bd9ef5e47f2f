import type { Timestamp } from "../brand.js";
import type { Check, GateVerdict, IssueFacts, MergeRefusal, PullFacts, QueueMove, Review } from "./facts.js";

/** A pull request without what other events say of it. */
export type PullNews = Omit<
  PullFacts,
  "checks" | "reviews" | "ciTimedOutAt" | "autoMerge" | "mergeRefused" | "queue" | "verdicts"
>;

/** What one observation adds to what is known. Every part may be absent. */
export interface News {
  readonly issue?: IssueFacts;
  readonly pull?: PullNews;
  readonly checks?: { readonly repoId: number; readonly sha: string; readonly checks: readonly Check[] };
  readonly review?: OfPull & { readonly review: Review };
  readonly ciTimedOut?: OfPull & { readonly sha: string; readonly at: Timestamp };
  readonly autoMerge?: OfPull & { readonly on: boolean; readonly at: Timestamp };
  readonly mergeRefused?: OfPull & MergeRefusal;
  readonly queue?: OfPull & QueueMove;
  readonly verdict?: OfPull & GateVerdict & { readonly sha: string };
  /** A repository's name now. */
  readonly renamed?: { readonly repoId: number; readonly repoName: string };
}

/** Which pull request it is about. */
export interface OfPull {
  readonly repoId: number;
  readonly number: number;
}
