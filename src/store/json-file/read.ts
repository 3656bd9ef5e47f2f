import {
  canonicalJson,
  decodeEntry,
  decodeHead,
  type EntityId,
  encodeRecord,
  type Hash,
  type Json,
  type JsonObject,
  LoopForgeError,
  type PersonId,
  type RecordHead,
  type RecordId,
  type StoredEntry,
  type StoredFact,
  type Timestamp,
  withHistory,
} from "../../core/index.js";
import type { Contents, Kept, KeptFactRow, KeptItem, KeptPerson, Written } from "./contents.js";
import { FIELDS, SCHEMA_VERSION } from "./fields.js";
import { upgradeContents, upgradedRecord } from "./upgrade.js";

/** What a file holds, and whether it was of an older schema: then it is to be written anew. */
export interface ReadContents {
  readonly contents: Contents;
  readonly isUpgraded: boolean;
}

/**
 * Reads a JSON file's text. What an older LoopForge wrote is brought up to date.
 * @param file for what an error says
 * @throws LoopForgeError `corrupt_ledger` when it is not what LoopForge writes, `store_schema` when a newer LoopForge wrote it
 */
export function readContents(text: string, file: string): ReadContents {
  try {
    const raw = objectIn(parse(text), "it");
    const isOld = schemaOf(raw, file) < SCHEMA_VERSION;
    const ofHeads: StoredFact[] = [];
    const take = (value: Json) => recordIn(isOld ? upgraded(value, ofHeads) : value);
    const records = [...listIn(raw, "records").map(take), ...listIn(raw, "deleted").map(deletedIn)];
    const people = listIn(raw, "people").map(personIn);
    const items = Object.entries(objectIn(raw.items ?? {}, "items"));
    const contents = {
      records: mapOf(records.map((kept) => [kept.recordId, kept])),
      people: mapOf(people.map((person) => [person.person, person])),
      items: new Map(items.map(([name, collection]) => [name, collectionIn(collection, name)])),
      facts: factsIn(listIn(raw, "facts")),
      unknown: unknownIn(raw, FIELDS.file),
    };
    if (isOld) upgradeContents(contents, ofHeads);
    return { contents, isUpgraded: isOld };
  } catch (error) {
    if (!(error instanceof Unreadable) && !(error instanceof LoopForgeError && error.code === "corrupt_ledger"))
      throw error;
    const what = `Cannot use the JSON file ${file} (LOOPFORGE_STORE): ${error.message}`;
    throw new LoopForgeError("corrupt_ledger", what, { cause: error });
  }
}

class Unreadable extends Error {}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
    const position = Number(/at position (\d+)/.exec(why)?.[1]);
    // Newer engines say it themselves.
    const line =
      Number.isNaN(position) || why.includes("(line") ? "" : `, line ${text.slice(0, position).split("\n").length}`;
    throw new Unreadable(`it is not valid JSON: ${why}${line}`);
  }
}

function schemaOf({ schema_version: version }: JsonObject, file: string): number {
  if (!Number.isSafeInteger(version)) throw new Unreadable("it has no schema_version, so that it is not LoopForge's");
  if (Number(version) <= SCHEMA_VERSION) return Number(version);
  throw new LoopForgeError(
    "store_schema",
    `The JSON file ${file} has schema ${Number(version)}, made by a newer LoopForge; this one knows ${SCHEMA_VERSION}. Upgrade LoopForge, or name another file in LOOPFORGE_STORE`,
  );
}

/** @param facts takes those that were in the head */
function upgraded(value: Json, facts: StoredFact[]): JsonObject {
  const raw = objectIn(value, "a record");
  const record = named(raw, () => upgradedRecord(raw, entriesIn(raw, textIn(raw, "record_id") as RecordId)));
  facts.push(...record.facts);
  return record.raw;
}

function recordIn(value: Json): Kept {
  const raw = objectIn(value, "a record");
  const head = named(raw, () => decodeHead(raw));
  const kept = keptIn(raw, head, FIELDS.record);
  const why = problemOf(raw, head, kept.entries);
  return { ...kept, tampered: why === null ? null : { why, asRead: raw } };
}

function deletedIn(value: Json): Kept {
  return keptIn(objectIn(value, "a deleted record"), null, FIELDS.deleted);
}

function keptIn(raw: JsonObject, head: RecordHead | null, fields: readonly string[]): Kept {
  const recordId = textIn(raw, "record_id") as RecordId;
  const written = Object.entries(objectIn(raw.idempotency_keys ?? {}, "idempotency_keys"));
  return {
    recordId,
    head,
    entries: entriesIn(raw, recordId),
    written: new Map(written.map(([key, value]) => [key, writtenIn(value)])),
    tampered: null,
    unknown: unknownIn(raw, fields),
  };
}

function entriesIn(raw: JsonObject, recordId: RecordId): readonly StoredEntry[] {
  return listIn(raw, "entries").map((entry, index) => entryIn(entry, recordId, index + 1));
}

/** An entry that somebody broke is kept as it is: that is for the verifier to find and to name. */
function entryIn(value: Json, recordId: RecordId, place: number): StoredEntry {
  try {
    return { ...decodeEntry(value), recordId };
  } catch (error) {
    if (!(error instanceof LoopForgeError)) throw error;
    const { hash, ...fields } = objectIn(value, "an entry");
    const text = JSON.stringify(fields);
    return { recordId, seq: place, text, hash: (typeof hash === "string" ? hash : "") as Hash };
  }
}

/** The transitions stand in the file for people to read; what is proven are the entries. */
function problemOf(raw: JsonObject, head: RecordHead, entries: readonly StoredEntry[]): string | null {
  if (raw.transitions === undefined) return null;
  try {
    const { transitions } = encodeRecord(withHistory(head, entries));
    if (canonicalJson(raw.transitions) === canonicalJson(transitions)) return null;
  } catch (error) {
    // What cannot be read is in the entries, whose reading will say so.
    if (error instanceof LoopForgeError) return null;
    if (!(error instanceof TypeError)) throw error;
  }
  return `Record ${head.recordId}: its transitions were changed, they do not say what its entries say`;
}

function writtenIn(value: Json): Written {
  const raw = objectIn(value, "an idempotency key's value");
  return { first: numberIn(raw, "first"), last: numberIn(raw, "last") };
}

function personIn(value: Json): KeptPerson {
  const raw = objectIn(value, "a person");
  const type = raw.type === "Bot" ? "Bot" : "User";
  const account = { id: numberIn(raw, "user_id"), login: textIn(raw, "login"), type } as const;
  const salt = Uint8Array.from(Buffer.from(textIn(raw, "salt"), "hex"));
  return { person: textIn(raw, "person") as PersonId, account, salt, unknown: unknownIn(raw, FIELDS.person) };
}

function collectionIn(value: Json, name: string): Map<string, KeptItem> {
  const items = Object.entries(objectIn(value, `the collection ${name}`));
  return new Map(items.map(([id, item]) => [id, itemIn(item)]));
}

function itemIn(value: Json): KeptItem {
  const raw = objectIn(value, "an item");
  const expiresAt = raw.expires_at === undefined ? null : (textIn(raw, "expires_at") as Timestamp);
  return { text: JSON.stringify(raw.value ?? null), expiresAt, unknown: unknownIn(raw, FIELDS.item) };
}

/** A file of an earlier LoopForge has none. */
function factsIn(list: readonly Json[]): Contents["facts"] {
  const facts: Contents["facts"] = new Map();
  for (const row of list.map(factIn)) {
    const ofEntity = facts.get(row.entity) ?? new Map<string, KeptFactRow>();
    if (ofEntity.has(row.key)) throw new Unreadable(`the fact ${row.key} of ${row.entity} stands in it twice`);
    facts.set(row.entity, ofEntity.set(row.key, row));
  }
  return facts;
}

function factIn(value: Json): KeptFactRow {
  const raw = objectIn(value, "a fact");
  return {
    entity: textIn(raw, "entity") as EntityId,
    key: textIn(raw, "key"),
    at: textIn(raw, "at") as Timestamp,
    receivedAt: textIn(raw, "received_at") as Timestamp,
    value: JSON.stringify(objectIn(raw.value, "a fact's value")),
    expiresAt: textIn(raw, "expires_at") as Timestamp,
    unknown: unknownIn(raw, FIELDS.fact),
  };
}

function mapOf<Key extends string, Value>(pairs: readonly (readonly [Key, Value])[]): Map<Key, Value> {
  const map = new Map<Key, Value>();
  for (const [key, value] of pairs) {
    if (map.has(key)) throw new Unreadable(`${key} stands in it twice`);
    map.set(key, value);
  }
  return map;
}

/** Says of which record it is that something is wrong. */
function named<T>(raw: JsonObject, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LoopForgeError)) throw error;
    throw new Unreadable(`${typeof raw.record_id === "string" ? `${raw.record_id}: ` : ""}${error.message}`);
  }
}

function objectIn(value: unknown, what: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new Unreadable(`${what} is not an object`);
}

function listIn(raw: JsonObject, name: string): readonly Json[] {
  const list = raw[name] ?? [];
  if (!Array.isArray(list)) throw new Unreadable(`its ${name} are not a list`);
  return list as readonly Json[];
}

function textIn(raw: JsonObject, name: string): string {
  const text = raw[name];
  if (typeof text !== "string") throw new Unreadable(`a ${name} is missing, or not text`);
  return text;
}

function numberIn(raw: JsonObject, name: string): number {
  const number = raw[name];
  if (!Number.isSafeInteger(number)) throw new Unreadable(`a ${name} is missing, or not a whole number`);
  return Number(number);
}

function unknownIn(raw: JsonObject, known: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !known.includes(name)));
}
