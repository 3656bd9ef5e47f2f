import { type EntityId, type StoredFact, type Timestamp, timestamp } from "../../core/index.js";
import { factIn, factRows, keptFactIn } from "../fact-row.js";
import { cursorAfterFact, NO_FACT_KEY, pageLimit, pageOf, readFactCursor } from "../paging.js";
import type { Facts, KeptFact, ListQuery, Page } from "../repository.js";
import type { SqliteDatabase } from "./database.js";
import * as sql from "./sql.js";

/** Lists of rows and entities go to SQLite as one JSON text: one prepared statement serves any number of them. */
export class SqliteFacts implements Facts {
  readonly #db: SqliteDatabase;
  readonly #clock: () => Date;

  constructor(db: SqliteDatabase, clock: () => Date) {
    this.#db = db;
    this.#clock = clock;
  }

  async add(facts: readonly StoredFact[], expiresAt: Timestamp): Promise<void> {
    const rows = factRows(facts, expiresAt);
    if (rows.length === 0) return;
    const text = JSON.stringify(rows);
    await this.#db.write(() => {
      this.#db.run(sql.ADD_FACTS, text);
      // To ask is cheap; mostly nothing has expired, and a fact costs one statement that writes.
      if (this.#db.one(sql.EXPIRED_FACT, this.#now())) this.#db.run(sql.DELETE_EXPIRED_FACTS, this.#now());
    });
  }

  async of(entities: readonly EntityId[]): Promise<readonly StoredFact[]> {
    return this.#db.all(sql.FACTS_OF, JSON.stringify(entities), this.#now()).map(factIn);
  }

  async renew(entities: readonly EntityId[], expiresAt: Timestamp): Promise<void> {
    if (entities.length === 0) return;
    const text = JSON.stringify(entities);
    const expiry = timestamp(expiresAt);
    await this.#db.write(() => this.#db.run(sql.RENEW_FACTS, expiry, text, this.#now()));
  }

  async list(query: Omit<ListQuery, "state"> = {}): Promise<Page<KeptFact>> {
    const limit = pageLimit(query.limit);
    const { entity, key } = query.cursor === undefined ? NO_FACT_KEY : readFactCursor(query.cursor);
    const rows = this.#db.all(sql.FACTS_AFTER, entity, key, this.#now(), limit + 1);
    return pageOf(rows.map(keptFactIn), limit, cursorAfterFact);
  }

  #now(): Timestamp {
    return timestamp(this.#clock());
  }
}
