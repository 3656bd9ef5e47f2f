import { LoopForgeError } from "../core/index.js";
import type { Row } from "./sqlite-database.js";

/** @throws LoopForgeError `corrupt_ledger` when the column does not hold text. */
export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw corrupt(column);
  return value;
}

/** @throws LoopForgeError `corrupt_ledger` when the column does not hold a whole number. */
export function integerIn(row: Row, column: string): number {
  const value = row[column];
  if (!Number.isSafeInteger(value)) throw corrupt(column);
  return Number(value);
}

/** @throws LoopForgeError `corrupt_ledger` when the column does not hold bytes. */
export function bytesIn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw corrupt(column);
  return Uint8Array.from(value);
}

/** @throws LoopForgeError `corrupt_ledger` when the column does not hold JSON. */
export function jsonIn(row: Row, column: string): unknown {
  try {
    return JSON.parse(textIn(row, column));
  } catch (error) {
    throw error instanceof SyntaxError ? corrupt(column) : error;
  }
}

function corrupt(column: string): LoopForgeError {
  return new LoopForgeError("corrupt_ledger", `A row of the SQLite file has no valid ${column}`);
}
