import type { EntityId, StoredFact, Timestamp } from "../core/index.js";
import { byFactKey, type FactKey, type FactRow, factOf, mergedRow, orderedEntities } from "./fact-row.js";

/** Facts in memory: key → row, of each entity. Rows are replaced and never changed. */
export type FactMap = Map<EntityId, Map<string, FactRow>>;

export function addToFacts(facts: FactMap, rows: readonly FactRow[]): void {
  for (const row of rows) {
    const ofEntity = facts.get(row.entity) ?? new Map<string, FactRow>();
    const known = ofEntity.get(row.key);
    facts.set(row.entity, ofEntity.set(row.key, known ? mergedRow(known, row) : row));
  }
}

export function renewFacts(facts: FactMap, entities: readonly EntityId[], expiresAt: Timestamp): void {
  for (const entity of entities) {
    const ofEntity = facts.get(entity);
    for (const [key, row] of ofEntity ?? []) {
      if (row.expiresAt < expiresAt) ofEntity?.set(key, { ...row, expiresAt });
    }
  }
}

export function removeExpiredFacts(facts: FactMap, entities: Iterable<EntityId>, now: Timestamp): void {
  for (const entity of entities) {
    const ofEntity = facts.get(entity);
    for (const [key, row] of ofEntity ?? []) if (!isAlive(row, now)) ofEntity?.delete(key);
    if (ofEntity?.size === 0) facts.delete(entity);
  }
}

export function factsOf(facts: FactMap, entities: readonly EntityId[], now: Timestamp): readonly StoredFact[] {
  return orderedEntities(entities).flatMap((entity) => {
    const rows = [...(facts.get(entity)?.values() ?? [])];
    return rows
      .filter((row) => isAlive(row, now))
      .sort(byFactKey)
      .map(factOf);
  });
}

/** At most so many rows that come after a key in the order of entities and keys. */
export function factsAfter(facts: FactMap, after: FactKey, limit: number, now: Timestamp): readonly FactRow[] {
  const found: FactRow[] = [];
  const entities = [...facts.keys()].filter((entity) => entity >= after.entity).sort();
  for (const entity of entities) {
    if (found.length >= limit) break;
    const rows = [...(facts.get(entity)?.values() ?? [])];
    found.push(...rows.filter((row) => isAlive(row, now) && byFactKey(row, after) > 0).sort(byFactKey));
  }
  return found.slice(0, limit);
}

function isAlive({ expiresAt }: FactRow, now: Timestamp): boolean {
  return expiresAt > now;
}
