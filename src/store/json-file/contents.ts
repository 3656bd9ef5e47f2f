import {
  type EntityId,
  type JsonObject,
  type PersonId,
  type RecordHead,
  type RecordId,
  type StoredEntry,
  type Timestamp,
  versionConflict,
} from "../../core/index.js";
import { firstSeq } from "../check-append.js";
import type { FactRow } from "../fact-row.js";
import { headOf } from "../head-of.js";
import { recordTaken } from "../record-taken.js";
import type { Append, Appended, KnownPerson } from "../repository.js";

/** All that a JSON file holds. What is in it is never changed, only replaced, so that a copy of the maps is a copy of it all. */
export interface Contents {
  readonly records: Map<RecordId, Kept>;
  readonly people: Map<PersonId, KeptPerson>;
  readonly items: Map<string, Map<string, KeptItem>>;
  readonly facts: Map<EntityId, Map<string, KeptFactRow>>;
  /** What stands in the file that this LoopForge does not know; it goes back there. So in all the others. */
  readonly unknown: JsonObject;
}

/** A record, or what is left of a deleted one. */
export interface Kept {
  readonly recordId: RecordId;
  /** Null once the record was deleted. */
  readonly head: RecordHead | null;
  readonly entries: readonly StoredEntry[];
  readonly written: ReadonlyMap<string, Written>;
  /** What the file says of it that its entries do not, and how it stood there. */
  readonly tampered: { readonly why: string; readonly asRead: JsonObject } | null;
  readonly unknown: JsonObject;
}

export type Written = Pick<Appended, "first" | "last">;

export interface KeptPerson extends KnownPerson {
  readonly unknown: JsonObject;
}

export interface KeptItem {
  /** As text, so that what a caller does to the value changes nothing here. */
  readonly text: string;
  readonly expiresAt: Timestamp | null;
  readonly unknown: JsonObject;
}

/** A fact that was added since the file was read has nothing that this LoopForge does not know. */
export interface KeptFactRow extends FactRow {
  readonly unknown?: JsonObject;
}

export const EMPTY: Contents = {
  records: new Map(),
  people: new Map(),
  items: new Map(),
  facts: new Map(),
  unknown: {},
};

/** Contents that can be changed while the others are still read. */
export function copyOf({ records, people, items, facts, unknown }: Contents): Contents {
  return {
    records: new Map(records),
    people: new Map(people),
    items: copyOfMaps(items),
    facts: copyOfMaps(facts),
    unknown,
  };
}

function copyOfMaps<Name, Key, Value>(maps: ReadonlyMap<Name, ReadonlyMap<Key, Value>>): Map<Name, Map<Key, Value>> {
  return new Map([...maps].map(([name, map]) => [name, new Map(map)]));
}

/** Does an append, or refuses it before anything is changed. */
export function appendTo({ records }: Contents, write: Append): Appended {
  const { head, expectedVersion, idempotencyKey: key } = write;
  const { recordId } = head;
  const kept = records.get(recordId);
  const before = key === undefined ? undefined : kept?.written.get(key);
  if (before) return { ...before, replayed: true };
  if (expectedVersion === 0 && kept && !kept.head) throw recordTaken(recordId);
  if ((kept?.head?.version ?? 0) !== expectedVersion) throw versionConflict(recordId, expectedVersion);

  const written = { first: firstSeq(write), last: head.ledger.length };
  const known = kept?.written ?? new Map<string, Written>();
  records.set(recordId, {
    recordId,
    head: write.remove ? null : headOf(head),
    entries: [...(kept?.entries ?? []), ...write.entries],
    written: key === undefined ? known : new Map([...known, [key, written]]),
    tampered: null,
    unknown: kept?.unknown ?? {},
  });
  return { replayed: false, ...written };
}
