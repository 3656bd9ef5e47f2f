import { LRUCache } from "lru-cache";
import {
  type Hash,
  LedgerVerifier,
  LoopForgeError,
  openEntry,
  type PersonId,
  type RecordHead,
  type RecordId,
  type StoredEntry,
  type StoredFact,
  type Timestamp,
} from "../core/index.js";
import { appendLedger } from "./append-ledger.js";
import { ledgerEntries, ledgerIds } from "./ledgers.js";
import type { KeptFact, LoopStore, Page } from "./repository.js";

export interface CopySummary {
  /** Records that were written, and the entries that were written with them. */
  readonly records: number;
  readonly entries: number;
  /** Records that the target had already. */
  readonly skipped: number;
}

/** What the reporter keeps beside the records: which comment and check runs are the App's. Other items are short-lived. */
const COLLECTIONS = ["report"];

/**
 * Moves every record with its ledger, byte for byte, every fact, and everyone whom a ledger or a fact names. Each chain is verified
 * before it is copied and again as the target keeps it. What is there already is left alone, so that an interrupted copy goes on where
 * it stopped.
 * @param onRecord told after each record
 * @throws LoopForgeError `corrupt_ledger` for a chain that does not hold, `record_exists` where the target has another record under the id
 */
export async function copyStore(from: LoopStore, to: LoopStore, onRecord: () => void = () => {}): Promise<CopySummary> {
  const people = new LRUCache<PersonId, true>({ max: 10_000 });
  let [records, entries, skipped] = [0, 0, 0];
  for await (const recordId of ledgerIds(from)) {
    const end = await verified(from, "source", recordId);
    const written = await copyLedger(from, to, recordId, end);
    if (written === null) skipped += 1;
    else records += 1;
    entries += written ?? 0;
    await copyPeople(from, to, JSON.stringify(end.head), people);
    for await (const { text } of ledgerEntries(from, recordId)) await copyPeople(from, to, text, people);
    await verified(to, "target", recordId, end.hash);
    onRecord();
  }
  for (const collection of COLLECTIONS) {
    for (const { id, value } of await from.items.list(collection)) await to.items.put(collection, id, value);
  }
  await copyFacts(from, to, people);
  return { records, entries, skipped };
}

interface End {
  readonly head: RecordHead | null;
  readonly length: number;
  readonly hash: Hash | null;
}

async function verified(
  store: LoopStore,
  where: "source" | "target",
  recordId: RecordId,
  expected?: Hash | null,
): Promise<End> {
  const head = await store.head(recordId);
  const verifier = new LedgerVerifier(recordId);
  for await (const stored of ledgerEntries(store, recordId)) verifier.add(stored);
  const [first] = verifier.finish(head);
  if (first)
    throw broken(
      recordId,
      `at the ${where}, ${first.seq === 0 ? "its record" : `entry ${first.seq}`}: ${first.problem}`,
    );
  if (expected !== undefined && verifier.hash !== expected)
    throw broken(recordId, "the copy does not end as the original does");
  return { head, length: verifier.length, hash: verifier.hash };
}

/** @returns how many entries were written; null where the target had all of the record already */
async function copyLedger(from: LoopStore, to: LoopStore, recordId: RecordId, end: End): Promise<number | null> {
  const there = await to.head(recordId);
  const [last] = await to.entries(recordId, { newest: true, limit: 1 });
  const lacksVersions = (there?.version ?? 0) < (end.head?.version ?? 0);
  if (last?.hash === end.hash && !lacksVersions) return null;
  const isBehind = end.head === null || lacksVersions;
  if (last && !(isBehind && (await isPrefix(from, recordId, last)))) throw taken(recordId);

  const final = end.head ?? (await deletedHead(from, recordId, end));
  await appendLedger(to, there, {
    head: final,
    length: end.length,
    isDeleted: end.head === null,
    read: (after, limit) => from.entries(recordId, { after, limit }),
  });
  return end.length - (there?.ledger.length ?? 0);
}

async function isPrefix(from: LoopStore, recordId: RecordId, last: StoredEntry): Promise<boolean> {
  const [same] = await from.entries(recordId, { after: last.seq - 1, limit: 1 });
  return same?.hash === last.hash;
}

/** Of a deleted record there is no head any more: enough of one for its ledger to be written, and then removed again. */
async function deletedHead(from: LoopStore, recordId: RecordId, end: End): Promise<RecordHead> {
  const [first] = await from.entries(recordId, { limit: 1 });
  if (!first) throw broken(recordId, "it has no entries");
  const created = openEntry(first);
  return {
    ...EMPTY_HEAD,
    recordId,
    ref: String(created.metadata.ref ?? recordId),
    repo: String(created.metadata.repo ?? ""),
    state: created.toState ?? "",
    createdAt: created.timestamp,
    updatedAt: created.timestamp,
    since: created.timestamp,
    recordedAt: created.timestamp,
    lifecycle: created.lifecycle,
    version: end.length,
  };
}

const EMPTY_HEAD = {
  ...{ refNumber: null, prUrl: null, prNumber: null, autoMerge: false, ciStatus: null, labels: [], closedAt: null },
  ...{ ledger: { length: 0, hash: null }, exceptions: 0, broken: [], merges: [], links: [] },
} as const satisfies Partial<RecordHead>;

/** Copies every fact with its expiry. Adding is idempotent, so that a copy that is started again adds all of them again. */
async function copyFacts(from: LoopStore, to: LoopStore, people: LRUCache<PersonId, true>): Promise<void> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Page<KeptFact> = await from.facts.list(cursor === undefined ? {} : { cursor });
    const byExpiry = new Map<Timestamp, StoredFact[]>();
    for (const { fact, expiresAt } of page.items) {
      byExpiry.set(expiresAt, [...(byExpiry.get(expiresAt) ?? []), fact]);
      await copyPeople(from, to, JSON.stringify(fact.value), people);
    }
    await Promise.all([...byExpiry].map(([expiresAt, facts]) => to.facts.add(facts, expiresAt)));
    cursor = page.cursor;
  }
}

/** Everyone whose pseudonym stands in the text: in an entry's people, in its metadata, in what a head knows, or in a fact. */
async function copyPeople(from: LoopStore, to: LoopStore, text: string, done: LRUCache<PersonId, true>): Promise<void> {
  for (const [found] of text.matchAll(PSEUDONYM)) {
    const person = found as PersonId;
    if (done.has(person)) continue;
    done.set(person, true);
    const known = await from.people.find(person);
    if (known) await to.people.identify(known.account, known.salt);
  }
}

const PSEUDONYM = /\bp_[a-z2-7]{26}\b/g;

function broken(recordId: RecordId, why: string): LoopForgeError {
  return new LoopForgeError("corrupt_ledger", `The ledger of ${recordId} cannot be copied: ${why}`);
}

function taken(recordId: RecordId): LoopForgeError {
  return new LoopForgeError(
    "record_exists",
    `The target has another record ${recordId}: nothing of this one was written`,
  );
}
