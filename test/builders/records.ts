import {
  type Account,
  advance,
  createRecord,
  type Draft,
  type Facts,
  type JsonObject,
  LedgerVerifier,
  type LoopRecord,
  type NewRecord,
  type PersonId,
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

/** Facts that use every field there is. */
export const FULL_FACTS: Facts = {
  issue: {
    repoId: 1,
    repoName: "acme/shop",
    since: moment(1),
    number: 7,
    status: "open",
    queued: true,
    url: "https://github.com/acme/shop/issues/7",
    updatedAt: moment(1),
    closedAt: null,
    labels: ["bug", "größe: l"],
  },
  pulls: [
    {
      repoId: 1,
      repoName: "acme/shop",
      number: 8,
      url: "https://github.com/acme/shop/pull/8",
      author: "p_abcdefghijklmnopqrstuvwxyz" as PersonId,
      headSha: "a".repeat(40),
      before: "b".repeat(40),
      headSince: moment(2),
      baseSince: moment(2),
      fromFork: false,
      labels: ["größe: l"],
      linkedBy: ["keyword", "reference", "branch"],
      ciTimedOutAt: moment(8),
      autoMerge: { on: true, at: moment(3) },
      mergeRefused: { sha: "a".repeat(40), reason: "At least 1 approving review is required", at: moment(7) },
      verdicts: [{ gate: "sentinel", decision: "pass", title: "Nothing found", failed: false, at: moment(6) }],
      queue: [
        { is: "entered", reason: null, at: moment(5) },
        { is: "left", reason: "MANUAL", at: moment(6) },
      ],
      baseRef: "main",
      draft: false,
      status: {
        is: "merged",
        at: moment(9),
        sha: null,
        by: { person: "p_abcdefghijklmnopqrstuvwxyz" as PersonId, type: "Bot" },
      },
      openedAt: moment(2),
      updatedAt: moment(9),
      pushed: true,
      reviewRequested: true,
      checks: [
        {
          key: "run:15368:Prüfung 🚦",
          kind: "run",
          appId: 15368,
          name: "Prüfung 🚦",
          id: 9007199254740991,
          conclusion: "success",
          suiteId: 77,
          asOf: moment(3),
          completedAt: moment(4),
          url: null,
        },
      ],
      reviews: [
        {
          id: 99,
          reviewer: "p_zyxwvutsrqponmlkjihgfedcba" as PersonId,
          state: "approved",
          sha: "a".repeat(40),
          mayApprove: true,
          submittedAt: moment(5),
          url: "https://github.com/acme/shop/pull/8#pullrequestreview-99",
        },
      ],
    },
  ],
};
