import pLimit from "p-limit";
import { type EntityId, type StoredFact, type Timestamp, timestamp } from "../../core/index.js";
import { byFactKey, type FactKey, type FactRow, factOf, factRows, keptFactOf, orderedEntities } from "../fact-row.js";
import { cursorAfterFact, NO_FACT_KEY, pageLimit, pageOf, readFactCursor } from "../paging.js";
import type { Facts, KeptFact, ListQuery, Page } from "../repository.js";
import { integerIn, textIn } from "../row.js";
import type { RedisConnection } from "./connection.js";
import { ADD_FACTS, RENEW_FACTS } from "./scripts.js";

/** So many facts are written by one script: while it runs, the server does nothing else. */
const FACTS_A_SCRIPT = 500;
/** So many entities are read side by side. */
const ENTITIES_AT_ONCE = 50;
/** So many entities are looked up at a time for a list. */
const ENTITIES_A_STRETCH = 100;

export class RedisFacts implements Facts {
  readonly #connection: RedisConnection;
  readonly #clock: () => Date;

  constructor(connection: RedisConnection, clock: () => Date) {
    this.#connection = connection;
    this.#clock = clock;
  }

  async add(facts: readonly StoredFact[], expiresAt: Timestamp): Promise<void> {
    const rows = factRows(facts, expiresAt);
    const expires = Date.parse(expiresAt);
    for (let start = 0; start < rows.length; start += FACTS_A_SCRIPT) {
      const values = rows
        .slice(start, start + FACTS_A_SCRIPT)
        .flatMap(({ entity, key, at, receivedAt, value }) => [entity, key, at, receivedAt, value]);
      await this.#connection.run(ADD_FACTS, expires, this.#now(), ...values);
    }
  }

  async of(entities: readonly EntityId[]): Promise<readonly StoredFact[]> {
    const limited = pLimit(ENTITIES_AT_ONCE);
    const rows = orderedEntities(entities).map((entity) => limited(() => this.#ofEntity(entity)));
    return (await Promise.all(rows)).flat().map(factOf);
  }

  async renew(entities: readonly EntityId[], expiresAt: Timestamp): Promise<void> {
    const expires = Date.parse(expiresAt);
    for (const entity of orderedEntities(entities)) {
      await this.#connection.run(RENEW_FACTS, expires, this.#now(), entity);
    }
  }

  async list(query: Omit<ListQuery, "state"> = {}): Promise<Page<KeptFact>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? NO_FACT_KEY : readFactCursor(query.cursor);
    const found: FactRow[] = [];
    for await (const entity of this.#entitiesFrom(after)) {
      const rows = await this.#ofEntity(entity);
      found.push(...rows.filter((row) => byFactKey(row, after) > 0));
      if (found.length > limit) break;
    }
    return pageOf(found.slice(0, limit + 1).map(keptFactOf), limit, cursorAfterFact);
  }

  async *#entitiesFrom({ entity }: FactKey): AsyncGenerator<EntityId> {
    for (let from = `[${entity}`; ; ) {
      const answer = await this.#connection.command(
        "ZRANGEBYLEX",
        "entities",
        from,
        "+",
        "LIMIT",
        0,
        ENTITIES_A_STRETCH,
      );
      const entities = Array.isArray(answer) ? (answer as EntityId[]) : [];
      yield* entities;
      if (entities.length < ENTITIES_A_STRETCH) return;
      from = `(${entities.at(-1)}`;
    }
  }

  /** Those that have not expired, ordered by key. */
  async #ofEntity(entity: EntityId): Promise<readonly FactRow[]> {
    const flat = await this.#connection.command("HGETALL", `facts:${entity}`);
    const values = Array.isArray(flat) ? (flat as unknown[]) : [];
    const found: FactRow[] = [];
    for (let i = 0; i < values.length; i += 2) {
      const row = rowIn(entity, values[i], values[i + 1]);
      if (Date.parse(row.expiresAt) > this.#now()) found.push(row);
    }
    return found.sort(byFactKey);
  }

  #now(): number {
    return this.#clock().getTime();
  }
}

function rowIn(entity: EntityId, key: unknown, kept: unknown): FactRow {
  const [expires, at, receivedAt, ...value] = textIn({ kept }, "kept").split("\n");
  return {
    entity,
    key: textIn({ key }, "key"),
    at: textIn({ at }, "at") as Timestamp,
    receivedAt: textIn({ receivedAt }, "receivedAt") as Timestamp,
    // JSON text as JavaScript writes it has no line break of its own.
    value: textIn({ value: value[0] }, "value"),
    expiresAt: timestamp(integerIn({ expires }, "expires")),
  };
}
