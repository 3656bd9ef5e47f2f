/** One line of the results: how fast something is, and beside what. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** What stands beside it in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** The ratio to the peer that is wanted. */
  readonly target?: number;
  /** The ratio to the peer that must not be exceeded, where less is better. */
  readonly atMost?: number;
  /** What the value itself must not exceed, in its own unit. */
  readonly limit?: number;
}

/** How many a second, the median of `rounds` after one that is not counted. `work` says how many it did. */
export async function rate(work: () => Promise<number>, rounds = 3): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const begin = performance.now();
    const done = await work();
    const seconds = (performance.now() - begin) / 1000;
    if (round > 0) rates.push(done / seconds);
  }
  return median(rates);
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function ratio({ value, peer }: Result): number | null {
  return peer ? value / peer.value : null;
}
