import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import {
  decodeHead,
  type Hash,
  type Json,
  type JsonObject,
  type RecordId,
  type StoredEntry,
  WAITING_COLLECTIONS,
} from "../../core/index.js";
import { integerIn, jsonIn, type Row, textIn } from "../row.js";
import type { HeadAtRestOf, OldStore, WaitingItem } from "../upgrade.js";
import type { DynamoDBConnection } from "./connection.js";
import { ConditionsFailed } from "./errors.js";
import type { DynamoDBFacts } from "./facts.js";
import { AT_VERSION, headKey, itemKey, itemPartition, LEDGERS, PLACE_KEY, type Tables } from "./keys.js";

/** Heads that are read at a time: as large as they may be, they fit into one answer. */
const A_PAGE = 25;

/** The fields that schema 2 has, or has otherwise. */
const CHANGED = ["since", "recorded_at", "broken", "merges", "created_at", "closed_at"] as const;

/** The tables as schema 1 left them, with the facts' table beside them. */
export class OldDynamoDBStore implements OldStore {
  readonly facts: DynamoDBFacts;
  readonly #db: DynamoDBConnection;
  readonly #tables: Tables;

  /** @param db that checks nothing: the upgrade is a part of the check */
  constructor(db: DynamoDBConnection, tables: Tables, facts: DynamoDBFacts) {
    this.#db = db;
    this.#tables = tables;
    this.facts = facts;
  }

  /**
   * By the list of ledgers, in its order. Where it has come to is kept, so that a function that is stopped goes on from there: what stands
   * before it, somebody has upgraded.
   */
  async *heads(): AsyncGenerator<readonly HeadAtRestOf[]> {
    const place = await this.#db.get(this.#tables.links, PLACE_KEY);
    for (let after = place ? textIn(place, "after") : ""; ; ) {
      const ids = await this.#idsAfter(after);
      const last = ids.at(-1);
      if (last === undefined) return;
      const rows = await this.#db.getMany(this.#tables.heads, ids.map(headKey));
      yield rows.map((row) => ({ recordId: textIn(row, "record_id") as RecordId, head: row as JsonObject }));
      after = last;
      await this.#db.put(this.#tables.links, { ...PLACE_KEY, after });
    }
  }

  async head(recordId: RecordId): Promise<HeadAtRestOf | null> {
    const row = await this.#db.get(this.#tables.heads, headKey(recordId));
    return row && { recordId, head: row as JsonObject };
  }

  async entries(recordId: RecordId): Promise<readonly StoredEntry[]> {
    const entries: StoredEntry[] = [];
    for await (const row of this.#db.query({
      TableName: this.#tables.ledger,
      KeyConditionExpression: "record_id = :id",
      ExpressionAttributeValues: { ":id": recordId },
    })) {
      entries.push({
        recordId,
        seq: integerIn(row, "seq"),
        text: textIn(row, "text"),
        hash: textIn(row, "hash") as Hash,
      });
    }
    return entries;
  }

  async replace({ recordId, head: old }: HeadAtRestOf, head: JsonObject): Promise<boolean> {
    const { version } = decodeHead(head);
    const command = new UpdateCommand({
      TableName: this.#tables.heads,
      Key: headKey(recordId),
      UpdateExpression: `SET ${CHANGED.map((name) => `#${name} = :${name}`).join(", ")} REMOVE #facts`,
      ConditionExpression: `${AT_VERSION} AND attribute_exists(#facts)`,
      ExpressionAttributeNames: Object.fromEntries([...CHANGED, "facts", "version"].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(CHANGED.map((name) => [`:${name}`, head[name] ?? old[name] ?? null])),
        ":expected": version,
      },
    });
    try {
      await this.#db.run((documents) => documents.send(command));
      return true;
    } catch (error) {
      if (error instanceof ConditionsFailed) return false;
      throw error;
    }
  }

  async *waiting(): AsyncGenerator<WaitingItem> {
    const waiting = itemPartition(WAITING_COLLECTIONS);
    for await (const row of this.#db.scan({
      TableName: this.#tables.links,
      FilterExpression: "begins_with(link, :waiting)",
      ExpressionAttributeValues: { ":waiting": waiting },
    })) {
      const collection = WAITING_COLLECTIONS + textIn(row, "link").slice(waiting.length);
      yield { collection, id: textIn(row, "record_id"), value: valueIn(row) };
    }
  }

  async removeWaiting({ collection, id }: WaitingItem): Promise<void> {
    await this.#db.delete(this.#tables.links, itemKey(collection, id));
  }

  async #idsAfter(after: string): Promise<readonly RecordId[]> {
    const ids: RecordId[] = [];
    for await (const row of this.#db.query({
      TableName: this.#tables.links,
      // A key is never empty text.
      KeyConditionExpression: `link = :ledgers${after ? " AND record_id > :after" : ""}`,
      ExpressionAttributeValues: { ":ledgers": LEDGERS, ...(after ? { ":after": after } : {}) },
      Limit: A_PAGE,
    })) {
      ids.push(textIn(row, "record_id") as RecordId);
      if (ids.length === A_PAGE) break;
    }
    return ids;
  }
}

function valueIn(row: Row): Json {
  return jsonIn(row, "value") as Json;
}
