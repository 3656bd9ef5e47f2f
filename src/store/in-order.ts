import type { Position } from "./paging.js";

/** The order of every list of heads: the least recently updated first, ties by id. */
export function inOrder(a: Position, b: Position): number {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt ? -1 : 1;
  if (a.recordId === b.recordId) return 0;
  return a.recordId < b.recordId ? -1 : 1;
}
