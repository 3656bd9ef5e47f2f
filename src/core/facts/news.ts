import type { PersonId, Timestamp } from "../brand.js";
import type {
  Check,
  Committers,
  ForcePush,
  GateVerdict,
  HiddenPart,
  LabelWord,
  LinkSource,
  MergeAsked,
  MergeRefusal,
  PolicyInForce,
  PullView,
  QueueMove,
  Retarget,
  Review,
} from "./facts.js";

/** An issue as one payload shows it. */
export interface IssueNews {
  readonly repoId: number;
  readonly repoName: string;
  readonly number: number;
  readonly status: "open" | "closed";
  readonly queued: boolean;
  readonly labels: readonly string[];
  readonly url: string;
  readonly openedAt: Timestamp;
  readonly updatedAt: Timestamp;
  readonly closedAt: Timestamp | null;
}

/** A pull request as one payload shows it, without what other events say of it. */
export interface PullNews
  extends Omit<
    PullView,
    | "checks"
    | "reviews"
    | "ciSeen"
    | "pushedBy"
    | "ciTimedOutAt"
    | "autoMerge"
    | "mergeRefused"
    | "queue"
    | "verdicts"
    | "groupSha"
    | "mergedWith"
    | "hidden"
    | "retargets"
    | "policies"
    | "requesters"
    | "labelWords"
    | "mergeAsked"
    | "committers"
  > {
  /** Who pushed the head just then. */
  readonly pushedBy?: PersonId | null;
  /** Whether it was opened just then: whatever else is shown within that second came after. */
  readonly begins?: true;
  /** Whether a review was given, or is asked for no more, just then. */
  readonly answersRequest?: true;
}

/** An issue or a pull request was closed or reopened, each time that it was. */
export interface Turn {
  readonly of: "issue" | "pull";
  readonly repoId: number;
  readonly number: number;
  readonly turn: "closed" | "reopened";
  readonly at: Timestamp;
  /** Whether a read of the history said so: its times need not be those of the delivery. */
  readonly read: boolean;
  /** Whether a commit or a pull request that was merged closed the issue. */
  readonly byMerge?: boolean;
}

/** Which issues a pull request belonged to at a time, by its description, by GitHub's links and by its branch. */
export interface LinkStatement extends OfPull {
  readonly at: Timestamp;
  readonly issues: readonly LinkedIssueRef[];
  /** Since when the description has said so at the latest, where GitHub says. */
  readonly since?: Timestamp;
  /**
   * What it speaks of. `all`: an issue that is not named is left. `text`: GitHub did not say what it links, so one that only GitHub linked
   * need not be left. `named`: none is left by it.
   */
  readonly covers: "all" | "text" | "named";
}

export interface LinkedIssueRef extends OfIssue {
  readonly by: readonly LinkSource[];
}

/** What one observation adds to what is known. Every part may be absent. */
export interface News {
  readonly issue?: IssueNews;
  readonly turn?: Turn;
  readonly pull?: PullNews;
  readonly checks?: {
    readonly repoId: number;
    readonly sha: string;
    readonly checks: readonly Check[];
    /** What had been said before is said again: the time of this word is not when it came to be so. */
    readonly isRepeated?: true;
  };
  readonly review?: OfPull & { readonly review: Review; readonly saidAt: Timestamp };
  readonly ciTimedOut?: OfPull & { readonly sha: string; readonly at: Timestamp };
  readonly autoMerge?: OfPull & { readonly on: boolean; readonly at: Timestamp };
  readonly mergeRefused?: OfPull & MergeRefusal;
  readonly queue?: OfPull & QueueMove;
  /** The queue's trial merge of it: a commit of its own, on which CI runs. */
  readonly group?: OfPull & { readonly sha: string };
  readonly verdict?: OfPull & GateVerdict & { readonly sha: string };
  /** What GitHub refused to show when it was asked; empty where it showed all, after it had refused. */
  readonly hidden?: OfPull & { readonly parts: readonly HiddenPart[]; readonly at: Timestamp };
  /** What GitHub's timeline says of its base and its head. */
  readonly branches?: OfPull & { readonly retargets: readonly Retarget[]; readonly forcePushes: readonly ForcePush[] };
  readonly committers?: OfPull & Committers;
  readonly labelWord?: OfPull & LabelWord;
  readonly mergeAsked?: OfPull & MergeAsked;
  /** Somebody set an AI agent to work: assigned the issue or the pull request to it, or called it in a comment. */
  readonly agentRequest?: {
    readonly of: "issue" | "pull";
    readonly repoId: number;
    readonly number: number;
    readonly by: PersonId;
    readonly at: Timestamp;
  };
  /** What a repository asks for from now on. */
  readonly policy?: { readonly repoId: number } & Omit<PolicyInForce, "isExact">;
  /** A repository's name now. */
  readonly renamed?: { readonly repoId: number; readonly repoName: string };
}

/** Which pull request it is about. */
export interface OfPull {
  readonly repoId: number;
  readonly number: number;
}

export interface OfIssue {
  readonly repoId: number;
  readonly number: number;
}
