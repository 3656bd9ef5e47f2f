import { expect, it } from "vitest";
import { recordId } from "../../../src/core/index.js";
import { openStore } from "../../../src/store/open.js";
import type { LoopStore } from "../../../src/store/repository.js";
import { breaksOf } from "../../builders/records.js";
import { type Acknowledged, startWriter } from "./writer.js";

/** After how many acknowledged appends a writer is killed: at its first, and in the middle of its work. */
const KILLS = [1, 40, 200];

export interface Survival {
  /** Names a new, empty store as LOOPFORGE_STORE does. */
  readonly urlOf: () => Promise<string>;
  readonly kills?: readonly number[];
  /** Resolves when what a killed writer had asked a server for has been done, or will not be. */
  readonly isLeft?: (url: string) => Promise<void>;
}

/** What every store that lasts promises of a writer that is killed at any instant. */
export function survivesKills({ urlOf, kills = KILLS, isLeft }: Survival): void {
  it("holds every append that a process acknowledged before it was killed, no half of one, and verifies", async () => {
    const url = await urlOf();
    const acknowledged = new Map<string, number>();
    for (const killAfter of kills) {
      for (const [id, seq] of await startWriter(url, { killAfter })) acknowledged.set(id, seq);
      await isLeft?.(url);
      await expectKept(url, acknowledged);
    }
  });
}

/** The same of two writers at once, where a store may have more than one. */
export function survivesTwoWriters({ urlOf, isLeft }: Survival): void {
  it("is opened and written to by two processes at once", async () => {
    const url = await urlOf();
    const writers = [startWriter(url, { killAfter: 30 }), startWriter(url, { killAfter: 30 })];
    const both = await Promise.all(writers);
    await isLeft?.(url);
    for (const acknowledged of both) await expectKept(url, acknowledged);
  });
}

/** Opens the store once more and looks for everything in it that was acknowledged. */
export async function expectKept(url: string, acknowledged: Acknowledged): Promise<void> {
  const store = await openStore(url);
  expect(acknowledged.size).toBeGreaterThan(0);
  for (const [id, seq] of acknowledged) await expectWhole(store, id, seq);
  await store.close();
}

async function expectWhole(store: LoopStore, id: string, seq: number): Promise<void> {
  const [last] = await store.entries(recordId(id), { newest: true, limit: 1 });
  expect(last?.seq).toBeGreaterThanOrEqual(seq);
  // Each append adds two entries to the first: an even number would be half of one.
  expect((last?.seq ?? 0) % 2).toBe(1);
  expect(await breaksOf(store, id)).toEqual([]);
}
