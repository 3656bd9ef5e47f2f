import { LoopForgeError, type RecordId } from "../core/index.js";

/** The place of an entry is held by another that the record's head knows nothing of: somebody else than LoopForge wrote there. */
export function entryTaken(recordId: RecordId, seq: number): LoopForgeError {
  return new LoopForgeError(
    "corrupt_ledger",
    `Record ${recordId} already has an entry ${seq}, which its head does not name`,
  );
}
