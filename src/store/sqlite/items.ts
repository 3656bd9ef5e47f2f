import { type Json, type Timestamp, timestamp } from "../../core/index.js";
import type { Items } from "../repository.js";
import { jsonIn, textIn } from "../row.js";
import type { SqliteDatabase } from "./database.js";
import * as sql from "./sql.js";

export class SqliteItems implements Items {
  readonly #db: SqliteDatabase;
  readonly #clock: () => Date;

  constructor(db: SqliteDatabase, clock: () => Date) {
    this.#db = db;
    this.#clock = clock;
  }

  async get(collection: string, id: string): Promise<Json | null> {
    const row = this.#db.one(sql.ITEM, collection, id, this.#now());
    return row ? (jsonIn(row, "value") as Json) : null;
  }

  async list(collection: string): Promise<readonly { readonly id: string; readonly value: Json }[]> {
    const rows = this.#db.all(sql.ITEMS, collection, this.#now());
    return rows.map((row) => ({ id: textIn(row, "id"), value: jsonIn(row, "value") as Json }));
  }

  async put(
    collection: string,
    id: string,
    value: Json,
    options: { readonly expiresAt?: Timestamp } = {},
  ): Promise<void> {
    const text = JSON.stringify(value);
    // One form of writing times, so that they compare as text.
    const expiresAt = options.expiresAt === undefined ? null : timestamp(options.expiresAt);
    await this.#db.write(() => {
      this.#db.run(sql.DELETE_EXPIRED, this.#now());
      this.#db.run(sql.UPSERT_ITEM, collection, id, text, expiresAt);
    });
  }

  async delete(collection: string, id: string): Promise<void> {
    await this.#db.write(() => this.#db.run(sql.DELETE_ITEM, collection, id));
  }

  #now(): Timestamp {
    return timestamp(this.#clock());
  }
}
