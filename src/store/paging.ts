import { type EntityId, LoopForgeError, type RecordId, type Timestamp } from "../core/index.js";
import type { FactKey } from "./fact-row.js";
import type { KeptFact, Page } from "./repository.js";

/** Where a page of heads ended: the next begins after it, however many records share its time. */
export interface Position {
  readonly updatedAt: Timestamp;
  readonly recordId: RecordId;
}

const DEFAULT_LIMIT = 100;
// Neither a time nor a record id can hold it, nor an entity or a fact's key.
const SEPARATOR = "\n";

/** Comes before every fact: where a list of facts begins. */
export const NO_FACT_KEY: FactKey = { entity: "" as EntityId, key: "" };

/** @throws LoopForgeError `usage` unless it is a whole number from 1 up. */
export function pageLimit(limit = DEFAULT_LIMIT): number {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new LoopForgeError("usage", `A list's limit is a whole number from 1 up, not ${limit}`);
  }
  return limit;
}

/** @param found one more than the limit when there are more */
export function pageOf<T>(found: readonly T[], limit: number, cursorAfter: (last: T) => string): Page<T> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, cursor: last !== undefined && found.length > limit ? cursorAfter(last) : null };
}

export function cursorAfterHead({ updatedAt, recordId }: Position): string {
  return encode(updatedAt + SEPARATOR + recordId);
}

export function cursorAfterId(recordId: RecordId): string {
  return encode(recordId);
}

export function cursorAfterFact({ fact }: KeptFact): string {
  return encode(fact.entity + SEPARATOR + fact.key);
}

/** @throws LoopForgeError `usage` when no page of `list` ended so. */
export function readHeadCursor(cursor: string): Position {
  const [updatedAt, recordId, ...more] = decode(cursor).split(SEPARATOR);
  if (!updatedAt || !recordId || more.length > 0) throw notACursor(cursor);
  return { updatedAt: updatedAt as Timestamp, recordId: recordId as RecordId };
}

/** @throws LoopForgeError `usage` when no page of `ledgers` ended so. */
export function readIdCursor(cursor: string): RecordId {
  const id = decode(cursor);
  if (!id || id.includes(SEPARATOR)) throw notACursor(cursor);
  return id as RecordId;
}

/** @throws LoopForgeError `usage` when no page of `facts.list` ended so. */
export function readFactCursor(cursor: string): FactKey {
  const [entity, key, ...more] = decode(cursor).split(SEPARATOR);
  if (!entity || !key || more.length > 0) throw notACursor(cursor);
  return { entity: entity as EntityId, key };
}

function encode(position: string): string {
  return Buffer.from(position).toString("base64url");
}

function decode(cursor: string): string {
  const position = Buffer.from(cursor, "base64url").toString();
  if (encode(position) !== cursor) throw notACursor(cursor);
  return position;
}

function notACursor(cursor: string): LoopForgeError {
  return new LoopForgeError("usage", `Not a cursor of this list: ${JSON.stringify(cursor.slice(0, 80))}`);
}
