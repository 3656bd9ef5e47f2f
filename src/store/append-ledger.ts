import { LoopForgeError, movesState, openEntry, type RecordHead, type StoredEntry } from "../core/index.js";
import type { LoopStore } from "./repository.js";

/** Entries a write, so that a long ledger fits into the narrowest store's transaction. */
const CHUNK = 40;

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
 * Writes what a store lacks of a ledger, a chunk at a time: the record passes through the states that its entries say. What was written
 * stays, and the same call goes on from there.
 * @param known the record as the store has it
 * @throws LoopForgeError `corrupt_ledger` when the ledger becomes shorter meanwhile; what `append` throws
 */
export async function appendLedger(store: LoopStore, known: RecordHead | null, ledger: WholeLedger): Promise<void> {
  const { head: final, length, isDeleted } = ledger;
  // Each chunk takes a version, and the last one has to arrive at the record's own.
  const chunk = Math.max(CHUNK, Math.ceil(length / final.version));
  let expectedVersion = known?.version ?? 0;
  let state = known?.state ?? final.state;
  for (let after = known?.ledger.length ?? 0; after < length; ) {
    const stretch = await ledger.read(after, chunk);
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
    await store.append({ head, expectedVersion, entries: stretch, ...(remove ? { remove } : {}) });
    expectedVersion = head.version;
  }
}
