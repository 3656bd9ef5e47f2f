import {
  FACTS_KEPT_DAYS,
  factsOfWaiting,
  type Json,
  type JsonObject,
  type RecordId,
  type StoredEntry,
  type Timestamp,
  timestamp,
  upgradeHead,
} from "../core/index.js";
import type { Facts } from "./repository.js";

/** A head as it is at rest. */
export interface HeadAtRestOf {
  readonly recordId: RecordId;
  readonly head: JsonObject;
}

/** What was said of a commit that had no pull request yet, as schema 1 kept it. */
export interface WaitingItem {
  readonly collection: string;
  readonly id: string;
  readonly value: Json;
}

/** A store of schema 1, as far as bringing it to schema 2 needs it. */
export interface OldStore {
  readonly facts: Facts;
  /** Every head, some at a time. One that cannot be read is left out. */
  heads(): AsyncIterable<readonly HeadAtRestOf[]>;
  head(recordId: RecordId): Promise<HeadAtRestOf | null>;
  entries(recordId: RecordId): Promise<readonly StoredEntry[]>;
  /** @returns false when the head is not the one that was read any more: then nothing is written */
  replace(old: HeadAtRestOf, head: JsonObject): Promise<boolean>;
  waiting(): AsyncIterable<WaitingItem>;
  removeWaiting(item: WaitingItem): Promise<void>;
}

/**
 * Brings a store from schema 1 to schema 2: what its heads and its waiting observations say of GitHub becomes facts.
 *
 * Facts are added before the head loses them, and adding is idempotent: a process that dies in between is repaired by the next one, and two
 * at once do the same. A head that was written since is left alone.
 */
export async function upgradeStore(store: OldStore, now: Date): Promise<void> {
  const expiresAt = factsKeptUntil(now);
  for await (const heads of store.heads()) {
    for (const head of heads) await upgradeRecord(store, head, expiresAt);
  }
  for await (const item of store.waiting()) {
    await store.facts.add(factsOfWaiting(item.value), expiresAt);
    await store.removeWaiting(item);
  }
}

export function factsKeptUntil(now: Date): Timestamp {
  return timestamp(now.getTime() + FACTS_KEPT_DAYS * 86_400_000);
}

async function upgradeRecord(store: OldStore, read: HeadAtRestOf, expiresAt: Timestamp): Promise<void> {
  for (let old: HeadAtRestOf | null = read; old !== null; old = await store.head(old.recordId)) {
    // Most heads need none: then their ledgers need not be read.
    if (old.head.facts === undefined) return;
    const upgraded = upgradeHead(old.head, await store.entries(old.recordId));
    if (!upgraded) return;
    await store.facts.add(upgraded.facts, expiresAt);
    if (await store.replace(old, upgraded.head)) return;
  }
}
