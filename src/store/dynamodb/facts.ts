import pLimit from "p-limit";
import { type EntityId, LoopForgeError, type StoredFact, type Timestamp, timestamp } from "../../core/index.js";
import { type FactRow, factOf, factRows, isEarlierThan, keptFactOf, orderedEntities } from "../fact-row.js";
import { cursorAfterFact, NO_FACT_KEY, pageLimit, pageOf, readFactCursor } from "../paging.js";
import type { Facts, KeptFact, ListQuery, Page } from "../repository.js";
import { integerIn, type Row, textIn } from "../row.js";
import type { DynamoDBConnection } from "./connection.js";
import { ConditionsFailed } from "./errors.js";
import { EXPIRES_EARLIER, FACTS_TTL_ATTRIBUTE, factKey, IS_FACT, IS_LATER, NO_FACT, type Tables } from "./keys.js";

/** So many requests of one call are under way at a time. */
const AT_ONCE = 20;

/**
 * Each turn after the second means that another writer changed the same fact in between, or that it expired. Changes go one way only, to
 * an earlier fact and a later expiry, so that there are few.
 */
const MAX_TURNS = 10;
const RENEWABLE = `${IS_FACT} AND ${EXPIRES_EARLIER}`;

interface Write {
  readonly attributes: Row;
  readonly condition: string;
}

/**
 * Each fact is an item of its own, so that adding one is one small write, however many there are. Values are kept as JSON text:
 * DynamoDB's own types lack empty names and the smallest numbers.
 */
export class DynamoDBFacts implements Facts {
  readonly #db: DynamoDBConnection;
  readonly #table: string;
  readonly #clock: () => Date;

  constructor(db: DynamoDBConnection, tables: Tables, clock: () => Date) {
    this.#db = db;
    this.#table = tables.facts;
    this.#clock = clock;
  }

  async add(facts: readonly StoredFact[], expiresAt: Timestamp): Promise<void> {
    await allOf(factRows(facts, expiresAt), (row) => this.#add(row));
  }

  async of(entities: readonly EntityId[]): Promise<readonly StoredFact[]> {
    const rows = await allOf(orderedEntities(entities), (entity) => this.#ofEntity(entity));
    return rows.flat().map(factOf);
  }

  async renew(entities: readonly EntityId[], expiresAt: Timestamp): Promise<void> {
    const expiry = timestamp(expiresAt);
    for (const entity of orderedEntities(entities)) {
      const rows = await this.#ofEntity(entity);
      await allOf(
        rows.filter((row) => row.expiresAt < expiry),
        // Refused where another writer has renewed it, or where it has gone.
        (row) => this.#attempt(row, { attributes: expiryOf(expiry), condition: RENEWABLE }),
      );
    }
  }

  async list(query: Omit<ListQuery, "state"> = {}): Promise<Page<KeptFact>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? NO_FACT_KEY : readFactCursor(query.cursor);
    const found: FactRow[] = [];
    for await (const row of this.#db.scan({
      TableName: this.#table,
      Limit: limit + 1,
      ...(after.key === "" ? {} : { ExclusiveStartKey: factKey(after) }),
    })) {
      const fact = rowIn(row);
      if (this.#isAlive(fact)) found.push(fact);
      if (found.length > limit) break;
    }
    return pageOf(found.map(keptFactOf), limit, cursorAfterFact);
  }

  /** Most facts are new: that is tried first, and a condition that fails tells what is there instead. */
  async #add(row: FactRow): Promise<void> {
    let write = writeFor(row, null);
    for (let turn = 1; write !== null; turn++) {
      const refusal = await this.#attempt(row, write);
      if (refusal === null) return;
      if (turn === MAX_TURNS) throw changing(this.#table);
      write = writeFor(row, refusal.kept);
    }
  }

  /** @returns null when it is written; otherwise what is there, which is not what the write was made for */
  async #attempt(row: FactRow, { attributes, condition }: Write): Promise<{ readonly kept: FactRow | null } | null> {
    try {
      await this.#db.update(this.#table, factKey(row), attributes, condition);
      return null;
    } catch (error) {
      if (!(error instanceof ConditionsFailed)) throw error;
      return { kept: error.item && rowIn(error.item) };
    }
  }

  async #ofEntity(entity: EntityId): Promise<readonly FactRow[]> {
    const rows: FactRow[] = [];
    for await (const row of this.#db.query({
      TableName: this.#table,
      KeyConditionExpression: "entity = :entity",
      ExpressionAttributeValues: { ":entity": entity },
    })) {
      const fact = rowIn(row);
      if (this.#isAlive(fact)) rows.push(fact);
    }
    return rows;
  }

  /** DynamoDB takes days to delete what has expired. */
  #isAlive({ expiresAt }: FactRow): boolean {
    return Date.parse(expiresAt) > this.#clock().getTime();
  }
}

/** Decides what to write, given what is there. Null when the fact that is there is the earlier one and lives as long. */
function writeFor(row: FactRow, kept: FactRow | null): Write | null {
  if (kept === null) return { attributes: { ...contentOf(row), ...expiryOf(row.expiresAt) }, condition: NO_FACT };
  const isEarlier = isEarlierThan(row, kept);
  const livesLonger = row.expiresAt > kept.expiresAt;
  if (!isEarlier && !livesLonger) return null;
  const conditions = [IS_FACT, ...(isEarlier ? [IS_LATER] : []), ...(livesLonger ? [EXPIRES_EARLIER] : [])];
  return {
    attributes: { ...(isEarlier ? contentOf(row) : {}), ...(livesLonger ? expiryOf(row.expiresAt) : {}) },
    condition: conditions.join(" AND "),
  };
}

function contentOf({ at, receivedAt, value }: FactRow): Row {
  return { at, received_at: receivedAt, value };
}

function expiryOf(expiresAt: Timestamp): Row {
  const ms = Date.parse(expiresAt);
  return { expires_ms: ms, [FACTS_TTL_ATTRIBUTE]: Math.ceil(ms / 1000) };
}

function rowIn(row: Row): FactRow {
  return {
    entity: textIn(row, "entity") as EntityId,
    key: textIn(row, "fact"),
    at: textIn(row, "at") as Timestamp,
    receivedAt: textIn(row, "received_at") as Timestamp,
    value: textIn(row, "value"),
    expiresAt: timestamp(integerIn(row, "expires_ms")),
  };
}

/** Works on all of them, some side by side. After a failure, no further one is begun. */
async function allOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const limited = pLimit(AT_ONCE);
  try {
    return await Promise.all(items.map((item) => limited(() => work(item))));
  } catch (error) {
    limited.clearQueue();
    throw error;
  }
}

function changing(table: string): LoopForgeError {
  return new LoopForgeError("store_unavailable", `A fact in the DynamoDB table ${table} changes without end`);
}
