import { type EntityId, type StoredFact, type Timestamp, timestamp } from "../../core/index.js";
import { factIn, factRows, keptFactIn } from "../fact-row.js";
import { cursorAfterFact, NO_FACT_KEY, pageLimit, pageOf, readFactCursor } from "../paging.js";
import type { Facts, KeptFact, ListQuery, Page } from "../repository.js";
import type { PostgresDatabase } from "./database.js";
import type { Statements } from "./sql.js";

/** Lists of rows and entities go to the server as arrays: one parameter a column, however many rows there are. */
export class PostgresFacts implements Facts {
  readonly #db: PostgresDatabase<Statements>;
  readonly #clock: () => Date;

  constructor(db: PostgresDatabase<Statements>, clock: () => Date) {
    this.#db = db;
    this.#clock = clock;
  }

  async add(facts: readonly StoredFact[], expiresAt: Timestamp): Promise<void> {
    const rows = factRows(facts, expiresAt);
    if (rows.length === 0) return;
    await this.#db.all(
      this.#db.sql.addFacts,
      rows.map((row) => row.entity),
      rows.map((row) => row.key),
      rows.map((row) => row.at),
      rows.map((row) => row.receivedAt),
      rows.map((row) => row.value),
      timestamp(expiresAt),
      this.#now(),
    );
  }

  async of(entities: readonly EntityId[]): Promise<readonly StoredFact[]> {
    if (entities.length === 0) return [];
    return (await this.#db.all(this.#db.sql.factsOf, entities, this.#now())).map(factIn);
  }

  async renew(entities: readonly EntityId[], expiresAt: Timestamp): Promise<void> {
    if (entities.length === 0) return;
    await this.#db.all(this.#db.sql.renewFacts, entities, timestamp(expiresAt), this.#now());
  }

  async list(query: Omit<ListQuery, "state"> = {}): Promise<Page<KeptFact>> {
    const limit = pageLimit(query.limit);
    const { entity, key } = query.cursor === undefined ? NO_FACT_KEY : readFactCursor(query.cursor);
    const rows = await this.#db.all(this.#db.sql.factsAfter, entity, key, this.#now(), limit + 1);
    return pageOf(rows.map(keptFactIn), limit, cursorAfterFact);
  }

  #now(): Timestamp {
    return timestamp(this.#clock());
  }
}
