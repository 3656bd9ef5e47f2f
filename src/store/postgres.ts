import {
  encodeHead,
  type Hash,
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
import { entryTaken } from "./entry-taken.js";
import { checkedHeadIn, headIn } from "./head-row.js";
import { type StoreOptions, systemClock } from "./options.js";
import { cursorAfterHead, cursorAfterId, pageLimit, pageOf, readHeadCursor, readIdCursor } from "./paging.js";
import { PostgresDatabase } from "./postgres/database.js";
import { PostgresFacts } from "./postgres/facts.js";
import { PostgresItems } from "./postgres/items.js";
import { PostgresPeople } from "./postgres/people.js";
import { ENTRIES_KEY, STORE_TABLES, type Statements } from "./postgres/sql.js";
import { recordTaken } from "./record-taken.js";
import type { Append, Appended, EntryRange, Facts, Items, ListQuery, LoopStore, Page, People } from "./repository.js";
import type { RetryOptions } from "./retry.js";
import { integerIn, type Row, textIn } from "./row.js";
import { saveRecord } from "./save-record.js";

export interface PostgresOptions extends StoreOptions, RetryOptions {}

/** A store in a schema of a PostgreSQL database, for as many machines as like. One append is one statement in one transaction. */
export class PostgresRepository implements LoopStore {
  readonly people: People;
  readonly items: Items;
  readonly facts: Facts;
  readonly #db: PostgresDatabase<Statements>;
  readonly #options: PostgresOptions;

  private constructor(db: PostgresDatabase<Statements>, options: PostgresOptions) {
    this.#db = db;
    this.#options = options;
    this.people = new PostgresPeople(db);
    this.items = new PostgresItems(db, options.clock ?? systemClock);
    this.facts = new PostgresFacts(db, options.clock ?? systemClock);
  }

  /**
   * Connects, and makes the tables where there are none yet.
   * @param url `postgres://user:password@host:5432/database`, with `?schema=` (default `loopforge`) and `?pool=` (connections, default 10)
   * @throws LoopForgeError `usage`, `store_unavailable`, `store_schema`
   */
  static async open(url: string, options: PostgresOptions = {}): Promise<PostgresRepository> {
    return new PostgresRepository(await PostgresDatabase.open(url, STORE_TABLES, options), options);
  }

  save(record: LoopRecord): Promise<void> {
    return saveRecord(this, record);
  }

  async get(recordId: RecordId): Promise<LoopRecord | null> {
    const head = await this.head(recordId);
    // No further than the head that was read: somebody may have written in between.
    return head && withHistory(head, await this.entries(recordId, { limit: head.ledger.length }));
  }

  delete(recordId: RecordId): Promise<void> {
    return deleteRecord(this, recordId, this.#options.clock ?? systemClock);
  }

  async listByState(state: string, limit?: number): Promise<readonly LoopRecord[]> {
    const heads = await this.#heads({ state }, pageLimit(limit));
    const lengths = heads.map((head) => head.ledger.length);
    const ids = heads.map((head) => head.recordId);
    const histories = new Map<RecordId, StoredEntry[]>(ids.map((id) => [id, []]));
    for (const row of await this.#db.all(this.#db.sql.histories, ids, lengths)) {
      histories.get(idIn(row))?.push(entryIn(row, idIn(row)));
    }
    return heads.map((head) => withHistory(head, histories.get(head.recordId) ?? []));
  }

  async append(write: Append): Promise<Appended> {
    checkAppend(write);
    return appendSurely(this, write, (one) => this.#append(one), this.#options);
  }

  async head(recordId: RecordId): Promise<RecordHead | null> {
    const row = await this.#db.one(this.#db.sql.head, recordId);
    return row ? checkedHeadIn(row) : null;
  }

  async entries(recordId: RecordId, range: EntryRange = {}): Promise<readonly StoredEntry[]> {
    const { after = 0, limit = null, newest = false } = range;
    const { newestEntries, oldestEntries } = this.#db.sql;
    const rows = await this.#db.all(newest ? newestEntries : oldestEntries, recordId, after, limit);
    const entries = rows.map((row) => entryIn(row, recordId));
    return newest ? entries.reverse() : entries;
  }

  async list(query: ListQuery = {}): Promise<Page<RecordHead>> {
    const limit = pageLimit(query.limit);
    return pageOf(await this.#heads(query, limit + 1), limit, cursorAfterHead);
  }

  async ledgers(query: Omit<ListQuery, "state"> = {}): Promise<Page<RecordId>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? "" : readIdCursor(query.cursor);
    const rows = await this.#db.all(this.#db.sql.ledgersAfter, after, limit + 1);
    return pageOf(rows.map(idIn), limit, cursorAfterId);
  }

  async findByLink(link: string): Promise<readonly RecordId[]> {
    return (await this.#db.all(this.#db.sql.recordsLinked, link)).map(idIn);
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  async #append(write: Append): Promise<Appended> {
    const { head, expectedVersion, entries, unlinked = [], remove = false } = write;
    const { recordId } = head;
    const linked = expectedVersion === 0 ? head.links : (write.linked ?? []);
    let rows: readonly Row[];
    try {
      rows = await this.#db.ask(this.#db.sql.append, [
        recordId,
        expectedVersion,
        head.version,
        head.state,
        head.updatedAt,
        JSON.stringify(encodeHead(head)),
        firstSeq(write),
        head.ledger.length,
        entries.map((entry) => entry.text),
        entries.map((entry) => entry.hash),
        remove ? [] : linked,
        remove ? [...unlinked, ...head.links] : unlinked,
        write.idempotencyKey ?? null,
        remove,
      ]);
    } catch (error) {
      // A new record begins with entry 1: where that is taken and there is no record, it was deleted.
      if (constraintIn(error) === ENTRIES_KEY) {
        throw expectedVersion === 0 ? recordTaken(recordId) : entryTaken(recordId, firstSeq(write));
      }
      throw error;
    }
    const [row = {}] = rows;
    const outcome = textIn(row, "outcome");
    if (outcome === "conflict") throw versionConflict(recordId, expectedVersion);
    return { replayed: outcome === "replayed", first: integerIn(row, "first"), last: integerIn(row, "last") };
  }

  async #heads({ state, cursor }: ListQuery, limit: number): Promise<readonly RecordHead[]> {
    const { updatedAt, recordId } = cursor === undefined ? BEGINNING : readHeadCursor(cursor);
    const { heads, headsInState } = this.#db.sql;
    const rows =
      state === undefined
        ? await this.#db.all(heads, updatedAt, recordId, limit)
        : await this.#db.all(headsInState, updatedAt, recordId, limit, state);
    return rows.map(headIn);
  }
}

const BEGINNING = { updatedAt: "", recordId: "" };

function idIn(row: Row): RecordId {
  return textIn(row, "record_id") as RecordId;
}

function entryIn(row: Row, recordId: RecordId): StoredEntry {
  return { recordId, seq: integerIn(row, "seq"), text: textIn(row, "text"), hash: textIn(row, "hash") as Hash };
}

/** Which unique key refused the statement, of those that have a name. */
function constraintIn(error: unknown): unknown {
  return error instanceof Error && "constraint" in error ? error.constraint : undefined;
}
