import {
  encodeHead,
  type Hash,
  LoopForgeError,
  type LoopRecord,
  type RecordHead,
  type RecordId,
  type StoredEntry,
  versionConflict,
  withHistory,
} from "../core/index.js";
import { appendSurely } from "./append-surely.js";
import { checkAppend, firstSeq } from "./check-append.js";
import { deleteRecord } from "./delete-record.js";
import { checkedHeadIn, headIn } from "./head-row.js";
import { type StoreOptions, systemClock } from "./options.js";
import {
  cursorAfterHead,
  cursorAfterId,
  type Position,
  pageLimit,
  pageOf,
  readHeadCursor,
  readIdCursor,
} from "./paging.js";
import { recordTaken } from "./record-taken.js";
import { RedisConnection } from "./redis/connection.js";
import { durabilityWarnings } from "./redis/durability.js";
import { RedisFacts } from "./redis/facts.js";
import { RedisItems } from "./redis/items.js";
import { OldRedisStore } from "./redis/old-store.js";
import { RedisPeople } from "./redis/people.js";
import { APPEND, ENTRIES, HEADS } from "./redis/scripts.js";
import type { Append, Appended, EntryRange, Facts, Items, ListQuery, LoopStore, Page, People } from "./repository.js";
import type { RetryOptions } from "./retry.js";
import { saveRecord } from "./save-record.js";
import { upgradeStore } from "./upgrade.js";

export interface RedisOptions extends StoreOptions, RetryOptions {}

/** So many heads are read at a time: while a script runs, the server does nothing else. */
const STRETCH = 500;

/**
 * A store in a Redis or Valkey server. One append is one script, which Redis runs as one step. What is acknowledged is kept only where
 * the server writes to the disk before it answers: with `appendonly yes` and `appendfsync always`. See {@link RedisRepository.warnings}.
 */
export class RedisRepository implements LoopStore {
  readonly people: People;
  readonly items: Items;
  readonly facts: Facts;
  /** What is to be said of the server's settings, a line each: none when it keeps all that it acknowledges. */
  readonly warnings: readonly string[];
  readonly #connection: RedisConnection;
  readonly #options: RedisOptions;

  private constructor(connection: RedisConnection, options: RedisOptions, warnings: readonly string[]) {
    this.#connection = connection;
    this.#options = options;
    this.warnings = warnings;
    this.people = new RedisPeople(connection);
    this.items = new RedisItems(connection, options.clock ?? systemClock);
    this.facts = new RedisFacts(connection, options.clock ?? systemClock);
  }

  /**
   * Connects, and brings the keys of an older LoopForge up to date.
   * @param url `redis://user:password@host:6379/0`, or `rediss:` for TLS, with `?prefix=` (of every key, default `loopforge`)
   * @throws LoopForgeError `usage`, `store_unavailable`, `store_schema`
   */
  static async open(url: string, options: RedisOptions = {}): Promise<RedisRepository> {
    const connection = await RedisConnection.open(url, options);
    try {
      const store = new RedisRepository(connection, options, await durabilityWarnings(connection));
      if (connection.isOld) {
        await upgradeStore(new OldRedisStore(connection, store.facts), (options.clock ?? systemClock)());
        await connection.noteSchema();
      }
      return store;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  save(record: LoopRecord): Promise<void> {
    return saveRecord(this, record);
  }

  async get(recordId: RecordId): Promise<LoopRecord | null> {
    const head = await this.head(recordId);
    return head && this.#whole(head);
  }

  delete(recordId: RecordId): Promise<void> {
    return deleteRecord(this, recordId, this.#options.clock ?? systemClock);
  }

  async listByState(state: string, limit?: number): Promise<readonly LoopRecord[]> {
    const heads = await this.#heads(state, null, pageLimit(limit));
    return Promise.all(heads.map((head) => this.#whole(head)));
  }

  async append(write: Append): Promise<Appended> {
    checkAppend(write);
    return appendSurely(this, write, (one) => this.#append(one), this.#options);
  }

  async head(recordId: RecordId): Promise<RecordHead | null> {
    const values = await this.#connection.command(
      "HMGET",
      `head:${recordId}`,
      "version",
      "state",
      "updated_at",
      "head",
    );
    const [version, state, updated_at, head] = listOf(values);
    return head === null ? null : checkedHeadIn({ record_id: recordId, version, state, updated_at, head });
  }

  async entries(recordId: RecordId, range: EntryRange = {}): Promise<readonly StoredEntry[]> {
    const { after = 0, limit = -1, newest = false } = range;
    const answer = await this.#connection.run(ENTRIES, recordId, after, limit, newest ? 1 : 0);
    const [before, texts] = listOf(answer);
    return listOf(texts).map((text, index) => entryIn(text, recordId, Number(before) + index + 1));
  }

  async list(query: ListQuery = {}): Promise<Page<RecordHead>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? null : readHeadCursor(query.cursor);
    return pageOf(await this.#heads(query.state, after, limit + 1), limit, cursorAfterHead);
  }

  async ledgers(query: Omit<ListQuery, "state"> = {}): Promise<Page<RecordId>> {
    const limit = pageLimit(query.limit);
    const from = query.cursor === undefined ? "-" : `(${readIdCursor(query.cursor)}`;
    const ids = await this.#connection.command("ZRANGEBYLEX", "ledgers", from, "+", "LIMIT", 0, limit + 1);
    return pageOf(listOf(ids) as RecordId[], limit, cursorAfterId);
  }

  async findByLink(link: string): Promise<readonly RecordId[]> {
    return (listOf(await this.#connection.command("SMEMBERS", `link:${link}`)) as RecordId[]).toSorted();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #append(write: Append): Promise<Appended> {
    const { head, expectedVersion, entries, unlinked = [], remove = false, idempotencyKey } = write;
    const { recordId } = head;
    const linked = expectedVersion === 0 ? head.links : (write.linked ?? []);
    const gone = remove ? [...unlinked, ...head.links] : unlinked;
    const come = remove ? [] : linked;
    const answer = await this.#connection.ask(APPEND, [
      recordId,
      expectedVersion,
      head.version,
      head.state,
      head.updatedAt,
      JSON.stringify(encodeHead(head)),
      firstSeq(write),
      head.ledger.length,
      remove ? 1 : 0,
      idempotencyKey === undefined ? 0 : 1,
      idempotencyKey ?? "",
      entries.length,
      ...entries.map((entry) => `${entry.hash}\n${entry.text}`),
      gone.length,
      ...gone,
      come.length,
      ...come,
    ]);
    const [outcome, detail] = listOf(answer);
    if (outcome === "conflict") throw versionConflict(recordId, expectedVersion);
    if (outcome === "taken") throw recordTaken(recordId);
    if (outcome === "ledger") throw notAsLong(recordId, Number(detail), firstSeq(write) - 1);
    const [first, last] = String(detail).split(" ").map(Number);
    return { replayed: outcome === "replayed", first: first ?? 0, last: last ?? 0 };
  }

  async #heads(state: string | undefined, after: Position | null, limit: number): Promise<readonly RecordHead[]> {
    const index = state === undefined ? "all" : `state:${state}`;
    const heads: RecordHead[] = [];
    for (let from = after ? `(${after.updatedAt}\n${after.recordId}` : "-"; heads.length < limit; ) {
      const wanted = Math.min(STRETCH, limit - heads.length);
      const found = listOf(await this.#connection.run(HEADS, index, from, wanted)).map(listOf);
      for (const [, head] of found) if (head !== null) heads.push(headIn({ head }));
      if (found.length < wanted) break;
      from = `(${String(found.at(-1)?.[0])}`;
    }
    return heads;
  }

  /** No further than the head that was read: somebody may have written in between. */
  async #whole(head: RecordHead): Promise<LoopRecord> {
    return withHistory(head, await this.entries(head.recordId, { limit: head.ledger.length }));
  }
}

function listOf(answer: unknown): readonly unknown[] {
  return Array.isArray(answer) ? (answer as unknown[]) : [];
}

function entryIn(kept: unknown, recordId: RecordId, seq: number): StoredEntry {
  const line = String(kept);
  const end = line.indexOf("\n");
  return { recordId, seq, text: line.slice(end + 1), hash: line.slice(0, Math.max(0, end)) as Hash };
}

function notAsLong(recordId: RecordId, length: number, expected: number): LoopForgeError {
  return new LoopForgeError(
    "corrupt_ledger",
    `Record ${recordId} has ${length} entries in its ledger, and its head says ${expected}`,
  );
}
