import { rm } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALL_SCENARIOS } from "../../src/sandbox/scenarios/index.js";
import { issueRestarted } from "../../src/sandbox/scenarios/issue-restarted.js";
import { type BundledServer, bundleServer } from "../support/proof-bundle.js";
import { endsOf, type WorkEnd } from "../support/proof-ends.js";
import { expectAllWorked, expectPromisedEnds, report } from "../support/proof-expect.js";
import { givenProof, type Proof } from "../support/proof-given.js";
import { type Live, liveInOneBurst, liveInStep } from "../support/proof-lives.js";
import { type Random, seededRandom } from "../support/proof-random.js";
import { strikeWhileLiving } from "../support/proof-strikes.js";
import { SEED } from "../support/seed.js";

/**
 * How often the server is killed, and so how much there is to work: `LOOPFORGE_KILLS=200 npx vitest run test/proof/kill.test.ts` is
 * 100 work items and more than 2,000 deliveries. LOOPFORGE_SEED makes other choices.
 */
const KILLS = Number(process.env.LOOPFORGE_KILLS ?? 25);
const ITEMS = Math.max(ALL_SCENARIOS.length, Math.ceil(KILLS / 2));
const TIMEOUT_MS = 120_000 + KILLS * 6_000;

let bundled: BundledServer;
beforeAll(async () => {
  bundled = await bundleServer();
});
afterAll(() => rm(bundled.folder, { recursive: true, force: true }));

/** @param span how many sparks the server lives for at most */
async function killWhileLiving(live: Live, proof: Proof, kills: number, span: number): Promise<void> {
  const random = seededRandom(SEED);
  await strikeWhileLiving({
    ...{ proof, live, items: ITEMS, times: kills },
    instant: () => instant(random, proof, span),
    strike: () => proof.victim.kill(),
  });
}

/** One in ten dies while it starts; the others at something that they have just done, or a moment after. */
async function instant(random: Random, { fuse, victim }: Proof, span: number): Promise<void> {
  if (random.next() < 0.1) return void (await setTimeout(random.upTo(150)));
  await victim.url();
  await fuse.light(random.upTo(span));
  if (random.next() < 0.5) await setTimeout(random.upTo(10));
}

/**
 * Where an issue is closed and reopened within one second, GitHub is asked for its history at once. A process that dies between that and
 * the append knows the history already, so that the delivery tells the line, and not the read: every other line is the same.
 */
function comparable(end: WorkEnd): WorkEnd {
  return end.scenario === issueRestarted.name ? { ...end, steps: [] } : end;
}

describe("given a server that is killed at random instants while deliveries are posted", () => {
  let undisturbed: ReadonlyMap<string, WorkEnd>;
  /** All the sparks that there are to be had, of as many work items as are killed. */
  let sparks: number;

  test("when it is not killed, then every work item ends as its scenario says", { timeout: TIMEOUT_MS }, async () => {
    const proof = await givenProof({ bundled });
    await liveInStep(proof, ALL_SCENARIOS.length);
    report("undisturbed", proof);
    const ends = await expectPromisedEnds(proof);
    undisturbed = new Map(ends.map((end) => [end.scenario, end]));
    sparks = proof.fuse.total * (ITEMS / ALL_SCENARIOS.length);
  });

  test("when people are slower than it, then every ledger is as of a run without kills", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const proof = await givenProof({ bundled });
    await killWhileLiving(liveInStep, proof, KILLS, Math.ceil((1.6 * sparks) / KILLS));
    report("in step", proof, `${KILLS} kills`);
    await expectAllWorked(proof);
    const ends = await endsOf(proof.world, await proof.openStore());
    expect(ends.map(comparable)).toEqual(
      ends.map(({ scenario }) => {
        const end = undisturbed.get(scenario);
        return end && comparable(end);
      }),
    );
  });

  test("when all is posted at once, then every work item ends as its scenario says", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const proof = await givenProof({ bundled });
    // Side by side, each gets on the slower: the server lives longer, and is killed less often.
    const kills = Math.ceil(KILLS / 5);
    await killWhileLiving(liveInOneBurst, proof, kills, Math.ceil(sparks / kills));
    report("in one burst", proof, `${kills} kills`);
    await expectPromisedEnds(proof);
  });
});
