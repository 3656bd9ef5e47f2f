import {
  type Account,
  advance,
  createRecord,
  type Draft,
  type JsonObject,
  LedgerVerifier,
  type LoopRecord,
  type NewRecord,
  type RecordHead,
  recordId,
  STRICT,
  type StoredEntry,
  timestamp,
  withHistory,
} from "../../src/core/index.js";
import { headOf } from "../../src/store/head-of.js";
import type { Append, LoopStore } from "../../src/store/repository.js";

/** A moment, so many seconds after midnight of a day that all tests share. */
export function moment(seconds: number) {
  return timestamp(Date.UTC(2026, 0, 1) + seconds * 1000);
}

let made = 0;

/** A new record in the strict lifecycle: under an id of its own, made at {@link moment}(0), unless told otherwise. */
export function aRecord(overrides: Partial<NewRecord> & { id?: string; at?: number } = {}): LoopRecord {
  const { id = `record-${++made}`, at = 0, ...fields } = overrides;
  return createRecord(
    { ref: "acme/shop#7", refNumber: 7, repo: "acme/shop", ...fields },
    { recordId: recordId(id), timestamp: moment(at) },
  );
}

export function aNote(metadata: JsonObject = {}): Draft {
  return { kind: "note", toState: null, trigger: "noted", occurredAt: null, people: [], metadata };
}

export function aMove(toState: string, trigger = "moved"): Draft {
  return { kind: "transition", toState, trigger, occurredAt: null, people: [], metadata: {} };
}

/** What has to be written for a record to begin. */
export function creation(record: LoopRecord): Append {
  return { head: record, expectedVersion: 0, entries: record.entries };
}

/** What has to be written for a record to go on from `head`. */
export function step(head: RecordHead, drafts: readonly Draft[] = [aNote()], at = 1): Append {
  const next = advance<string>(STRICT, headOf(head), drafts, { timestamp: moment(at), source: { kind: "api" } });
  return { ...next, expectedVersion: head.version };
}

/** The whole record after a step, as `save` takes it. */
export function grown(record: LoopRecord, drafts: readonly Draft[] = [aNote()], at = 1): LoopRecord {
  const { head, entries } = step(record, drafts, at);
  return withHistory(head, [...record.entries, ...entries]) as LoopRecord;
}

/** What the verifier finds wrong with a record's ledger in a store: nothing, if all is well. */
export async function breaksOf(store: LoopStore, id: string): Promise<readonly string[]> {
  const verifier = new LedgerVerifier(recordId(id));
  for (const entry of await store.entries(recordId(id))) verifier.add(entry);
  return verifier.finish(await store.head(recordId(id))).map(({ seq, problem }) => `${seq}: ${problem}`);
}

/** Entries as a store must give them back: byte for byte. */
export function bytesOf(entries: readonly StoredEntry[]) {
  return entries.map(({ recordId, seq, text, hash }) => ({ recordId, seq, text, hash }));
}

export function anAccount(overrides: Partial<Account> = {}): Account {
  return { id: 583231, login: "octocat", type: "User", ...overrides };
}

/** A head with every field filled: no list is empty, and nothing that may be null is. */
export function fullHead(head: RecordHead): RecordHead {
  return {
    ...head,
    prUrl: "https://github.com/acme/shop/pull/8",
    prNumber: 8,
    autoMerge: true,
    ciStatus: "passed",
    labels: ["bug", "", "Größe: L", "🚦"],
    closedAt: moment(5),
    since: moment(4),
    recordedAt: moment(1),
    exceptions: 2,
    broken: [
      {
        seq: 2,
        rules: ["merged_before_ci_passed", "approved_by_author"],
        pull: "1#8",
        justifiedBy: [3, 4],
        correctedBy: 5,
      },
      { seq: 6, rules: ["closed_before_merge"], pull: null, justifiedBy: [], correctedBy: null },
    ],
    merges: [
      { pull: "1#8", seq: 2 },
      { pull: "1#9", seq: Number.MAX_SAFE_INTEGER },
    ],
    links: ["issue:1#7", "address:acme/größe#7"],
  };
}
