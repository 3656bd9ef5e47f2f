import { describe, expect, test } from "vitest";
import { calm, optionsOf } from "./options.js";
import { inWords } from "./report.js";
import { runSeed } from "./run-seed.js";
import { shrink } from "./shrink.js";
import type { Run } from "./simulator.js";
import type { Step } from "./story.js";

/** More with LOOPFORGE_SEEDS, others with LOOPFORGE_SEED as the first one. */
const { LOOPFORGE_SEEDS = "90", LOOPFORGE_SEED = "1" } = process.env;
const SEEDS = Number(LOOPFORGE_SEEDS);
const FROM = Number(LOOPFORGE_SEED);
const IN_ONE_TEST = 10;

describe("given stories of people and bots, and all that can go wrong beside them", () => {
  const firsts = Array.from({ length: Math.ceil(SEEDS / IN_ONE_TEST) }, (_, index) => FROM + index * IN_ONE_TEST);
  test.each(firsts)(
    "when those of the ten seeds from %i on are played, then nothing is lost, silent or accused wrongly",
    { timeout: 1_200_000 },
    async (first) => {
      for (let seed = first; seed < Math.min(first + IN_ONE_TEST, FROM + SEEDS); seed++) {
        const run = await runSeed(seed);
        expect(run.faults, inWords(run)).toEqual([]);
      }
    },
  );

  test("when a seed is played twice, then it goes the same way", async () => {
    const [one, other] = [await runSeed(FROM), await runSeed(FROM)];
    expect(other).toEqual(one);
  });
});

describe("given a story of which two steps together are what fails", () => {
  const stepOf = (id: number): Step => ({ id, wait: 1, move: "push", numbers: [], calls: 3, crashAfter: null });
  const said = (faults: Run["faults"]): Run => ({
    ...{ faults, words: [], log: [], ends: new Map() },
    tally: { steps: 0, calls: 0, struck: 0, crashes: 0, merges: 0, unlawful: 0, exceptions: 0 },
  });

  test("when it is made short, then these two are left, and nothing else that went wrong", async () => {
    const faults = [{ checker: "truth", what: "the merge of #7 was red, and is silent" }] as const;
    const options = optionsOf(1, []);
    const shortest = await shrink({ options, steps: [1, 2, 3, 4, 5, 6, 7].map(stepOf) }, faults, async ({ steps }) => {
      const ids = steps.map(({ id }) => id);
      return said(ids.includes(3) && ids.includes(6) ? faults : []);
    });
    expect(shortest.steps).toEqual([3, 6].map((id) => ({ ...stepOf(id), calls: null })));
    expect(shortest.options.network.delayed).toBe(calm(options).network.delayed);
    expect(shortest.options.store).toEqual(calm(options).store);
  });
});
