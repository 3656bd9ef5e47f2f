import { randomUUID } from "node:crypto";
import { type Timestamp, timestamp } from "../core/index.js";
import { PostgresDatabase, type Value } from "../store/postgres/database.js";
import type { RetryOptions } from "../store/retry.js";
import type { Row } from "../store/row.js";
import {
  CLOCKS_DIFFER_MS,
  type Claim,
  DEFAULT_MAX_WAITING,
  type Delivery,
  type DeliveryInfo,
  type FailedAttempt,
  type Inbox,
  type InboxOptions,
  type InboxPage,
  type InboxQuery,
  type InboxStats,
} from "./inbox.js";
import { inboxFull, mismatch, unavailable } from "./inbox-errors.js";
import { INBOX_TABLES, type Statements } from "./postgres/sql.js";
import { Recall } from "./recall.js";
import { fromBody, ignoredTally, toBody, toClaim, toInfo, toStats } from "./rows.js";
import { checkNames, cleanReason, MAX_EVENT_NAMES, seqIn } from "./texts.js";

const PURGE_BATCH = 1000;

/**
 * The inbox in a schema of a PostgreSQL database, for several servers at once. What one of them puts, another may work: each looks again
 * every now and then (the worker's `pollMs`).
 */
export class PostgresInbox implements Inbox {
  readonly #db: PostgresDatabase<Statements>;
  readonly #sql: Statements;
  readonly #maxWaiting: number;
  readonly #recall = new Recall();

  private constructor(db: PostgresDatabase<Statements>, maxWaiting: number) {
    this.#db = db;
    this.#sql = db.sql;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * @param url `postgres://user:password@host:port/database?schema=loopforge&pool=10`
   * @throws LoopForgeError `usage` when it is none, or `pg` is not installed; `inbox_unavailable` when the server cannot be reached;
   * `store_schema` when a newer LoopForge made the tables
   */
  static async open(url: string, options: InboxOptions & RetryOptions = {}): Promise<PostgresInbox> {
    const db = await PostgresDatabase.open(url, INBOX_TABLES, options).catch(unavailable);
    return new PostgresInbox(db, options.maxWaiting ?? DEFAULT_MAX_WAITING);
  }

  async put(delivery: Delivery): Promise<"stored" | "duplicate" | "requeued"> {
    checkNames(delivery);
    const { guid, event, action, key, receivedAt, payloadSha256, body } = delivery;
    const values = [guid, event, action, key, receivedAt, payloadSha256, toBody(body), this.#maxWaiting];
    const outcome = (await this.#one(this.#sql.put, ...values))?.outcome as
      | Awaited<ReturnType<Inbox["put"]>>
      | "mismatch"
      | "full";
    if (outcome === "mismatch") throw mismatch(guid);
    if (outcome === "full") throw inboxFull(this.#maxWaiting);
    return outcome;
  }

  async ignore(event: string): Promise<void> {
    await this.#one(this.#sql.ignore, ignoredTally(event), ignoredTally("(other)"), MAX_EVENT_NAMES);
  }

  async claim(limit: number, now: Date, leaseMs: number): Promise<readonly Claim[]> {
    const lease = randomUUID();
    const at = now.getTime();
    if (this.#recall.isDue(at)) {
      await this.#all(this.#sql.recall, at + CLOCKS_DIFFER_MS.waiting, at + CLOCKS_DIFFER_MS.leased);
    }
    const rows = await this.#all(this.#sql.claim, limit, at, at + leaseMs, lease);
    return rows.map((row) => toClaim(row, Number(row.attempt), lease));
  }

  async nextDueAt(now: Date): Promise<Timestamp | null> {
    const at = (await this.#one(this.#sql.nextDue, Math.max(0, now.getTime())))?.at;
    return typeof at === "number" ? timestamp(at) : null;
  }

  extend({ guid, lease }: Claim, now: Date, leaseMs: number): Promise<boolean> {
    return this.#changes(this.#sql.extend, guid, lease, now.getTime(), now.getTime() + leaseMs);
  }

  done(claim: Claim, now: Date): Promise<boolean> {
    return this.#finish(claim, "done", null, now);
  }

  retry({ guid, lease }: Claim, { error, failedAt, dueAt, heldUpBy }: FailedAttempt): Promise<boolean> {
    const values = [cleanReason(error), failedAt.getTime(), Math.max(1, dueAt.getTime()), heldUpBy ?? null] as const;
    return this.#changes(this.#sql.retry, guid, lease, ...values);
  }

  setAside(claim: Claim, reason: string, now: Date): Promise<boolean> {
    return this.#finish(claim, "failed", cleanReason(reason), now);
  }

  release({ guid, lease }: Claim): Promise<boolean> {
    return this.#changes(this.#sql.release, guid, lease);
  }

  /** Whoever holds a lease may be another server that is well. */
  async releaseAll(): Promise<number> {
    return 0;
  }

  async list({ status, cursor, limit = 100 }: InboxQuery = {}): Promise<InboxPage> {
    const before = seqIn(cursor);
    const rows = status
      ? await this.#all(this.#sql.listByStatus, before, limit + 1, status)
      : await this.#all(this.#sql.list, before, limit + 1);
    const page = rows.slice(0, limit);
    return { items: page.map(toInfo), cursor: rows.length > limit ? String(page.at(-1)?.place) : null };
  }

  async show(guid: string): Promise<(DeliveryInfo & { body: string | null }) | null> {
    const row = await this.#one(this.#sql.show, guid);
    return row ? { ...toInfo(row), body: row.body ? fromBody(row.body) : null } : null;
  }

  async retryNow(guid: string): Promise<boolean> {
    return (await this.#one(this.#sql.retryNow, guid))?.kept === true;
  }

  async drop(guid: string): Promise<boolean> {
    return (await this.#one(this.#sql.drop, guid))?.kept === true;
  }

  async stats(now: Date): Promise<InboxStats> {
    const [leased, failed, tallies, oldestWaiting] = await Promise.all([
      this.#one(this.#sql.countLeased, now.getTime()),
      this.#one(this.#sql.countFailed),
      this.#all(this.#sql.tallies),
      this.#one(this.#sql.oldestWaiting),
    ]);
    return toStats({ leased: Number(leased?.count), failed: Number(failed?.count), tallies, oldestWaiting });
  }

  async purge(before: Date): Promise<number> {
    let purged = 0;
    for (;;) {
      // In batches, so that none holds its rows for long.
      const batch = Number((await this.#one(this.#sql.purge, before.getTime(), PURGE_BATCH))?.purged);
      purged += batch;
      if (batch < PURGE_BATCH) return purged;
    }
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  async #finish({ guid, key, lease }: Claim, status: "done" | "failed", error: string | null, now: Date) {
    return (await this.#one(this.#sql.finish, guid, key, lease, status, error, now.getTime()))?.kept === true;
  }

  async #changes(sql: string, ...values: Value[]): Promise<boolean> {
    return (await this.#all(sql, ...values)).length === 1;
  }

  #all(sql: string, ...values: Value[]): Promise<readonly Row[]> {
    return this.#db.all(sql, ...values).catch(unavailable);
  }

  async #one(sql: string, ...values: Value[]): Promise<Row | undefined> {
    return (await this.#all(sql, ...values))[0];
  }
}
