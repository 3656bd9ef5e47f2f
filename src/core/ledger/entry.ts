import type { Hash, PersonId, RecordId, Timestamp } from "../brand.js";
import { LoopForgeError } from "../errors.js";
import { sha256 } from "../hash.js";
import type { Json, JsonObject } from "../json.js";
import { canonicalJson } from "./canonical.js";
import type { Participant } from "./people.js";

/**
 * created, transition: the record moved. exception: it moved where the lifecycle does not allow it. rejected: a command was refused.
 * note: something happened that moved nothing. verdict: a gate's answer. justified: a person answered an exception. corrected: an
 * exception proved unfounded, by evidence that came later.
 * erased: a person was forgotten. deleted: the record was removed; its ledger stays.
 */
export const ENTRY_KINDS = [
  "created",
  "transition",
  "rejected",
  "exception",
  "note",
  "verdict",
  "justified",
  "corrected",
  "erased",
  "deleted",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** Where an entry came from. A webhook's payload is not kept; its GUID and hash are. */
export type Source =
  | { readonly kind: "webhook"; readonly event: string; readonly delivery: string; readonly payloadSha256: Hash }
  | { readonly kind: "snapshot" | "backfill" | "command" | "api" };

/** One line of a record's ledger. */
export interface Entry {
  readonly v: 1;
  readonly recordId: RecordId;
  /** 1 for the first entry of a record, then one more each. */
  readonly seq: number;
  readonly kind: EntryKind;
  readonly fromState: string | null;
  readonly toState: string | null;
  readonly trigger: string;
  /** When it was recorded. */
  readonly timestamp: Timestamp;
  /** When it happened, by GitHub's clock, where GitHub says. */
  readonly occurredAt: Timestamp | null;
  readonly lifecycle: string;
  readonly people: readonly Participant[];
  readonly metadata: JsonObject;
  readonly source: Source;
  /** The hash of the entry before; null for the first. */
  readonly prevHash: Hash | null;
}

/** An entry as a store keeps it: the canonical text whole, and what it is found and checked by. */
export interface StoredEntry {
  readonly recordId: RecordId;
  readonly seq: number;
  readonly text: string;
  readonly hash: Hash;
}

/** Bytes of canonical text that one entry may have: below the item limit (400 KB) of the narrowest store, with room for its keys. */
export const MAX_ENTRY_BYTES = 256 * 1024;

const DOMAIN = "loopforge.entry.v1\n";

/** SHA-256("loopforge.entry.v1\n" ‖ canonical text), in hex. */
export function entryHash(text: string): Hash {
  return sha256(DOMAIN + text);
}

/**
 * Fixes an entry: its canonical text (RFC 8785) and its hash.
 * @throws LoopForgeError `entry_too_large` when its text has more than {@link MAX_ENTRY_BYTES} bytes of UTF-8.
 */
export function sealEntry(entry: Entry): StoredEntry {
  const text = canonicalEntry(entry);
  if (text.length * 3 > MAX_ENTRY_BYTES && Buffer.byteLength(text) > MAX_ENTRY_BYTES) {
    throw new LoopForgeError(
      "entry_too_large",
      `The entry for ${entry.trigger} on ${entry.recordId} has ${Buffer.byteLength(text)} bytes; at most ${MAX_ENTRY_BYTES} fit. Put less into its metadata, or a link to it.`,
    );
  }
  return new SealedEntry(entry, text);
}

/** An entry that this process sealed: reading it back needs no parsing. */
class SealedEntry implements StoredEntry {
  readonly recordId: RecordId;
  readonly seq: number;
  readonly text: string;
  readonly hash: Hash;
  readonly #entry: Entry;

  constructor(entry: Entry, text: string) {
    this.recordId = entry.recordId;
    this.seq = entry.seq;
    this.text = text;
    this.hash = entryHash(text);
    this.#entry = entry;
  }

  open(): Entry {
    return this.#entry;
  }
}

/** @throws LoopForgeError `corrupt_ledger` when the stored text is not an entry. */
export function openEntry(stored: StoredEntry): Entry {
  return stored instanceof SealedEntry ? stored.open() : parseEntry(stored.text);
}

/** The fields stand in the order of RFC 8785, so that only what they hold has to be put in order. */
function canonicalEntry(entry: Entry): string {
  return (
    `{"from_state":${canonicalJson(entry.fromState)}` +
    `,"kind":"${entry.kind}"` +
    `,"lifecycle":${canonicalJson(entry.lifecycle)}` +
    `,"metadata":${canonicalJson(entry.metadata)}` +
    `,"occurred_at":${canonicalJson(entry.occurredAt)}` +
    `,"people":${entry.people.length === 0 ? "[]" : canonicalJson(entry.people.map((p) => ({ ...p })))}` +
    `,"prev_hash":${canonicalJson(entry.prevHash)}` +
    `,"record_id":${canonicalJson(entry.recordId)}` +
    `,"seq":${entry.seq}` +
    `,"source":${canonicalSource(entry.source)}` +
    `,"timestamp":${canonicalJson(entry.timestamp)}` +
    `,"to_state":${canonicalJson(entry.toState)}` +
    `,"trigger":${canonicalJson(entry.trigger)}` +
    `,"v":1}`
  );
}

function canonicalSource(source: Source): string {
  if (source.kind !== "webhook") return `{"kind":"${source.kind}"}`;
  const { kind, event, delivery, payloadSha256 } = source;
  return canonicalJson({ kind, event, delivery, payload_sha256: payloadSha256 });
}

/**
 * Reads an entry's canonical text back.
 * @throws LoopForgeError `corrupt_ledger` when the text is not JSON or a field is missing or of another type.
 */
export function parseEntry(text: string): Entry {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw corrupt("it is not JSON");
  }
  if (!isObject(raw)) throw corrupt("it is not an object");
  const field = <T>(name: string, guard: (value: unknown) => value is T): T => {
    const value = raw[name];
    if (!guard(value)) throw corrupt(`its ${name} is ${value === undefined ? "missing" : "not valid"}`);
    return value;
  };
  if (raw.v !== 1) throw corrupt(`its version ${JSON.stringify(raw.v)} is not known`);
  return {
    v: 1,
    recordId: field("record_id", isText) as RecordId,
    seq: field("seq", isSeq),
    kind: field("kind", isKind),
    fromState: field("from_state", isTextOrNull),
    toState: field("to_state", isTextOrNull),
    trigger: field("trigger", isText),
    timestamp: field("timestamp", isText) as Timestamp,
    occurredAt: field("occurred_at", isTextOrNull) as Timestamp | null,
    lifecycle: field("lifecycle", isText),
    people: field("people", isPeople),
    metadata: field("metadata", isObject),
    source: parseSource(field("source", isObject)),
    prevHash: field("prev_hash", isTextOrNull) as Hash | null,
  };
}

function parseSource(raw: JsonObject): Source {
  const { kind, event, delivery, payload_sha256: payloadSha256 } = raw;
  if (kind === "snapshot" || kind === "backfill" || kind === "command" || kind === "api") return { kind };
  if (kind !== "webhook" || !isText(event) || !isText(delivery) || !isText(payloadSha256)) {
    throw corrupt("its source is not valid");
  }
  return { kind, event, delivery, payloadSha256: payloadSha256 as Hash };
}

function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function isKind(value: unknown): value is EntryKind {
  return ENTRY_KINDS.some((kind) => kind === value);
}

function isPeople(value: unknown): value is Participant[] {
  return (
    Array.isArray(value) && value.every((p) => isObject(p) && isText(p.role) && isPersonId(p.person) && isText(p.type))
  );
}

function isPersonId(value: unknown): value is PersonId {
  return isText(value) && value.startsWith("p_");
}

function corrupt(why: string): LoopForgeError {
  return new LoopForgeError("corrupt_ledger", `Not a ledger entry: ${why}`);
}
