import {
  factsOfWaiting,
  type Json,
  type JsonObject,
  type StoredEntry,
  type StoredFact,
  upgradeHead,
  WAITING_COLLECTIONS,
} from "../../core/index.js";
import { addToFacts } from "../fact-map.js";
import { factRows } from "../fact-row.js";
import { systemClock } from "../options.js";
import { factsKeptUntil } from "../upgrade.js";
import type { Contents } from "./contents.js";

/** A record as it stands in a file of schema 1, brought to schema 2, and the facts that were in it. */
export function upgradedRecord(raw: JsonObject, entries: readonly StoredEntry[]) {
  // Beside the head's own fields, a record in the file has its history: that stays as it is.
  const upgraded = upgradeHead(raw, entries);
  return upgraded ? { raw: upgraded.head, facts: upgraded.facts } : { raw, facts: [] };
}

/** Takes what waited for its pull request out of the items, and adds it and the heads' facts to the facts. */
export function upgradeContents(
  { items, facts }: Pick<Contents, "items" | "facts">,
  ofHeads: readonly StoredFact[],
): void {
  const expiresAt = factsKeptUntil(systemClock());
  const add = (some: readonly StoredFact[]) => addToFacts(facts, factRows(some, expiresAt));
  add(ofHeads);
  for (const [name, collection] of items) {
    if (!name.startsWith(WAITING_COLLECTIONS)) continue;
    for (const { text } of collection.values()) add(factsOfWaiting(JSON.parse(text) as Json));
    items.delete(name);
  }
}
