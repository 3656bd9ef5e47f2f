import { type EntityId, type StoredFact, type Timestamp, timestamp } from "../../core/index.js";
import { addToFacts, type FactMap, factsAfter, factsOf, removeExpiredFacts, renewFacts } from "../fact-map.js";
import { factRows, keptFactOf } from "../fact-row.js";
import { cursorAfterFact, NO_FACT_KEY, pageLimit, pageOf, readFactCursor } from "../paging.js";
import type { Facts, KeptFact, ListQuery, Page } from "../repository.js";

export class MemoryFacts implements Facts {
  readonly #facts: FactMap = new Map();
  readonly #clock: () => Date;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  async add(facts: readonly StoredFact[], expiresAt: Timestamp): Promise<void> {
    addToFacts(this.#facts, factRows(facts, expiresAt));
  }

  async of(entities: readonly EntityId[]): Promise<readonly StoredFact[]> {
    removeExpiredFacts(this.#facts, entities, this.#now());
    return factsOf(this.#facts, entities, this.#now());
  }

  async renew(entities: readonly EntityId[], expiresAt: Timestamp): Promise<void> {
    removeExpiredFacts(this.#facts, entities, this.#now());
    renewFacts(this.#facts, entities, timestamp(expiresAt));
  }

  async list(query: Omit<ListQuery, "state"> = {}): Promise<Page<KeptFact>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? NO_FACT_KEY : readFactCursor(query.cursor);
    const found = factsAfter(this.#facts, after, limit + 1, this.#now());
    return pageOf(found.map(keptFactOf), limit, cursorAfterFact);
  }

  #now(): Timestamp {
    return timestamp(this.#clock());
  }
}
