import { advance, type Draft, isVersionConflict, type Lifecycle, type RecordId, timestamp } from "../core/index.js";
import type { LoopStore } from "./repository.js";

const DELETED: Draft = {
  kind: "deleted",
  toState: null,
  trigger: "deleted",
  occurredAt: null,
  people: [],
  metadata: {},
};

/** `Repository.delete` on top of a store's conditional append: closes the ledger with a `deleted` entry and removes the record. */
export async function deleteRecord(
  store: Pick<LoopStore, "head" | "append">,
  recordId: RecordId,
  clock: () => Date,
): Promise<void> {
  // Every turn but the last means that another writer got in between, so that this ends.
  for (;;) {
    const head = await store.head(recordId);
    if (!head) return;
    const recording = { timestamp: timestamp(clock()), source: { kind: "api" } } as const;
    const closed = advance(named(head.lifecycle), head, [DELETED], recording);
    try {
      await store.append({ ...closed, expectedVersion: head.version, remove: true });
      return;
    } catch (error) {
      if (!isVersionConflict(error)) throw error;
    }
  }
}

/** A record is deleted from whatever state it is in: of its lifecycle, only the name goes into the ledger. */
function named(name: string): Lifecycle {
  return { name, initial: "", terminal: [], transitions: {} };
}
