import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BundledServer, bundleServer } from "../support/proof-bundle.js";
import { expectPromisedEnds, report } from "../support/proof-expect.js";
import { givenProof } from "../support/proof-given.js";
import { liveInBursts } from "../support/proof-lives.js";
import { percentile } from "../support/proof-percentile.js";

/** How many deliveries at the least: `LOOPFORGE_LOAD=10000 npx vitest run test/proof/load.test.ts` is the full load. */
const DELIVERIES = Number(process.env.LOOPFORGE_LOAD ?? 2000);
/** A work item's life at GitHub tells so many at the least, with what the App itself does there. */
const EACH = 20;
const MB = 1024 * 1024;
/** What the heap may grow by whatever the number: caches fill, and the collector leaves some megabytes lying, now more, now less. */
const CACHES_MAY_GROW = 6 * MB;
/** A body has 20 KB: of the full load, one in fifteen that is kept shows; of the least, all of them do. */
const EACH_MAY_LEAVE = 1024;
const TIMEOUT_MS = 120_000 + DELIVERIES * 100;

let bundled: BundledServer;
beforeAll(async () => {
  bundled = await bundleServer();
});
afterAll(() => rm(bundled.folder, { recursive: true, force: true }));

describe("given deliveries as fast as one machine takes them", () => {
  test("then none is lost, and the memory that it needs does not grow with their number", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const proof = await givenProof({ bundled });
    const { client, victim } = proof;
    // A fifth of it first: what is held for as long as the process lives is there by then.
    const items = Math.ceil(DELIVERIES / EACH);
    await liveInBursts(proof, Math.ceil(items / 5));
    const early = await victim.current.memory();
    const before = client.acknowledged.size;

    const begin = performance.now();
    await liveInBursts(proof, Math.ceil((items * 4) / 5));
    const seconds = (performance.now() - begin) / 1000;
    const late = await victim.current.memory();

    const worked = client.acknowledged.size - before;
    const inMs = (share: number) => `${Math.round(percentile(client.latencies, share))} ms`;
    const inMb = (bytes: number) => `${Math.round(bytes / MB)} MB`;
    report(
      "load",
      proof,
      `${Math.round(worked / seconds)} worked a second`,
      `acknowledged within ${inMs(0.5)} (p50), ${inMs(0.99)} (p99), ${inMs(1)} (longest)`,
      `heap ${inMb(early.heap)} after a fifth, ${inMb(late.heap)} at the end`,
      `peak ${inMb(late.peak)}`,
    );
    expect(client.acknowledged.size).toBeGreaterThanOrEqual(DELIVERIES);
    expect(client.refused).toBe(0);
    expect(late.heap - early.heap).toBeLessThan(CACHES_MAY_GROW + worked * EACH_MAY_LEAVE);
    await expectPromisedEnds(proof);
  });
});
