import {
  type EntityId,
  type JsonObject,
  LoopForgeError,
  type StoredFact,
  type Timestamp,
  timestamp,
} from "../core/index.js";
import type { KeptFact } from "./repository.js";
import { jsonIn, type Row, textIn } from "./row.js";

/** A fact as stores keep it: its times are in one form, so that they compare as text, and its value is JSON text. */
export interface FactRow {
  readonly entity: EntityId;
  readonly key: string;
  readonly at: Timestamp;
  readonly receivedAt: Timestamp;
  readonly value: string;
  readonly expiresAt: Timestamp;
}

/** The name of a fact: keys are unique within an entity only. */
export type FactKey = Pick<FactRow, "entity" | "key">;

const PRINTABLE_ASCII = /^[\x20-\x7e]{1,200}$/;

/**
 * Prepares the facts of one `add`: each (entity, key) once, ordered by it. Writers that all lock rows in this order do not deadlock.
 * @throws LoopForgeError `usage` for an entity or a key that is not 1 to 200 printable ASCII characters
 */
export function factRows(facts: readonly StoredFact[], expiresAt: Timestamp): readonly FactRow[] {
  const expiry = timestamp(expiresAt);
  const rows = new Map<string, FactRow>();
  for (const fact of facts) {
    const row = {
      entity: printable(fact.entity, "entity"),
      key: printable(fact.key, "key"),
      at: timestamp(fact.at),
      receivedAt: timestamp(fact.receivedAt),
      value: JSON.stringify(fact.value),
      expiresAt: expiry,
    };
    // Neither an entity nor a key holds a line break.
    const name = `${row.entity}\n${row.key}`;
    const known = rows.get(name);
    rows.set(name, known ? mergedRow(known, row) : row);
  }
  return [...rows.values()].sort(byFactKey);
}

/**
 * One row for two of the same (entity, key): the earlier fact with the later expiry. It is `known` itself where that is the result.
 * The value decides between facts with the same times, because the result must not depend on the order of adding.
 */
export function mergedRow<Known extends FactRow>(known: Known, added: FactRow): Known {
  const isEarlier = isEarlierThan(added, known);
  const livesLonger = added.expiresAt > known.expiresAt;
  if (!isEarlier && !livesLonger) return known;
  const { at, receivedAt, value } = isEarlier ? added : known;
  return { ...known, at, receivedAt, value, expiresAt: livesLonger ? added.expiresAt : known.expiresAt };
}

/** Which of two facts with the same (entity, key) is kept. Values compare by their UTF-8 bytes, as they do in databases. */
export function isEarlierThan(
  one: Pick<FactRow, "at" | "receivedAt" | "value">,
  other: Pick<FactRow, "at" | "receivedAt" | "value">,
): boolean {
  if (one.at !== other.at) return one.at < other.at;
  if (one.receivedAt !== other.receivedAt) return one.receivedAt < other.receivedAt;
  return one.value !== other.value && Buffer.compare(Buffer.from(one.value), Buffer.from(other.value)) < 0;
}

/** By entity, then by key, in the order of code units. */
export function byFactKey(a: FactKey, b: FactKey): number {
  if (a.entity !== b.entity) return a.entity < b.entity ? -1 : 1;
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

/** Each entity once, ordered. */
export function orderedEntities(entities: readonly EntityId[]): readonly EntityId[] {
  return [...new Set(entities)].sort();
}

export function factOf({ entity, key, at, receivedAt, value }: FactRow): StoredFact {
  return { entity, key, at, receivedAt, value: JSON.parse(value) as JsonObject };
}

export function keptFactOf(row: FactRow): KeptFact {
  return { fact: factOf(row), expiresAt: row.expiresAt };
}

/** The fact in a row of a SQL store. */
export function factIn(row: Row): StoredFact {
  return {
    entity: textIn(row, "entity") as EntityId,
    key: textIn(row, "key"),
    at: textIn(row, "at") as Timestamp,
    receivedAt: textIn(row, "received_at") as Timestamp,
    value: jsonIn(row, "value") as JsonObject,
  };
}

/** The same, with its expiry. */
export function keptFactIn(row: Row): KeptFact {
  return { fact: factIn(row), expiresAt: textIn(row, "expires_at") as Timestamp };
}

function printable<Text extends string>(text: Text, what: "entity" | "key"): Text {
  if (PRINTABLE_ASCII.test(text)) return text;
  const shown = JSON.stringify(text.slice(0, 80));
  throw new LoopForgeError("usage", `The ${what} of a fact must be 1 to 200 printable ASCII characters, not ${shown}`);
}
