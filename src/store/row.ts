import { LoopForgeError } from "../core/index.js";

/** What a store answers of one thing that it keeps, before anyone has looked at what is in it. */
export type Row = { readonly [column: string]: unknown };

/** @throws LoopForgeError `corrupt_ledger` when the column does not hold text. */
export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw corrupt(column);
  return value;
}

/** @throws LoopForgeError `corrupt_ledger` when the column does not hold a whole number, or the text of one. */
export function integerIn(row: Row, column: string): number {
  const value = row[column];
  // Drivers hand over 64-bit numbers as text, for not all of them are safe.
  const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(number)) throw corrupt(column);
  return Number(number);
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
  return new LoopForgeError("corrupt_ledger", `A row of the store has no valid ${column}`);
}
