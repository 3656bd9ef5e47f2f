import { LoopForgeError, openEntry } from "../core/index.js";
import type { Append } from "./repository.js";

/**
 * Refuses a write that contradicts itself, before any store sees it: its entries must run up to where its head says that the ledger
 * ends. What it says of the past is checked by the version that it expects.
 * @throws LoopForgeError `corrupt_ledger`
 */
export function checkAppend(write: Append): void {
  const { head, expectedVersion, entries } = write;
  const refuse = (why: string) =>
    new LoopForgeError("corrupt_ledger", `The write to record ${head.recordId} would break its ledger: ${why}`);

  if (head.version <= expectedVersion) throw refuse(`version ${head.version} does not follow ${expectedVersion}`);
  const first = firstSeq(write);
  for (const [index, entry] of entries.entries()) {
    if (entry.recordId !== head.recordId) throw refuse(`an entry belongs to ${entry.recordId}`);
    if (entry.seq !== first + index) throw refuse(`entry ${entry.seq} stands where ${first + index} belongs`);
  }
  const last = entries.at(-1);
  if (last && last.hash !== head.ledger.hash) throw refuse("the head does not name the last entry");
  if (expectedVersion === 0 && (first !== 1 || !last)) throw refuse("a new record begins with entry 1");
  if (write.remove && (!last || openEntry(last).kind !== "deleted")) {
    throw refuse("a removed record's ledger ends in an entry of kind deleted");
  }
}

/** The `seq` of the write's first entry, or of the one that would come next when it has none. */
export function firstSeq({ head, entries }: Append): number {
  return head.ledger.length - entries.length + 1;
}
