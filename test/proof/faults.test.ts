import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALL_SCENARIOS } from "../../src/sandbox/scenarios/index.js";
import { type BundledServer, bundleServer } from "../support/proof-bundle.js";
import { expectPromisedEnds, report } from "../support/proof-expect.js";
import { FAULT_KINDS, type FaultyLine, faultyLine } from "../support/proof-faults.js";
import { givenProof } from "../support/proof-given.js";
import { liveInOneBurst, liveInStep } from "../support/proof-lives.js";
import { seededRandom } from "../support/proof-random.js";
import { SEED } from "../support/seed.js";

/** One request in five. */
const SHARE = 0.2;
/** What the server waits a minute for, is over in three seconds. */
const HURRY = 20;
const TIMEOUT_MS = 300_000;

let bundled: BundledServer;
beforeAll(async () => {
  bundled = await bundleServer();
});
afterAll(() => rm(bundled.folder, { recursive: true, force: true }));

describe("given a GitHub at which one request in five goes wrong", () => {
  test.each([
    ["each event is worked before the next", liveInStep],
    ["all is posted at once", liveInOneBurst],
  ])("when %s, then every work item ends as its scenario says", { timeout: TIMEOUT_MS }, async (what, live) => {
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
