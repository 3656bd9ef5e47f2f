import {
  encodeEntry,
  encodeHead,
  encodeRecord,
  type Json,
  type JsonObject,
  LoopForgeError,
  type RecordHead,
  type StoredEntry,
  withHistory,
} from "../../core/index.js";
import type { Contents, Kept, KeptFactRow, KeptItem, KeptPerson } from "./contents.js";
import { SCHEMA_VERSION } from "./fields.js";

/**
 * Makes a JSON file's text, as a person likes to read it. Most of it is as it was at the last writing: what has not been replaced is
 * not put into text again.
 */
export class ContentsWriter {
  readonly #texts = new WeakMap<object, string>();

  textOf({ records, people, items, facts, unknown }: Contents): string {
    const kept = [...records.values()];
    const fields = [
      `"schema_version": ${SCHEMA_VERSION}`,
      `"records": ${this.#list(
        kept.filter(({ head }) => head !== null),
        recordAtRest,
      )}`,
      `"deleted": ${this.#list(
        kept.filter(({ head }) => head === null),
        recordAtRest,
      )}`,
      `"people": ${this.#list([...people.values()], personAtRest)}`,
      `"items": ${indented(pretty(itemsAtRest(items)), "  ")}`,
      `"facts": ${this.#list(
        [...facts.values()].flatMap((ofEntity) => [...ofEntity.values()]),
        factAtRest,
      )}`,
      ...Object.entries(unknown).map(([name, value]) => `${JSON.stringify(name)}: ${indented(pretty(value), "  ")}`),
    ];
    return `{\n  ${fields.join(",\n  ")}\n}\n`;
  }

  #list<T extends object>(things: readonly T[], atRest: (thing: T) => Json): string {
    if (things.length === 0) return "[]";
    return `[\n    ${things.map((thing) => this.#textOf(thing, atRest)).join(",\n    ")}\n  ]`;
  }

  #textOf<T extends object>(thing: T, atRest: (thing: T) => Json): string {
    const before = this.#texts.get(thing);
    if (before !== undefined) return before;
    const text = indented(pretty(atRest(thing)), "    ");
    this.#texts.set(thing, text);
    return text;
  }
}

function recordAtRest({ recordId, head, entries, written, tampered, unknown }: Kept): Json {
  // Left as it was found, for whoever has to look into it.
  if (tampered) return tampered.asRead;
  const keys = written.size === 0 ? {} : { idempotency_keys: Object.fromEntries(written) as unknown as JsonObject };
  const record = head ? historyAtRest(head, entries) : { record_id: recordId, entries: entries.map(encodeEntry) };
  return { ...record, ...keys, ...unknown } as JsonObject;
}

function historyAtRest(head: RecordHead, entries: readonly StoredEntry[]): object {
  try {
    return encodeRecord(withHistory(head, entries));
  } catch (error) {
    if (!(error instanceof LoopForgeError)) throw error;
    // An entry that somebody broke: what the record's transitions were, nobody can say.
    return { ...encodeHead(head), entries: entries.map(encodeEntry) };
  }
}

function personAtRest({ person, account, salt, unknown }: KeptPerson): Json {
  const { id, login, type } = account;
  return { person, user_id: id, login, type, salt: Buffer.from(salt).toString("hex"), ...unknown };
}

function itemsAtRest(items: Contents["items"]): Json {
  const collections = [...items].filter(([, collection]) => collection.size > 0);
  return Object.fromEntries(
    collections.map(([name, collection]) => [
      name,
      Object.fromEntries([...collection].map(([id, item]) => [id, itemAtRest(item)])),
    ]),
  );
}

function itemAtRest({ text, expiresAt, unknown }: KeptItem): Json {
  return { value: JSON.parse(text) as Json, ...(expiresAt === null ? {} : { expires_at: expiresAt }), ...unknown };
}

function factAtRest({ entity, key, at, receivedAt, value, expiresAt, unknown }: KeptFactRow): Json {
  return {
    entity,
    key,
    at,
    received_at: receivedAt,
    value: JSON.parse(value) as Json,
    expires_at: expiresAt,
    ...unknown,
  };
}

function pretty(value: Json): string {
  return JSON.stringify(value, null, 2);
}

/** Line breaks inside of JSON's texts are written as `\n`: those that are there are between them. */
function indented(text: string, by: string): string {
  return text.replaceAll("\n", `\n${by}`);
}
