import type { Hash, Timestamp } from "../core/index.js";
import type { Disk } from "../store/disk.js";

/** One webhook from GitHub, as it is kept until it is done. */
export interface Delivery {
  /** `X-GitHub-Delivery`. A redelivery carries the same one. */
  readonly guid: string;
  readonly event: string;
  /** The payload's `action`; null for an event without one. */
  readonly action: string | null;
  /** Deliveries with the same key are worked one at a time, in the order in which they were stored. */
  readonly key: string;
  readonly receivedAt: Timestamp;
  readonly payloadSha256: Hash;
  /** The raw JSON. */
  readonly body: string;
}

/** A delivery that one worker has for itself until its lease ends. */
export interface Claim extends Delivery {
  /** How often it has been claimed since it was stored or taken up again, this time included: 1 the first time. */
  readonly attempt: number;
  /** How often in a row it was held up before this time: 0 the first time, and after an attempt that counted. */
  readonly holds: number;
  /** Proves that the lease is this worker's: another one for every claim. */
  readonly lease: string;
}

/**
 * - `waiting`: to be worked, now or at a later time
 * - `leased`: being worked
 * - `done`: worked; its GUID is remembered, its body is gone
 * - `failed`: set aside with a reason, until a person retries or drops it
 */
export type DeliveryStatus = "waiting" | "leased" | "done" | "failed";

/**
 * What keeps a delivery from being worked while nothing is wrong with the delivery itself. It waits then, and goes on by itself.
 * - `github`: GitHub answers with a failure of its own, or does not take the App's token
 * - `github_limits`: GitHub wants to be asked later, or many writes wait for their turn
 * - `network`: GitHub, or whatever else was asked, cannot be reached
 * - `store`, `inbox`: it cannot be read or written
 */
export type HeldUpBy = "github" | "github_limits" | "network" | "store" | "inbox";

/** What a person sees of a delivery. */
export interface DeliveryInfo extends Omit<Delivery, "body"> {
  readonly status: DeliveryStatus;
  readonly attempt: number;
  /** What held it up the last time; null when it was not held up, and when it has ended. */
  readonly heldUpBy: HeldUpBy | null;
  /** Waiting: when it is tried again; leased: when the lease ends. Null when it is due, waits behind another of its key, or has ended. */
  readonly dueAt: Timestamp | null;
  /** Why the last attempt failed, or why it was set aside. */
  readonly error: string | null;
  /** When it was done or set aside. */
  readonly endedAt: Timestamp | null;
}

export interface InboxQuery {
  /** All by default. */
  readonly status?: DeliveryStatus;
  /** Where the last page ended. */
  readonly cursor?: string;
  /** At most so many; 100 by default. */
  readonly limit?: number;
}

export interface InboxPage {
  readonly items: readonly DeliveryInfo[];
  /** Null on the last page. */
  readonly cursor: string | null;
}

export interface InboxStats {
  readonly waiting: number;
  /** Those whose lease has run out count as waiting. */
  readonly leased: number;
  readonly failed: number;
  /** How many GUIDs are remembered as done; on SQS at least so many, for counting them all would cost too much. */
  readonly done: number;
  /** How many deliveries were only counted, by event name. */
  readonly ignored: Readonly<Record<string, number>>;
  /** When the oldest of the waiting ones was received. */
  readonly oldestWaitingAt: Timestamp | null;
}

/**
 * The durable queue between the answer to GitHub and the work: what it has taken is handed out until it is done or set aside.
 * A delivery can be handed out twice (a worker died, or its lease ran out), so work must bear repetition; two of one key are never
 * handed out at a time.
 *
 * Every method rejects with LoopForgeError `inbox_unavailable` when the storage fails.
 */
export interface Inbox {
  /**
   * Resolves once the delivery is durable. `duplicate`: this GUID is waiting, leased or done, and stays as it is. `requeued`: it
   * was set aside, and waits again behind the others of its key (GitHub's "redeliver" is how a person retries).
   * @throws LoopForgeError `delivery_mismatch` when the GUID is known with another payload, `inbox_full` when it is unknown and too
   * many are unfinished already, `usage` when a name is not text of at most 500 characters
   */
  put(delivery: Delivery): Promise<"stored" | "duplicate" | "requeued">;
  /** Counts a delivery of an event that nobody works: its name is all that is kept of it. */
  ignore(event: string): Promise<void>;

  /**
   * Leases deliveries that are due, the oldest first: only the oldest unfinished one of each key, also when that one is leased or
   * waits for its retry. One whose wait or lease begins after `now`, by more than {@link CLOCKS_DIFFER_MS}, is due: the clock was set back.
   * @param leaseMs how long, in milliseconds from `now`
   */
  claim(limit: number, now: Date, leaseMs: number): Promise<readonly Claim[]>;
  /** When the next delivery falls due after `now` (a retry, or the end of a lease); null when none will, or it cannot be known. */
  nextDueAt(now: Date): Promise<Timestamp | null>;

  // The five ways on from a claim. They answer false, and change nothing, when the lease is another worker's by now.

  /** Keeps the lease until `leaseMs` from `now`. */
  extend(claim: Claim, now: Date, leaseMs: number): Promise<boolean>;
  /** Remembers the GUID and removes the body. */
  done(claim: Claim, now: Date): Promise<boolean>;
  /** Waits until `dueAt`, and the others of its key with it. */
  retry(claim: Claim, failure: FailedAttempt): Promise<boolean>;
  /** Keeps the delivery for a person, with the reason, and lets the others of its key go on. */
  setAside(claim: Claim, reason: string, now: Date): Promise<boolean>;
  /** Gives it back as if it had not been claimed: due at once, and the attempt does not count. */
  release(claim: Claim): Promise<boolean>;
  /**
   * For a worker that starts: ends the leases of workers that cannot be there any more, so that nothing waits for them. Where an inbox
   * has one worker at a time, that is every lease; where several servers share it, none: those of a dead one run out.
   * @returns how many there were
   */
  releaseAll(): Promise<number>;

  /** The newest first. */
  list(query?: InboxQuery): Promise<InboxPage>;
  /** With its body, null once it is done. */
  show(guid: string): Promise<(DeliveryInfo & { readonly body: string | null }) | null>;
  /**
   * Makes it due: one that waits for its retry, in its place; one that was set aside, behind the others of its key and with its
   * attempts counted anew.
   * @returns false when it is unknown, leased or done
   */
  retryNow(guid: string): Promise<boolean>;
  /**
   * Forgets a delivery that waits or was set aside, its GUID too.
   * @returns false when it is unknown, leased or done
   */
  drop(guid: string): Promise<boolean>;
  stats(now: Date): Promise<InboxStats>;
  /**
   * Forgets the GUIDs of deliveries that were done before then. GitHub redelivers for a few days only: 30 days are plenty.
   * @returns how many
   */
  purge(before: Date): Promise<number>;
  /**
   * Whether what is put can still be found after a new start; absent where the storage is not this process's own.
   * @throws StorageBroken once it cannot, and from then on
   */
  check?(): Promise<void>;
  close(): Promise<void>;
}

/** How a claim may go on. */
export type WaysOn = Pick<Inbox, "extend" | "done" | "retry" | "setAside" | "release">;

export interface InboxOptions {
  /** How many deliveries may be unfinished before `put` refuses new ones; 100,000 by default. GitHub notes a failure, and redelivers. */
  readonly maxWaiting?: number;
  /** For what an inbox decides by the time without being told it; the machine's by default. */
  readonly clock?: () => Date;
  /** For how long something takes, in milliseconds: a clock that nobody can set. `performance.now` by default. */
  readonly monotonic?: () => number;
  /** SQLite's way to the disk; the system's own by default. */
  readonly disk?: Disk;
}

export const DEFAULT_MAX_WAITING = 100_000;

/** How an attempt ended, and when there shall be another. */
export interface FailedAttempt {
  readonly error: string;
  readonly failedAt: Date;
  readonly dueAt: Date;
  /** What held the delivery up, so that the attempt does not count; absent where the delivery may be at fault. */
  readonly heldUpBy?: HeldUpBy;
}

/**
 * No wait is longer than its own length, though clocks are set: a delivery whose wait begins in the future is due. Clocks of several
 * servers differ, so a little of the future is none. Of a lease, much more is none: a live worker renews it, by its own clock.
 */
export const CLOCKS_DIFFER_MS = { waiting: 5000, leased: 15 * 60_000 } as const;
