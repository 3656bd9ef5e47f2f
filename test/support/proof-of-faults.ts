import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALL_SCENARIOS } from "../../src/sandbox/scenarios/index.js";
import { type BundledServer, bundleServer } from "./proof-bundle.js";
import { expectPromisedEnds, report } from "./proof-expect.js";
import { FAULT_KINDS, type FaultyLine, faultyLine } from "./proof-faults.js";
import { givenProof } from "./proof-given.js";
import type { Live } from "./proof-lives.js";
import { seededRandom } from "./proof-random.js";
import { SEED } from "./seed.js";

/** One request in five. */
const SHARE = 0.2;
/** What the server waits a minute for, is over in three seconds. */
const HURRY = 20;
const TIMEOUT_MS = 300_000;

/** A file of its own for each way to live: they wait most of the time, and so they are played side by side. */
export function describeFaults(what: string, live: Live): void {
  let bundled: BundledServer;
  beforeAll(async () => {
    bundled = await bundleServer();
  });
  afterAll(() => rm(bundled.folder, { recursive: true, force: true }));

  describe("given a GitHub at which one request in five goes wrong", () => {
    test(`when ${what}, then every work item ends as its scenario says`, { timeout: TIMEOUT_MS }, async () => {
      let counts: FaultyLine["counts"] = new Map();
      const proof = await givenProof({
        ...{ bundled, hurry: { factor: HURRY, since: Date.now() }, throttle: true },
        line: async (github) => {
          const faulty = await faultyLine(github, seededRandom(SEED), SHARE);
          counts = faulty.counts;
          return faulty;
        },
      });

      await live(proof, ALL_SCENARIOS.length);
      report(what, proof, ...[...counts].map(([fault, count]) => `${count} × ${fault}`));
      // Each kind was among them.
      expect(counts.size).toBe(FAULT_KINDS);
      await expectPromisedEnds(proof);
    });
  });
}
