import { type EntityId, type StoredFact, type Timestamp, timestamp } from "../../core/index.js";
import { addToFacts, factsAfter, factsOf, removeExpiredFacts, renewFacts } from "../fact-map.js";
import { factRows, keptFactOf } from "../fact-row.js";
import { cursorAfterFact, NO_FACT_KEY, pageLimit, pageOf, readFactCursor } from "../paging.js";
import type { Facts, KeptFact, ListQuery, Page } from "../repository.js";
import type { Contents } from "./contents.js";
import type { JsonFileKeeper } from "./keeper.js";

export class JsonFileFacts implements Facts {
  readonly #keeper: JsonFileKeeper;
  readonly #clock: () => Date;

  constructor(keeper: JsonFileKeeper, clock: () => Date) {
    this.#keeper = keeper;
    this.#clock = clock;
  }

  async add(facts: readonly StoredFact[], expiresAt: Timestamp): Promise<void> {
    const rows = factRows(facts, expiresAt);
    if (rows.length === 0) return;
    await this.#write((contents) => addToFacts(contents.facts, rows));
  }

  async of(entities: readonly EntityId[]): Promise<readonly StoredFact[]> {
    return factsOf(this.#keeper.contents.facts, entities, this.#now());
  }

  async renew(entities: readonly EntityId[], expiresAt: Timestamp): Promise<void> {
    const expiry = timestamp(expiresAt);
    const renewed = [...entities];
    if (!renewed.some((entity) => this.#keeper.contents.facts.has(entity))) return;
    await this.#write((contents) => renewFacts(contents.facts, renewed, expiry));
  }

  async list(query: Omit<ListQuery, "state"> = {}): Promise<Page<KeptFact>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? NO_FACT_KEY : readFactCursor(query.cursor);
    const found = factsAfter(this.#keeper.contents.facts, after, limit + 1, this.#now());
    return pageOf(found.map(keptFactOf), limit, cursorAfterFact);
  }

  /** The whole file is written in any case: expired facts are looked for among all. */
  #write(work: (contents: Contents) => void): Promise<void> {
    return this.#keeper.write((contents) => {
      removeExpiredFacts(contents.facts, [...contents.facts.keys()], this.#now());
      work(contents);
    });
  }

  #now(): Timestamp {
    return timestamp(this.#clock());
  }
}
