import type { Position } from "../paging.js";

/** The order of lists: the least recently updated first, ties by id. */
export function inOrder(a: Position, b: Position): number {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt ? -1 : 1;
  if (a.recordId === b.recordId) return 0;
  return a.recordId < b.recordId ? -1 : 1;
}

/** Many ordered sources as one. Holds one position of each, and whatever they hold themselves. */
export async function* merged(sources: readonly AsyncIterator<Position>[]): AsyncGenerator<Position> {
  // Side by side: each has to ask for its first page.
  const next = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first: { place: number; value: Position } | null = null;
    for (const [place, { done, value }] of next.entries()) {
      if (!done && (!first || inOrder(value, first.value) < 0)) first = { place, value };
    }
    const source = first && sources[first.place];
    if (!first || !source) return;
    yield first.value;
    next[first.place] = await source.next();
  }
}

/** So many of a source's next, or fewer where it ends. */
export async function taken<T>(source: AsyncIterator<T>, limit: number): Promise<readonly T[]> {
  const items: T[] = [];
  while (items.length < limit) {
    const next = await source.next();
    if (next.done) break;
    items.push(next.value);
  }
  return items;
}
