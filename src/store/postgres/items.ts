import { type Json, type Timestamp, timestamp } from "../../core/index.js";
import type { Items } from "../repository.js";
import { jsonIn, textIn } from "../row.js";
import type { PostgresDatabase } from "./database.js";
import type { Statements } from "./sql.js";

export class PostgresItems implements Items {
  readonly #db: PostgresDatabase<Statements>;
  readonly #clock: () => Date;

  constructor(db: PostgresDatabase<Statements>, clock: () => Date) {
    this.#db = db;
    this.#clock = clock;
  }

  async get(collection: string, id: string): Promise<Json | null> {
    const row = await this.#db.one(this.#db.sql.item, collection, id, this.#now());
    return row ? (jsonIn(row, "value") as Json) : null;
  }

  async list(collection: string): Promise<readonly { readonly id: string; readonly value: Json }[]> {
    const rows = await this.#db.all(this.#db.sql.items, collection, this.#now());
    return rows.map((row) => ({ id: textIn(row, "id"), value: jsonIn(row, "value") as Json }));
  }

  async put(
    collection: string,
    id: string,
    value: Json,
    options: { readonly expiresAt?: Timestamp } = {},
  ): Promise<void> {
    // One form of writing times, so that they compare as text.
    const expiresAt = options.expiresAt === undefined ? null : timestamp(options.expiresAt);
    await this.#db.all(this.#db.sql.putItem, collection, id, JSON.stringify(value), expiresAt, this.#now());
  }

  async delete(collection: string, id: string): Promise<void> {
    await this.#db.all(this.#db.sql.deleteItem, collection, id);
  }

  #now(): Timestamp {
    return timestamp(this.#clock());
  }
}
