import { LoopForgeError } from "../core/index.js";

/** The id of a deleted record stays taken: its ledger is proof of that record, and must not go on as another's. */
export function recordTaken(recordId: string): LoopForgeError {
  return new LoopForgeError(
    "record_exists",
    `Record ${recordId} was deleted and its ledger is kept: its id cannot be used again`,
  );
}
