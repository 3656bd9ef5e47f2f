import {
  encodeHead,
  type Hash,
  type LoopForgeError,
  type LoopRecord,
  type RecordHead,
  type RecordId,
  type StoredEntry,
  versionConflict,
  withHistory,
} from "../core/index.js";
import { checkAppend, firstSeq } from "./check-append.js";
import { deleteRecord } from "./delete-record.js";
import { entryTaken } from "./entry-taken.js";
import { checkedHeadIn, headIn } from "./head-row.js";
import { type StoreOptions, systemClock } from "./options.js";
import { cursorAfterHead, cursorAfterId, pageLimit, pageOf, readHeadCursor, readIdCursor } from "./paging.js";
import { recordTaken } from "./record-taken.js";
import type { Append, Appended, EntryRange, Facts, Items, ListQuery, LoopStore, Page, People } from "./repository.js";
import { integerIn, type Row, textIn } from "./row.js";
import { saveRecord } from "./save-record.js";
import { SqliteDatabase } from "./sqlite/database.js";
import { SqliteFacts } from "./sqlite/facts.js";
import { SqliteItems } from "./sqlite/items.js";
import { MIGRATIONS } from "./sqlite/migrations.js";
import { SqlitePeople } from "./sqlite/people.js";
import * as sql from "./sqlite/sql.js";

/** A log of 16 MB, in pages of 4 KB, before it is worked into the file: pages that change often then go there less often. */
const CHECKPOINT_PAGES = 4000;

/** A store in one SQLite file: for one machine. Writes asked for side by side share one wait for the disk. */
export class SqliteRepository implements LoopStore {
  readonly people: People;
  readonly items: Items;
  readonly facts: Facts;
  readonly #db: SqliteDatabase;
  readonly #clock: () => Date;

  /**
   * @param file a path, made when it is not there, or `:memory:`
   * @throws LoopForgeError `store_unavailable`, `store_schema`
   */
  constructor(file: string, options: StoreOptions = {}) {
    this.#db = new SqliteDatabase(file, MIGRATIONS, options.disk);
    this.#db.one(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    this.#clock = options.clock ?? systemClock;
    this.people = new SqlitePeople(this.#db);
    this.items = new SqliteItems(this.#db, this.#clock);
    this.facts = new SqliteFacts(this.#db, this.#clock);
  }

  save(record: LoopRecord): Promise<void> {
    return saveRecord(this, record);
  }

  async get(recordId: RecordId): Promise<LoopRecord | null> {
    const row = this.#db.one(sql.HEAD, recordId);
    return row ? this.#whole(checkedHeadIn(row)) : null;
  }

  delete(recordId: RecordId): Promise<void> {
    return deleteRecord(this, recordId, this.#clock);
  }

  async listByState(state: string, limit?: number): Promise<readonly LoopRecord[]> {
    return this.#heads({ state }, pageLimit(limit)).map((head) => this.#whole(head));
  }

  async append(write: Append): Promise<Appended> {
    checkAppend(write);
    return this.#db.write(() => this.#append(write));
  }

  async head(recordId: RecordId): Promise<RecordHead | null> {
    const row = this.#db.one(sql.HEAD, recordId);
    return row ? checkedHeadIn(row) : null;
  }

  async entries(recordId: RecordId, range: EntryRange = {}): Promise<readonly StoredEntry[]> {
    return this.#entries(recordId, range);
  }

  async list(query: ListQuery = {}): Promise<Page<RecordHead>> {
    const limit = pageLimit(query.limit);
    return pageOf(this.#heads(query, limit + 1), limit, cursorAfterHead);
  }

  async ledgers(query: Omit<ListQuery, "state"> = {}): Promise<Page<RecordId>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? "" : readIdCursor(query.cursor);
    return pageOf(this.#db.all(sql.LEDGERS_AFTER, after, limit + 1).map(idIn), limit, cursorAfterId);
  }

  async findByLink(link: string): Promise<readonly RecordId[]> {
    return this.#db.all(sql.RECORDS_LINKED, link).map(idIn);
  }

  async check(): Promise<void> {
    this.#db.check();
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  /** Inside the transaction: a throw undoes all of it. */
  #append(write: Append): Appended {
    const { head, entries, idempotencyKey } = write;
    const written = { first: firstSeq(write), last: head.ledger.length };
    if (idempotencyKey !== undefined && !this.#takeKey(head.recordId, idempotencyKey, written)) {
      return this.#written(head.recordId, idempotencyKey);
    }
    if (!this.#putHead(write)) throw this.#refusal(write);
    for (const { recordId, seq, text, hash } of entries) {
      if (this.#db.run(sql.INSERT_ENTRY, recordId, seq, text, hash) === 0) throw entryTaken(recordId, seq);
    }
    this.#link(write);
    return { replayed: false, ...written };
  }

  /** @returns false when the record is not at the version that was expected. */
  #putHead({ head, expectedVersion, remove }: Append): boolean {
    const { recordId, state, updatedAt, version } = head;
    if (remove) return this.#db.run(sql.DELETE_HEAD, recordId, expectedVersion) > 0;
    const text = JSON.stringify(encodeHead(head));
    return expectedVersion === 0
      ? this.#db.run(sql.INSERT_HEAD, recordId, state, updatedAt, version, text) > 0
      : this.#db.run(sql.UPDATE_HEAD, state, updatedAt, version, text, recordId, expectedVersion) > 0;
  }

  #refusal({ head: { recordId }, expectedVersion }: Append): LoopForgeError {
    const isDeleted = expectedVersion === 0 && !this.#db.one(sql.HEAD, recordId);
    return isDeleted ? recordTaken(recordId) : versionConflict(recordId, expectedVersion);
  }

  #link({ head, expectedVersion, linked, unlinked = [], remove }: Append): void {
    const gone = remove ? [...unlinked, ...head.links] : unlinked;
    for (const link of gone) this.#db.run(sql.DELETE_LINK, link, head.recordId);
    if (remove) return;
    for (const link of (expectedVersion === 0 ? head.links : linked) ?? []) {
      this.#db.run(sql.INSERT_LINK, link, head.recordId);
    }
  }

  /** @returns false when the key was used before. */
  #takeKey(recordId: RecordId, key: string, { first, last }: { first: number; last: number }): boolean {
    return this.#db.run(sql.INSERT_KEY, recordId, key, first, last) > 0;
  }

  #written(recordId: RecordId, key: string): Appended {
    const row = this.#db.one(sql.WRITTEN, recordId, key) ?? {};
    return { replayed: true, first: integerIn(row, "first"), last: integerIn(row, "last") };
  }

  #heads({ state, cursor }: ListQuery, limit: number): readonly RecordHead[] {
    const { updatedAt, recordId } = cursor === undefined ? BEGINNING : readHeadCursor(cursor);
    const rows =
      state === undefined
        ? this.#db.all(sql.HEADS, updatedAt, recordId, limit)
        : this.#db.all(sql.HEADS_IN_STATE, updatedAt, recordId, limit, state);
    return rows.map(headIn);
  }

  /** Reads no further than the head that was read: another process may have written in between. */
  #whole(head: RecordHead): LoopRecord {
    return withHistory(head, this.#entries(head.recordId, { limit: head.ledger.length }));
  }

  #entries(recordId: RecordId, { after = 0, limit = -1, newest = false }: EntryRange): readonly StoredEntry[] {
    const rows = this.#db.all(newest ? sql.NEWEST_ENTRIES : sql.OLDEST_ENTRIES, recordId, after, limit);
    const entries = rows.map((row) => ({
      recordId,
      seq: integerIn(row, "seq"),
      text: textIn(row, "text"),
      hash: textIn(row, "hash") as Hash,
    }));
    return newest ? entries.reverse() : entries;
  }
}

const BEGINNING = { updatedAt: "", recordId: "" };

function idIn(row: Row): RecordId {
  return textIn(row, "record_id") as RecordId;
}
