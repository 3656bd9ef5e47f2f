import type { Hash, RecordId, Timestamp } from "../brand.js";
import { LoopForgeError } from "../errors.js";
import type { Json, JsonObject } from "../json.js";
import { canonicalJson } from "./canonical.js";
import { parseEntry, type StoredEntry } from "./entry.js";
import {
  type BrokenRef,
  type CiStatus,
  type JudgedMerge,
  type Labels,
  type LoopRecord,
  type RecordHead,
  withHistory,
} from "./record.js";

/**
 * A record's head as it is at rest and in exports: JSON with names in snake_case.
 * The mapping is written out, and a field that is forgotten does not compile.
 */
export function encodeHead(head: RecordHead): HeadAtRest {
  return {
    ...head.extra,
    ...knownFields(head),
  };
}

function knownFields(head: RecordHead): HeadAtRest {
  return {
    record_id: head.recordId,
    ref: head.ref,
    ref_number: head.refNumber,
    repo: head.repo,
    pr_url: head.prUrl,
    pr_number: head.prNumber,
    state: head.state,
    auto_merge: head.autoMerge,
    ci_status: head.ciStatus,
    labels: head.labels,
    created_at: head.createdAt,
    updated_at: head.updatedAt,
    closed_at: head.closedAt,
    lifecycle: head.lifecycle,
    version: head.version,
    ledger_length: head.ledger.length,
    ledger_hash: head.ledger.hash,
    since: head.since,
    recorded_at: head.recordedAt,
    exceptions: head.exceptions,
    broken: head.broken.map(({ seq, rules, pull, justifiedBy, correctedBy }) => ({
      seq,
      rules,
      pull,
      justified_by: justifiedBy,
      corrected_by: correctedBy,
    })),
    merges: head.merges.map(({ pull, seq }) => ({ pull, seq })),
    links: head.links,
  } satisfies { [Field in AtRestName<Exclude<keyof RecordHead, "extra">>]: Json };
}

/** @throws LoopForgeError `corrupt_ledger` when a field is missing or of another type. */
export function decodeHead(atRest: unknown): RecordHead {
  if (typeof atRest !== "object" || atRest === null) throw corrupt("it is not an object");
  const raw = atRest as Partial<HeadAtRest>;
  const take = <Name extends keyof HeadAtRest>(name: Name, ...types: string[]): HeadAtRest[Name] => {
    const value = raw[name];
    const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
    if (value === undefined || !types.includes(type))
      throw corrupt(`its ${name} is ${value === undefined ? "missing" : "not valid"}`);
    return value;
  };
  return {
    recordId: take("record_id", "string") as RecordId,
    ref: take("ref", "string"),
    refNumber: take("ref_number", "number", "null"),
    repo: take("repo", "string"),
    prUrl: take("pr_url", "string", "null"),
    prNumber: take("pr_number", "number", "null"),
    state: take("state", "string"),
    autoMerge: take("auto_merge", "boolean"),
    ciStatus: take("ci_status", "string", "null") as CiStatus | null,
    labels: take("labels", "array", "object"),
    createdAt: take("created_at", "string") as Timestamp,
    updatedAt: take("updated_at", "string") as Timestamp,
    closedAt: take("closed_at", "string", "null") as Timestamp | null,
    lifecycle: take("lifecycle", "string"),
    version: take("version", "number"),
    ledger: { length: take("ledger_length", "number"), hash: take("ledger_hash", "string", "null") as Hash | null },
    since: take("since", "string") as Timestamp,
    recordedAt: take("recorded_at", "string") as Timestamp,
    exceptions: take("exceptions", "number"),
    broken: take("broken", "array").map(decodeBroken),
    merges: take("merges", "array").map(decodeMerge),
    links: take("links", "array"),
  };
}

/** What stands at rest beside the fields of a head. */
export function extraFields(atRest: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(atRest).filter(([name]) => !KNOWN_FIELDS.has(name)));
}

/** A whole record as it is in exports: its head, its transitions, and its ledger entries with their hashes. */
export function encodeRecord(record: LoopRecord): RecordAtRest {
  return {
    ...encodeHead(record),
    transitions: record.transitions.map((transition) => ({
      from_state: transition.fromState,
      to_state: transition.toState,
      trigger: transition.trigger,
      timestamp: transition.timestamp,
      metadata: transition.metadata,
    })),
    entries: record.entries.map(encodeEntry),
  };
}

/** Reads back what {@link encodeRecord} wrote. The transitions come from the entries, which are what is proven. */
export function decodeRecord(atRest: unknown): LoopRecord {
  const head = decodeHead(atRest);
  const { entries } = atRest as Partial<RecordAtRest>;
  if (!Array.isArray(entries)) throw corrupt("its entries are missing");
  return withHistory(head, entries.map(decodeEntry));
}

/** A ledger entry as it is in exports: its canonical fields and, beside them, its hash. */
export function encodeEntry(stored: StoredEntry): EntryAtRest {
  return { ...(JSON.parse(stored.text) as JsonObject), hash: stored.hash };
}

/** Reads an exported entry back. The text is made anew from its fields, so that a verifier sees what was exported and nothing else. */
export function decodeEntry(atRest: unknown): StoredEntry {
  if (typeof atRest !== "object" || atRest === null) throw corrupt("an entry is not an object");
  const { hash, ...fields } = atRest as EntryAtRest;
  if (typeof hash !== "string") throw corrupt("an entry has no hash");
  const text = textOf(fields);
  const { recordId, seq } = parseEntry(text);
  return { recordId, seq, text, hash: hash as Hash };
}

function textOf(fields: JsonObject): string {
  try {
    return canonicalJson(fields);
  } catch (error) {
    throw corrupt("an entry has no canonical text", { cause: error });
  }
}

const KNOWN_FIELDS: ReadonlySet<string> = new Set(
  Object.keys({
    ...{ record_id: 1, ref: 1, ref_number: 1, repo: 1, pr_url: 1, pr_number: 1, state: 1, auto_merge: 1, ci_status: 1 },
    ...{ labels: 1, created_at: 1, updated_at: 1, closed_at: 1, lifecycle: 1, version: 1, ledger_length: 1 },
    ...{ ledger_hash: 1, since: 1, recorded_at: 1, exceptions: 1, broken: 1, merges: 1, links: 1 },
  } satisfies { [Field in keyof HeadAtRest]: 1 }),
);

export interface HeadAtRest {
  readonly record_id: string;
  readonly ref: string;
  readonly ref_number: number | null;
  readonly repo: string;
  readonly pr_url: string | null;
  readonly pr_number: number | null;
  readonly state: string;
  readonly auto_merge: boolean;
  readonly ci_status: string | null;
  readonly labels: Labels;
  readonly created_at: string;
  readonly updated_at: string;
  readonly closed_at: string | null;
  readonly lifecycle: string;
  readonly version: number;
  readonly ledger_length: number;
  readonly ledger_hash: string | null;
  readonly since: string;
  readonly recorded_at: string;
  readonly exceptions: number;
  readonly broken: readonly JsonObject[];
  readonly merges: readonly JsonObject[];
  readonly links: readonly string[];
}

export type EntryAtRest = JsonObject & { readonly hash: string };
export type RecordAtRest = HeadAtRest & {
  readonly transitions: readonly JsonObject[];
  readonly entries: readonly EntryAtRest[];
};

type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? Head extends Lowercase<Head>
    ? `${Head}${Snake<Tail>}`
    : `_${Lowercase<Head>}${Snake<Tail>}`
  : Name;
/** The ledger's place is two fields at rest; every other field is one. */
type AtRestName<Name extends string> = Name extends "ledger" ? "ledger_length" | "ledger_hash" : Snake<Name>;

function decodeBroken({
  seq,
  rules,
  pull,
  justified_by: justifiedBy,
  corrected_by: correctedBy,
}: JsonObject): BrokenRef {
  if (typeof seq !== "number" || !Array.isArray(rules) || !Array.isArray(justifiedBy))
    throw corrupt("its broken is not valid");
  return {
    seq,
    rules: rules.map(String),
    pull: typeof pull === "string" ? pull : null,
    justifiedBy: justifiedBy.map(Number),
    correctedBy: typeof correctedBy === "number" ? correctedBy : null,
  };
}

function decodeMerge({ pull, seq }: JsonObject): JudgedMerge {
  if (typeof pull !== "string" || typeof seq !== "number") throw corrupt("its merges is not valid");
  return { pull, seq };
}

function corrupt(why: string, options?: ErrorOptions): LoopForgeError {
  return new LoopForgeError("corrupt_ledger", `Not a record: ${why}`, options);
}
