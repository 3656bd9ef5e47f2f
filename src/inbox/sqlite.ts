import { randomUUID } from "node:crypto";
import { LoopForgeError, type Timestamp, timestamp } from "../core/index.js";
import { type Outlasts, type Row, SqliteDatabase } from "../store/sqlite/database.js";
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
import { Recall } from "./recall.js";
import { DONE, fromBody, ignoredTally, toBody, toClaim, toInfo, toStats } from "./rows.js";
import { INBOX_MIGRATIONS, SQL } from "./sqlite/schema.js";
import { checkNames, cleanReason, MAX_EVENT_NAMES, seqIn } from "./texts.js";

/** A larger log is checkpointed less often, so that a body which is soon removed may never reach the file. In pages of 4 KB. */
const CHECKPOINT_PAGES = 8000;
const PURGE_BATCH = 1000;

/**
 * The inbox in one SQLite file of its own. One server works it; the command line may look at it, retry and drop at the same time.
 * What is asked for side by side shares one transaction, and so one wait for the disk.
 */
export class SqliteInbox implements Inbox {
  readonly #db: SqliteDatabase;
  readonly #maxWaiting: number;
  readonly #recall = new Recall();

  /**
   * @param file a path, or `:memory:`
   * @throws LoopForgeError `store_unavailable` when the file cannot be opened, `store_schema` when it is not an inbox of this or
   * an older LoopForge
   */
  constructor(file: string, { maxWaiting = DEFAULT_MAX_WAITING, disk }: InboxOptions = {}) {
    this.#maxWaiting = maxWaiting;
    this.#db = new SqliteDatabase(file, INBOX_MIGRATIONS, disk);
    if (this.#db.one(SQL.isInbox)?.tables !== 3) {
      this.#db.close();
      throw new LoopForgeError(
        "store_schema",
        `The SQLite file ${file} is not an inbox. Name a file of its own for the inbox.`,
      );
    }
    this.#db.one(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  }

  async put(delivery: Delivery): Promise<"stored" | "duplicate" | "requeued"> {
    checkNames(delivery);
    const { guid, event, action, key, receivedAt, payloadSha256 } = delivery;
    const body = toBody(delivery.body);
    return this.#write(() => {
      const isFull = Number(this.#db.one(SQL.unfinished)?.count) >= this.#maxWaiting;
      if (isFull && !this.#db.one(SQL.known, guid)) throw inboxFull(this.#maxWaiting);
      const stored = this.#change(SQL.insert, guid, event, action, key, receivedAt, payloadSha256);
      if (stored) {
        this.#db.run(SQL.insertBody, Number(stored.seq), body);
        return "stored";
      }
      const known = this.#db.one(SQL.known, guid);
      if (known?.payload_sha256 !== payloadSha256) throw mismatch(guid);
      if (known.status !== "failed") return "duplicate";
      this.#requeue(Number(known.seq));
      return "requeued";
    }, "power");
  }

  async ignore(event: string): Promise<void> {
    const name = ignoredTally(event);
    await this.#write(() => {
      const { names, known } = this.#db.one(SQL.tallied, name) ?? {};
      const full = known === 0 && Number(names) >= MAX_EVENT_NAMES;
      this.#db.run(SQL.tally, full ? ignoredTally("(other)") : name, 1);
    });
  }

  claim(limit: number, now: Date, leaseMs: number): Promise<readonly Claim[]> {
    const at = now.getTime();
    const recalls = this.#recall.isDue(at);
    return this.#write(() => {
      this.#db.run(SQL.fallDue, at);
      if (recalls) this.#db.run(SQL.recall, at + CLOCKS_DIFFER_MS.waiting, at + CLOCKS_DIFFER_MS.leased);
      return this.#db.all(SQL.due, limit).map((row) => {
        const lease = randomUUID();
        this.#db.run(SQL.lease, at, at + leaseMs, lease, Number(row.seq));
        return toClaim(row, Number(row.attempt) + 1, lease);
      });
    });
  }

  nextDueAt(now: Date): Promise<Timestamp | null> {
    return this.#read(() => {
      const at = this.#db.one(SQL.nextDue, Math.max(0, now.getTime()))?.at;
      return typeof at === "number" ? timestamp(at) : null;
    });
  }

  extend({ guid, lease }: Claim, now: Date, leaseMs: number): Promise<boolean> {
    return this.#write(() => this.#db.run(SQL.extend, now.getTime(), now.getTime() + leaseMs, guid, lease) === 1);
  }

  done({ guid, lease }: Claim, now: Date): Promise<boolean> {
    return this.#write(() => {
      const ended = this.#change(SQL.done, now.getTime(), guid, lease);
      if (!ended) return false;
      this.#db.run(SQL.deleteBody, Number(ended.seq));
      this.#db.run(SQL.promote, String(ended.key));
      this.#db.run(SQL.tally, DONE, 1);
      return true;
    });
  }

  retry({ guid, lease }: Claim, { error, failedAt, dueAt, heldUpBy }: FailedAttempt): Promise<boolean> {
    const values = [cleanReason(error), failedAt.getTime(), Math.max(1, dueAt.getTime()), heldUpBy ?? null] as const;
    return this.#write(() => this.#db.run(SQL.retry, ...values, guid, lease) === 1);
  }

  setAside({ guid, lease }: Claim, reason: string, now: Date): Promise<boolean> {
    return this.#write(() => {
      const ended = this.#change(SQL.setAside, cleanReason(reason), now.getTime(), guid, lease);
      if (ended) this.#db.run(SQL.promote, String(ended.key));
      return ended !== undefined;
    });
  }

  release({ guid, lease }: Claim): Promise<boolean> {
    return this.#write(() => this.#db.run(SQL.release, guid, lease) === 1);
  }

  releaseAll(): Promise<number> {
    return this.#write(() => this.#db.run(SQL.releaseAll));
  }

  list({ status, cursor, limit = 100 }: InboxQuery = {}): Promise<InboxPage> {
    return this.#read(() => {
      const before = seqIn(cursor);
      const rows = status
        ? this.#db.all(SQL.listByStatus, status, before, limit + 1)
        : this.#db.all(SQL.list, before, limit + 1);
      const page = rows.slice(0, limit);
      return { items: page.map(toInfo), cursor: rows.length > limit ? String(page.at(-1)?.seq) : null };
    });
  }

  show(guid: string): Promise<(DeliveryInfo & { body: string | null }) | null> {
    return this.#read(() => {
      const row = this.#db.one(SQL.show, guid);
      return row ? { ...toInfo(row), body: row.body ? fromBody(row.body) : null } : null;
    });
  }

  retryNow(guid: string): Promise<boolean> {
    return this.#write(() => {
      const known = this.#db.one(SQL.known, guid);
      if (known?.status === "failed") this.#requeue(Number(known.seq));
      else if (known?.status === "waiting") this.#db.run(SQL.retryNow, guid);
      else return false;
      return true;
    }, "power");
  }

  drop(guid: string): Promise<boolean> {
    return this.#write(() => {
      const dropped = this.#change(SQL.drop, guid);
      if (!dropped) return false;
      this.#db.run(SQL.deleteBody, Number(dropped.seq));
      this.#db.run(SQL.promote, String(dropped.key));
      return true;
    }, "power");
  }

  stats(now: Date): Promise<InboxStats> {
    return this.#read(() =>
      toStats({
        leased: Number(this.#db.one(SQL.countLeased, Math.max(0, now.getTime()))?.count),
        failed: Number(this.#db.one(SQL.countFailed)?.count),
        tallies: this.#db.all(SQL.tallies),
        oldestWaiting: this.#db.one(SQL.oldestWaiting),
      }),
    );
  }

  async purge(before: Date): Promise<number> {
    let purged = 0;
    for (;;) {
      // In batches, so that puts do not wait for a long one.
      const batch = await this.#write(() => {
        const changes = this.#db.run(SQL.purge, before.getTime(), PURGE_BATCH);
        if (changes > 0) this.#db.run(SQL.tally, DONE, -changes);
        return changes;
      });
      purged += batch;
      if (batch < PURGE_BATCH) return purged;
    }
  }

  async check(): Promise<void> {
    this.#db.check();
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  /** Behind the others of its key: its turn has passed. */
  #requeue(seq: number): void {
    const next = Number(this.#db.one(SQL.newSeq)?.seq);
    const requeued = this.#change(SQL.requeue, next, seq);
    this.#db.run(SQL.moveBody, next, seq);
    this.#db.run(SQL.promote, String(requeued?.key));
  }

  /** For a statement with RETURNING. @returns the row that it changed */
  #change(sql: string, ...values: (string | number | null)[]): Row | undefined {
    return this.#db.all(sql, ...values)[0];
  }

  /** A lease or an end that a power cut takes away comes to no more than the same work once again: only deliveries must outlast it. */
  #write<T>(work: () => T, outlasts: Outlasts = "process"): Promise<T> {
    return this.#db.write(work, outlasts).catch(unavailable);
  }

  async #read<T>(work: () => T): Promise<T> {
    try {
      return work();
    } catch (error) {
      return unavailable(error);
    }
  }
}
