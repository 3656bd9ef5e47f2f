import type { PersonId, Timestamp } from "../brand.js";
import type { Participant } from "../ledger/people.js";

/** What is known of a work item at GitHub now. Plain data: it is kept in the record's head. */
export interface Facts {
  readonly issue: IssueFacts | null;
  /** In the order in which they were learnt of. */
  readonly pulls: readonly PullFacts[];
}

export interface IssueFacts {
  readonly repoId: number;
  /** `owner/name`, as it was last heard: names follow, ids stay. */
  readonly repoName: string;
  readonly number: number;
  readonly status: "open" | "closed";
  /** Somebody works on it: it was assigned, or carries the label that says so. */
  readonly queued: boolean;
  readonly labels: readonly string[];
  readonly url: string;
  /** When this cycle of the issue began: when it was opened, or reopened after the end of the cycle before. */
  readonly since: Timestamp;
  /** GitHub's time of this news: older news does not replace newer. */
  readonly updatedAt: Timestamp;
  readonly closedAt: Timestamp | null;
}

export interface PullFacts {
  readonly repoId: number;
  readonly repoName: string;
  readonly number: number;
  readonly url: string;
  readonly author: PersonId | null;
  readonly headSha: string;
  /** The head that a push replaced by this one; says which of two pushes within a second is the later. */
  readonly before?: string;
  /** When this head was first heard of, by GitHub's clock: from then on its checks are waited for. */
  readonly headSince: Timestamp;
  readonly baseRef: string;
  /** When this base was first heard of. */
  readonly baseSince: Timestamp;
  /** Whether its commits are in another repository than its base: whoever pushes them need not have write access here. */
  readonly fromFork: boolean;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly status: PullStatus;
  readonly openedAt: Timestamp;
  readonly updatedAt: Timestamp;
  /** Whether commits came after it was opened. */
  readonly pushed: boolean;
  /** Whether somebody is asked for a review and has not given it; a request that was answered leaves a review. */
  readonly reviewRequested: boolean;
  /** By what it belongs to this work item; empty where the work item is its own. */
  readonly linkedBy: readonly LinkSource[];
  /** Of the head SHA only: the newest runs of each check, for a merge is judged by what CI had said when it was made. */
  readonly checks: readonly Check[];
  readonly reviews: readonly Review[];
  /** GitHub showed no check of it any more when it was asked, long after the merge: checks are kept for a time only. */
  readonly checksGone?: true;
  /** When its checks were given up waiting for; of the head SHA only. */
  readonly ciTimedOutAt?: Timestamp;
  /** The last word of a person on whether the App shall merge it. */
  readonly autoMerge?: { readonly on: boolean; readonly at: Timestamp };
  /** GitHub's last refusal to let the App merge it; of the head SHA only. */
  readonly mergeRefused?: MergeRefusal;
  /** Its way through the merge queue, the newest last. */
  readonly queue?: readonly QueueMove[];
  /** What gates answered; of the head SHA only. */
  readonly verdicts?: readonly GateVerdict[];
}

export type PullStatus =
  | { readonly is: "open" }
  | { readonly is: "closed"; readonly at: Timestamp }
  | {
      readonly is: "merged";
      readonly at: Timestamp;
      readonly sha: string | null;
      readonly by: Omit<Participant, "role"> | null;
    }
  /** It once said that it closes this issue, and does so no more. */
  | { readonly is: "unlinked"; readonly at: Timestamp };

/** How a pull request came to belong to an issue: its description, GitHub's own link, or the name of its branch. */
export type LinkSource = "keyword" | "reference" | "branch";

export interface MergeRefusal {
  readonly sha: string;
  /** GitHub's own words. */
  readonly reason: string;
  readonly at: Timestamp;
}

/** A gate's answer about a head; its reasons are in the ledger. */
export interface GateVerdict {
  readonly gate: string;
  readonly decision: "pass" | "block" | "neutral";
  readonly title: string;
  /** Whether it gave none, and this is what the operator wants to be taken instead. */
  readonly failed: boolean;
  readonly at: Timestamp;
}

export interface QueueMove {
  readonly is: "entered" | "left";
  /** GitHub's word for why it left. */
  readonly reason: string | null;
  readonly at: Timestamp;
}

/** A check run, a commit status, or the check suite that one app's runs of a commit belong to. */
export interface Check {
  /** What makes it the same check when it runs again: the app and the name, or a status's context. Never the name alone. */
  readonly key: string;
  readonly kind: "run" | "suite" | "status";
  readonly appId: number;
  readonly suiteId: number;
  readonly name: string;
  readonly id: number;
  /** GitHub's conclusion once it is completed; null while it runs. */
  readonly conclusion: string | null;
  /** GitHub's time of this news: when a run started, when a status or a suite was last changed. */
  readonly asOf: Timestamp | null;
  readonly completedAt: Timestamp | null;
  readonly url: string | null;
}

export interface Review {
  readonly id: number;
  readonly reviewer: PersonId;
  readonly state: "approved" | "changes_requested" | "commented" | "dismissed";
  /** The commit that was looked at: an approval counts for this one only. */
  readonly sha: string;
  /** Whether the reviewer may write to the repository, as far as GitHub says. */
  readonly mayApprove: boolean;
  readonly submittedAt: Timestamp;
  readonly url: string;
}

export const NO_FACTS: Facts = { issue: null, pulls: [] };
