import { describe, expect, test } from "vitest";
import type { SandboxOptions } from "../../src/sandbox/index.js";
import { endDisturbed, RUNS, refuseNowAndThen, SHARE, scenariosAt } from "../support/disturbed.js";
import { seededRandom } from "../support/proof-random.js";
import { SEED } from "../support/seed.js";

/** What drips is given up so soon, in milliseconds. What is given up too soon is asked for again. */
const TIMEOUT_MS = 20;

const SPOILT: readonly (readonly [what: string, options: Partial<SandboxOptions>])[] = [
  ["cut", { answersCut: SHARE }],
  ["a page of somebody else's", { answersForeign: SHARE }],
  ["dripping", { answersDrip: SHARE }],
];

describe.each(SPOILT.map(([what, options], nth) => ({ what, options, nth })))(
  "given a GitHub of whose answers one in five is $what",
  ({ options, nth }) => {
    test.each(scenariosAt(nth))(
      "when %s is played, then it ends as it says, and nothing is set aside",
      async (_, scenario) => {
        for (let run = 0; run < RUNS; run++) {
          const { next: chance } = seededRandom(SEED + run);
          const played = await endDisturbed(scenario, { sandbox: { ...options, chance }, timeoutMs: TIMEOUT_MS });
          expect(played).toMatchObject({ end: played.expected, setAside: [] });
        }
      },
    );
  },
);

describe("given a GitHub of whose answers one in five is 502", () => {
  test.each(scenariosAt(SPOILT.length))(
    "when %s is played, then it ends as it says, and nothing is set aside",
    async (_, scenario) => {
      for (let run = 0; run < RUNS; run++) {
        const { begin } = refuseNowAndThen(502, "Bad Gateway", seededRandom(SEED + run));
        const played = await endDisturbed(scenario, {}, { begin });
        expect(played).toMatchObject({ end: played.expected, setAside: [] });
      }
    },
  );
});
