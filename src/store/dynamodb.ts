import {
  decodeHead,
  type Hash,
  type LoopRecord,
  type RecordHead,
  type RecordId,
  type StoredEntry,
  versionConflict,
  withHistory,
} from "../core/index.js";
import { checkAppend, firstSeq } from "./check-append.js";
import { deleteRecord } from "./delete-record.js";
import { checkedShards, clientOf, type DynamoDBOptions } from "./dynamodb/client.js";
import { CheckedConnection, DynamoDBConnection } from "./dynamodb/connection.js";
import { ConditionsFailed } from "./dynamodb/errors.js";
import { DynamoDBFacts } from "./dynamodb/facts.js";
import { StateIndex } from "./dynamodb/index.js";
import { DynamoDBItems } from "./dynamodb/items.js";
import { headKey, LEDGERS, linkPartition, type Tables, tablesOf, writtenKey } from "./dynamodb/keys.js";
import { inOrder, taken } from "./dynamodb/merge.js";
import { OldDynamoDBStore } from "./dynamodb/old-store.js";
import { DynamoDBPeople } from "./dynamodb/people.js";
import { DynamoDBTables } from "./dynamodb/tables.js";
import { type Action, transactionOf } from "./dynamodb/transaction.js";
import { entryTaken } from "./entry-taken.js";
import { systemClock } from "./options.js";
import { cursorAfterHead, cursorAfterId, pageLimit, pageOf, readHeadCursor, readIdCursor } from "./paging.js";
import { recordTaken } from "./record-taken.js";
import type { Append, Appended, EntryRange, Facts, Items, ListQuery, LoopStore, Page, People } from "./repository.js";
import { integerIn, type Row, textIn } from "./row.js";
import { saveRecord } from "./save-record.js";
import { upgradeStore } from "./upgrade.js";

export type { DynamoDBOptions };

/** Whole records that are asked for at once. */
const RECORDS_AT_ONCE = 20;

/**
 * A store in DynamoDB: for many machines, and for Lambda. One append is one transaction, of at most 100 items.
 *
 * Reads are strongly consistent. Lists find their records through an index, which follows writes within moments, and read them from the
 * table: a record may appear in a list a moment late, never as it was before.
 */
export class DynamoDBRepository implements LoopStore {
  readonly people: People;
  readonly items: Items;
  readonly facts: Facts;
  readonly #clock: () => Date;
  readonly #tables: Tables;
  readonly #admin: DynamoDBTables;
  readonly #db: CheckedConnection;
  readonly #index: StateIndex;
  readonly #close: () => void;
  #isMarked = false;

  /**
   * @param name of the table; the others' begin with it
   * @throws LoopForgeError `usage`
   */
  constructor(name: string, options: DynamoDBOptions = {}) {
    const shards = checkedShards(options.stateShards);
    const { client, close } = clientOf(options);
    this.#close = close;
    this.#clock = options.clock ?? systemClock;
    this.#tables = tablesOf(name);
    const unchecked = new DynamoDBConnection(client, options);
    const facts = new DynamoDBFacts(unchecked, this.#tables, this.#clock);
    this.#admin = new DynamoDBTables(unchecked, this.#tables, shards, () =>
      upgradeStore(new OldDynamoDBStore(unchecked, this.#tables, facts), this.#clock()),
    );
    this.#db = new CheckedConnection(() => this.#admin.check(), client, options);
    this.#index = new StateIndex(this.#db, this.#tables, shards);
    this.people = new DynamoDBPeople(this.#db, this.#tables);
    this.items = new DynamoDBItems(this.#db, this.#tables, this.#clock);
    this.facts = new DynamoDBFacts(this.#db, this.#tables, this.#clock);
  }

  /** Makes the tables that are missing and waits until they can be used: for local use. In production, `serverless.yml` makes them. */
  ensureTables(): Promise<void> {
    return this.#admin.ensure();
  }

  /**
   * Whether the tables are there and as they should be. Asked before the first read or write in any case.
   * @throws LoopForgeError `store_schema`, `store_unavailable`, `usage`
   */
  ready(): Promise<void> {
    return this.#db.checked();
  }

  save(record: LoopRecord): Promise<void> {
    return saveRecord(this, record);
  }

  async get(recordId: RecordId): Promise<LoopRecord | null> {
    const head = await this.head(recordId);
    return head && this.#whole(head);
  }

  delete(recordId: RecordId): Promise<void> {
    return deleteRecord(this, recordId, this.#clock);
  }

  async listByState(state: string, limit?: number): Promise<readonly LoopRecord[]> {
    const { items } = await this.list(limit === undefined ? { state } : { state, limit });
    const records: LoopRecord[] = [];
    for (let start = 0; start < items.length; start += RECORDS_AT_ONCE) {
      const some = items.slice(start, start + RECORDS_AT_ONCE);
      records.push(...(await Promise.all(some.map((head) => this.#whole(head)))));
    }
    return records;
  }

  async append(write: Append): Promise<Appended> {
    checkAppend(write);
    const actions = transactionOf(this.#tables, write, this.#index.attributesOf(write.head));
    await this.#prepare(write);
    try {
      await this.#db.transact(actions.map(({ item }) => item));
      return { replayed: false, first: firstSeq(write), last: write.head.ledger.length };
    } catch (error) {
      if (error instanceof ConditionsFailed) return this.#refused(write, actions, error);
      throw error;
    }
  }

  async head(recordId: RecordId): Promise<RecordHead | null> {
    const row = await this.#db.get(this.#tables.heads, headKey(recordId));
    return row && decodeHead(row);
  }

  async entries(recordId: RecordId, range: EntryRange = {}): Promise<readonly StoredEntry[]> {
    const { after = 0, limit = Number.POSITIVE_INFINITY, newest = false } = range;
    if (limit < 1) return [];
    const rows = this.#db.query({
      TableName: this.#tables.ledger,
      KeyConditionExpression: "record_id = :id AND seq > :after",
      ExpressionAttributeValues: { ":id": recordId, ":after": after },
      ScanIndexForward: !newest,
      ...(Number.isFinite(limit) ? { Limit: limit } : {}),
    });
    const entries = (await taken(rows, limit)).map((row) => entryIn(recordId, row));
    return newest ? entries.reverse() : entries;
  }

  /** A record that is written to while it is listed may be seen where it stood, or twice; none is missed. */
  async list(query: ListQuery = {}): Promise<Page<RecordHead>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? null : readHeadCursor(query.cursor);
    const found = await this.#index.find(query.state, after, limit + 1);
    const page = pageOf(found, limit, (last) => cursorAfterHead(last.position));
    return { ...page, items: page.items.map(({ head }) => head).sort(inOrder) };
  }

  async ledgers(query: Omit<ListQuery, "state"> = {}): Promise<Page<RecordId>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? "" : readIdCursor(query.cursor);
    const rows = this.#db.query({
      TableName: this.#tables.links,
      // A key is never empty text, so that the first page has to do without.
      KeyConditionExpression: `link = :ledgers${after ? " AND record_id > :after" : ""}`,
      ExpressionAttributeValues: { ":ledgers": LEDGERS, ...(after ? { ":after": after } : {}) },
      Limit: limit + 1,
    });
    return pageOf((await taken(rows, limit + 1)).map(idIn), limit, cursorAfterId);
  }

  async findByLink(link: string): Promise<readonly RecordId[]> {
    const rows = this.#db.query({
      TableName: this.#tables.links,
      KeyConditionExpression: "link = :link",
      ExpressionAttributeValues: { ":link": linkPartition(link) },
    });
    return (await taken(rows, Number.POSITIVE_INFINITY)).map(idIn);
  }

  async close(): Promise<void> {
    this.#close();
  }

  /** What has to be known of tables and partitions before the first write to them. */
  async #prepare({ head, remove }: Append): Promise<void> {
    if (!remove) await this.#index.announce(head);
    if (this.#isMarked) return;
    await this.#db.checked();
    await this.#admin.mark();
    this.#isMarked = true;
  }

  /** The conditions that did not hold say why: the key first, for a replay is one whatever has become of the record since. */
  async #refused(write: Append, actions: readonly Action[], { failed }: ConditionsFailed): Promise<Appended> {
    const { head, expectedVersion, idempotencyKey } = write;
    const about = new Set(failed.map((place) => actions[place]?.about));
    if (about.has("key") && idempotencyKey !== undefined) return this.#written(head.recordId, idempotencyKey);
    if (about.has("head")) throw versionConflict(head.recordId, expectedVersion);
    // Only the entries were there already. That DynamoDB names every condition that failed is nowhere promised.
    const kept = await this.head(head.recordId);
    if ((kept?.version ?? 0) !== expectedVersion) throw versionConflict(head.recordId, expectedVersion);
    throw expectedVersion === 0 ? recordTaken(head.recordId) : entryTaken(head.recordId, firstSeq(write));
  }

  async #written(recordId: RecordId, key: string): Promise<Appended> {
    const row = (await this.#db.get(this.#tables.links, writtenKey(recordId, key))) ?? {};
    return { replayed: true, first: integerIn(row, "first"), last: integerIn(row, "last") };
  }

  /** Reads no further than the head that was read: another process may have written in between. */
  async #whole(head: RecordHead): Promise<LoopRecord> {
    return withHistory(head, await this.entries(head.recordId, { limit: head.ledger.length }));
  }
}

function idIn(row: Row): RecordId {
  return textIn(row, "record_id") as RecordId;
}

function entryIn(recordId: RecordId, row: Row): StoredEntry {
  return { recordId, seq: integerIn(row, "seq"), text: textIn(row, "text"), hash: textIn(row, "hash") as Hash };
}
