import type { PersonId, Timestamp } from "../brand.js";
import type { JsonObject } from "../json.js";
import type { Participant } from "../ledger/people.js";

/**
 * What the facts say of a work item at one moment. Derived, never stored: see `work-item.ts`. A merged pull request is shown as it was
 * at its merge, an open one as it is now.
 */
export interface WorkItem {
  readonly issue: IssueView | null;
  /** In the order of their numbers. */
  readonly pulls: readonly PullView[];
}

/** An issue in one of its cycles. */
export interface IssueView {
  readonly repoId: number;
  /** `owner/name`, as it was last heard: names follow, ids stay. */
  readonly repoName: string;
  readonly number: number;
  readonly status: "open" | "closed";
  /** Somebody works on it: it was assigned, or carries the label that says so. */
  readonly queued: boolean;
  readonly labels: readonly string[];
  readonly url: string;
  /** When this cycle of the issue began: when it was opened, or reopened. */
  readonly since: Timestamp;
  readonly updatedAt: Timestamp;
  readonly closedAt: Timestamp | null;
  /** The pull request whose merged commit closed it, where GitHub says so. */
  readonly closedByMerge?: boolean;
}

export interface PullView {
  readonly repoId: number;
  readonly repoName: string;
  readonly number: number;
  readonly url: string;
  readonly author: PersonId | null;
  /** The author is an AI agent. */
  readonly byAgent?: true;
  /** Of an agent's: who set it to work. */
  readonly requesters?: readonly PersonId[];
  readonly headSha: string;
  /** The head that a push replaced by this one; says which of two pushes within a second is the later. */
  readonly before?: string;
  /** When this head was first heard of, by GitHub's clock: from then on its checks are waited for. */
  readonly headSince: Timestamp;
  /** Who pushed this head: the author of a pull request that nobody pushed to; null where GitHub does not say. */
  readonly pushedBy: PersonId | null;
  readonly baseRef: string;
  /** When this base was first heard of. */
  readonly baseSince: Timestamp;
  readonly baseSha?: string;
  /** Whether the base is the repository's default branch; absent where GitHub does not say. */
  readonly intoDefault?: boolean;
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
  /** Of the head: every run, with what it said at the moment that counts. Of a merge by the queue, those of the group's commit. */
  readonly checks: readonly Check[];
  readonly reviews: readonly Review[];
  /** Whether the repository has ever shown a check or a status: then CI is expected of it. */
  readonly ciSeen: boolean;
  /** The commit of the merge group by which the queue merged it. */
  readonly groupSha?: string;
  /** GitHub showed no check of it any more when it was asked, after the merge: checks are kept for a time only. */
  readonly checksGone?: true;
  /** Of a merged one: what GitHub refused to show when it was asked last. */
  readonly hidden?: readonly HiddenPart[];
  /** When its checks were given up waiting for; of the head SHA only. */
  readonly ciTimedOutAt?: Timestamp;
  /** The last word of a person on whether the App shall merge it. */
  readonly autoMerge?: { readonly on: boolean; readonly at: Timestamp };
  /** Who set the label that asks for a merge: the last word about each. */
  readonly labelWords?: readonly LabelWord[];
  /** The App's last try to merge this head. */
  readonly mergeAsked?: MergeAsked;
  /** GitHub's last refusal to let the App merge it; of the head SHA only. */
  readonly mergeRefused?: MergeRefusal;
  /** Of a merged one, where GitHub was asked. */
  readonly committers?: Committers;
  /** What its repository asked for, from before it was opened; of a merged one, until the merge. In order. */
  readonly policies?: readonly PolicyInForce[];
  /** How its base was changed, as far as GitHub's timeline was asked; the newest last. */
  readonly retargets?: readonly Retarget[];
  /** Its way through the merge queue, the newest last. */
  readonly queue?: readonly QueueMove[];
  /** What gates answered; of the head SHA only. */
  readonly verdicts?: readonly GateVerdict[];
  /** Another pull request of the same head and base that was merged with it, and was reviewed as the team asks. */
  readonly mergedWith?: PullView;
}

/** What the team asked for from some time on. */
export interface PolicyInForce {
  /** Since when; where it was only read, since then at the latest. */
  readonly at: Timestamp;
  readonly isExact: boolean;
  /** As `policyGround` in `judgement/grounds.ts` writes it: its values, their digest, and where they come from. */
  readonly ground: JsonObject;
  /** The commit that brought it, where a push did. */
  readonly commit: string | null;
  readonly by: PersonId | null;
}

/** A label is a word of the person who set it. */
export interface LabelWord {
  readonly label: string;
  /** Whether they might have merged it themselves; null where GitHub does not say. */
  readonly mayMerge: boolean | null;
  readonly at: Timestamp;
}

/** What the App asked GitHub to merge: a commit, into a base. */
export interface MergeAsked {
  readonly sha: string;
  readonly baseRef: string;
  readonly at: Timestamp;
}

/** Who made the commits of a pull request. */
export interface Committers {
  /** Authors and committers that have an account, each once. */
  readonly people: readonly PersonId[];
  /** How many commits somebody without a known account had a part in: their addresses are kept nowhere. */
  readonly unknown: number;
}

/** The base was changed: by a person, or by GitHub, because the base's own pull request was merged and its branch is gone. */
export interface Retarget {
  readonly from: string;
  readonly to: string;
  readonly at: Timestamp;
  readonly by: "person" | "github";
}

/** The head was replaced by another that does not follow from it. */
export interface ForcePush {
  readonly from: string;
  readonly to: string;
  readonly at: Timestamp;
}

/** What of a pull request GitHub may refuse to show while it shows the rest, or with all of it. */
export type HiddenPart = "checks" | "reviews";

export type PullStatus =
  | { readonly is: "open" }
  | { readonly is: "closed"; readonly at: Timestamp }
  | {
      readonly is: "merged";
      readonly at: Timestamp;
      readonly sha: string | null;
      readonly by: Merger | null;
    }
  /** It once said that it closes this issue, and does so no more. */
  | { readonly is: "unlinked"; readonly at: Timestamp };

/** Who merged; `app` is the slug of the App that did, whose own running check proves nothing. */
export interface Merger extends Omit<Participant, "role"> {
  readonly app?: string;
  readonly agent?: true;
}

/** How a pull request came to belong to an issue: its description, GitHub's own link, its branch's name, or a commit that closed it. */
export type LinkSource = "keyword" | "reference" | "branch" | "commit";

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
  readonly kind: "run" | "suite" | "status";
  readonly appId: number;
  /** The app's slug, where GitHub says it. */
  readonly app?: string;
  /** Who set a status. */
  readonly creator?: PersonId;
  readonly suiteId: number;
  /** The whole name of a run, or the whole context of a status. */
  readonly name: string;
  readonly id: number;
  /** GitHub's conclusion once it is completed; null while it runs. */
  readonly conclusion: string | null;
  /** When a run started, by its app's clock; when a status or a suite was last changed, by GitHub's. */
  readonly asOf: Timestamp | null;
  readonly completedAt: Timestamp | null;
  readonly url: string | null;
  /** GitHub's word that it made the run just then. */
  readonly made?: true;
  /** When GitHub produced this word of it. */
  readonly at?: Timestamp;
  /** Nobody can tell what it said at the merge. It accuses nobody and promises nothing. */
  readonly notKnown?: true;
}

/** What makes it the same check when it runs again: the app and the whole name, or a status's whole context. Never the name alone. */
export function checkKey({ kind, appId, suiteId, name }: Check): string {
  switch (kind) {
    case "run":
      return `${appId}/${name}`;
    case "suite":
      return `${appId}/suite/${suiteId}`;
    case "status":
      return `status/${name}`;
  }
}

export interface Review {
  readonly id: number;
  /** Null for somebody whose account was deleted. */
  readonly reviewer: PersonId | null;
  /** An App may review, too; its approval does not count. */
  readonly type?: "User" | "Bot";
  readonly byAgent?: true;
  readonly state: "approved" | "changes_requested" | "commented" | "dismissed";
  /** The commit that it was first heard with: an approval counts for this one only. Null where GitHub names none. */
  readonly sha: string | null;
  /**
   * The branch that the review is for: the one that the pull request went to when it was given, or where GitHub itself has moved it since.
   * Absent where nobody knows.
   */
  readonly baseRef?: string;
  /** Whether the reviewer may write to the repository; null where GitHub does not say. */
  readonly mayApprove: boolean | null;
  readonly submittedAt: Timestamp;
  readonly url: string;
  /** It was only read, and GitHub did not say for which commit and base it was given, or when it was dismissed. */
  readonly untold?: true;
}

export const NOTHING_KNOWN: WorkItem = { issue: null, pulls: [] };
