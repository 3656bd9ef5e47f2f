import { LoopForgeError, movesState, openEntry, type RecordHead, type StoredEntry } from "../core/index.js";
import type { LoopStore } from "./repository.js";

/** At most so many entries a write, and of so many bytes, so that a long ledger fits into the narrowest store's transactions. */
const ENTRIES_A_WRITE = 40;
const BYTES_A_WRITE = 2 * 1024 * 1024;

/** A whole ledger that is to be written as it is. */
export interface WholeLedger {
  /** The record as its ledger leaves it; of a deleted one, enough for it to be there until it is removed again. */
  readonly head: RecordHead;
  readonly length: number;
  readonly isDeleted: boolean;
  /** A stretch of it, in order. */
  readonly read: (after: number, limit: number) => Promise<readonly StoredEntry[]>;
}

/**
 * Writes what a store lacks of a ledger, a stretch at a time: the record passes through the states that its entries say. What was written
 * stays, and the same call goes on from there.
 * @param known the record as the store has it: at an earlier version, and its ledger the beginning of this one
 * @throws LoopForgeError `corrupt_ledger` when the ledger becomes shorter meanwhile; what `append` throws
 */
export async function appendLedger(store: LoopStore, known: RecordHead | null, ledger: WholeLedger): Promise<void> {
  const { head: final, length, isDeleted } = ledger;
  const links = {
    linked: without(final.links, known?.links ?? []),
    unlinked: without(known?.links ?? [], final.links),
  };
  let expectedVersion = known?.version ?? 0;
  let state = known?.state ?? final.state;
  for (let after = known?.ledger.length ?? 0; after < length; ) {
    // Each write takes a version, and the last one has to arrive at the record's own.
    const least = isDeleted ? 1 : Math.ceil((length - after) / (final.version - expectedVersion));
    // A record has to be there before it can be removed: the entry that says so is a write of its own.
    const wanted = isDeleted && expectedVersion === 0 ? Math.min(ENTRIES_A_WRITE, length - 1) : ENTRIES_A_WRITE;
    const stretch = fitting(await ledger.read(after, Math.max(least, wanted)), least);
    const newest = stretch.at(-1);
    if (!newest)
      throw new LoopForgeError("corrupt_ledger", `The ledger of ${final.recordId} became shorter while it was read`);
    after = newest.seq;
    state = stretch.map(openEntry).findLast(movesState)?.toState ?? state;
    const isEnd = after >= length;
    const passing = {
      ...final,
      state,
      version: expectedVersion + 1,
      ledger: { length: newest.seq, hash: newest.hash },
    };
    const remove = isEnd && isDeleted;
    const head = isEnd && !remove ? final : passing;
    await store.append({ head, expectedVersion, entries: stretch, ...links, ...(remove ? { remove } : {}) });
    expectedVersion = head.version;
  }
  // Some writes change what is known of a work item, and have no entry.
  if (!isDeleted && expectedVersion < final.version) {
    await store.append({ head: final, expectedVersion, entries: [], ...links });
  }
}

function fitting(entries: readonly StoredEntry[], least: number): readonly StoredEntry[] {
  let bytes = 0;
  const tooMany = entries.findIndex(({ text }, index) => {
    bytes += Buffer.byteLength(text);
    return index >= least && bytes > BYTES_A_WRITE;
  });
  return tooMany < 0 ? entries : entries.slice(0, tooMany);
}

function without(links: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return links.filter((link) => !known.has(link));
}
