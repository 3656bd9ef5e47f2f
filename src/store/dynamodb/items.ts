import { type Json, type Timestamp, timestamp } from "../../core/index.js";
import type { Items } from "../repository.js";
import { integerIn, jsonIn, type Row, textIn } from "../row.js";
import type { DynamoDBConnection } from "./connection.js";
import { itemKey, itemPartition, type Tables, TTL_ATTRIBUTE } from "./keys.js";

/** Values are kept as JSON text: DynamoDB's own types lack empty names and the smallest numbers. */
export class DynamoDBItems implements Items {
  readonly #db: DynamoDBConnection;
  readonly #links: string;
  readonly #clock: () => Date;

  constructor(db: DynamoDBConnection, tables: Tables, clock: () => Date) {
    this.#db = db;
    this.#links = tables.links;
    this.#clock = clock;
  }

  async get(collection: string, id: string): Promise<Json | null> {
    const row = await this.#db.get(this.#links, itemKey(collection, id));
    return row && this.#isAlive(row) ? (jsonIn(row, "value") as Json) : null;
  }

  async list(collection: string): Promise<readonly { readonly id: string; readonly value: Json }[]> {
    const items: { readonly id: string; readonly value: Json }[] = [];
    const rows = this.#db.query({
      TableName: this.#links,
      KeyConditionExpression: "link = :collection",
      ExpressionAttributeValues: { ":collection": itemPartition(collection) },
    });
    for await (const row of rows) {
      if (this.#isAlive(row)) items.push({ id: textIn(row, "record_id"), value: jsonIn(row, "value") as Json });
    }
    return items;
  }

  async put(
    collection: string,
    id: string,
    value: Json,
    options: { readonly expiresAt?: Timestamp } = {},
  ): Promise<void> {
    const expiry = options.expiresAt === undefined ? {} : expiryAt(options.expiresAt);
    await this.#db.put(this.#links, { ...itemKey(collection, id), value: JSON.stringify(value), ...expiry });
  }

  async delete(collection: string, id: string): Promise<void> {
    await this.#db.delete(this.#links, itemKey(collection, id));
  }

  /** DynamoDB takes days to delete what has expired. */
  #isAlive(row: Row): boolean {
    return row.expires_at_ms === undefined || integerIn(row, "expires_at_ms") > this.#clock().getTime();
  }
}

function expiryAt(time: Timestamp) {
  const ms = Date.parse(timestamp(time));
  return { expires_at_ms: ms, [TTL_ATTRIBUTE]: Math.ceil(ms / 1000) };
}
