import type { RecordId, StoredEntry } from "../core/index.js";
import type { LoopStore } from "./repository.js";

/** Every record that has a ledger, deleted ones included, a page at a time. */
export async function* ledgerIds(store: LoopStore): AsyncGenerator<RecordId> {
  let cursor: string | null | undefined;
  do {
    const page = await store.ledgers({ limit: 1000, ...(cursor ? { cursor } : {}) });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor);
}

/** A whole ledger in order, a stretch at a time: its length does not matter. */
export async function* ledgerEntries(store: LoopStore, recordId: RecordId): AsyncGenerator<StoredEntry> {
  const limit = 1000;
  for (let after = 0; ; ) {
    const stretch = await store.entries(recordId, { after, limit });
    yield* stretch;
    const last = stretch.at(-1);
    if (!last || stretch.length < limit) return;
    after = last.seq;
  }
}

/** Every entry of every ledger. */
export async function* exportedEntries(store: LoopStore): AsyncGenerator<StoredEntry> {
  for await (const recordId of ledgerIds(store)) yield* ledgerEntries(store, recordId);
}
