import { decodeHead, extraFields, type JsonObject, LoopForgeError, type RecordHead } from "../core/index.js";
import { jsonIn, type Row } from "./row.js";

/** The head that a row holds as JSON text in its column `head`. */
export function headIn(row: Row): RecordHead {
  const atRest = jsonIn(row, "head");
  const head = decodeHead(atRest);
  const extra = extraFields(atRest as JsonObject);
  return Object.keys(extra).length === 0 ? head : { ...head, extra };
}

/** @throws LoopForgeError `corrupt_ledger` when the columns that are queried by do not say what the head says. */
export function checkedHeadIn(row: Row): RecordHead {
  const head = headIn(row);
  const copies = { record_id: head.recordId, state: head.state, updated_at: head.updatedAt, version: head.version };
  for (const [column, value] of Object.entries(copies)) {
    // As text: some stores have no other way to answer a number.
    if (String(row[column]) === String(value)) continue;
    throw new LoopForgeError(
      "corrupt_ledger",
      `Record ${head.recordId}: its column ${column} was changed, it is not ${value}`,
    );
  }
  return head;
}
