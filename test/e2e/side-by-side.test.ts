import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Delivery } from "../../src/sandbox/index.js";
import { ALL_SCENARIOS } from "../../src/sandbox/scenarios/index.js";
import { orderingKey } from "../../src/server/ordering-key.js";
import { endedOf } from "../support/ending.js";
import { givenPlayed, type InProcess } from "../support/in-process.js";

/** Runs over all scenarios: LOOPFORGE_SIDE_RUNS. */
const { LOOPFORGE_SIDE_RUNS = "120" } = process.env;

/**
 * With GraphQL down, nothing tells when a description was edited: a release whose text came to name an issue after it was closed seems to
 * have named it from the beginning.
 */
const SCENARIOS = ALL_SCENARIOS.filter(({ name }) => name !== "release");
const RUNS = Math.ceil(Number(LOOPFORGE_SIDE_RUNS) / SCENARIOS.length);
const WORKERS = 4;
/** Tries of one delivery. Chance alone comes nowhere near. */
const MAX_TRIES = 2000;

/** The next number of a run, from 0 up to `below`. */
type Chance = (below: number) => number;

/** GitHub answers late, and some requests fail, a part of them after they were done. GraphQL, of which some can do without, fails more. */
function failNowAndThen({ sandbox }: Pick<InProcess, "sandbox">, chance: Chance): { stop(): void } {
  const answer = sandbox.fetch;
  sandbox.fetch = async (request) => {
    for (let turns = chance(4); turns > 0; turns--) await setImmediate();
    const share = request.url.endsWith("/graphql") ? 25 : 4;
    if (chance(100) >= share) return answer(request);
    if (chance(2) === 0) await answer(request);
    return Response.json({ message: "Bad Gateway" }, { status: 502 });
  };
  return {
    stop() {
      sandbox.fetch = answer;
    },
  };
}

/** Works deliveries side by side as the inbox hands them out: never two of one key, each until it is done. */
async function workAll(app: InProcess, deliveries: readonly Delivery[], chance: Chance): Promise<void> {
  const waiting = deliveries.map((delivery) => ({ delivery, place: chance(10_000) })).sort((a, b) => a.place - b.place);
  const busy = new Set<string>();
  const keyOf = ({ event, guid, body }: Delivery) => orderingKey(event, guid, JSON.parse(body));
  const work = async () => {
    while (waiting.length > 0) {
      const index = waiting.findIndex(({ delivery }) => !busy.has(keyOf(delivery)));
      const [next] = index < 0 ? [] : waiting.splice(index, 1);
      if (!next) {
        await setImmediate();
        continue;
      }
      const key = keyOf(next.delivery);
      busy.add(key);
      await untilDone(app, next.delivery);
      busy.delete(key);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
}

async function untilDone(app: InProcess, delivery: Delivery): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await app.receive(delivery);
    } catch (error) {
      if (tries >= MAX_TRIES) throw error;
    }
  }
}

describe("given a GitHub whose requests fail now and then, and deliveries that are worked side by side", () => {
  test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    "when those of %s come in any order, then it ends as it says",
    { timeout: 60_000 + RUNS * 30_000 },
    async (_, scenario) => {
      const anyRun = fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 999_999 })), async (numbers) => {
        const chance: Chance = (below) => Number(numbers.next().value) % below;
        const { pull, deliveries, ...app } = await givenPlayed(scenario);
        const faults = failNowAndThen(app, chance);
        await workAll(app, deliveries, chance);
        faults.stop();
        await app.receiveAll();
        const { end, expected } = await endedOf(app, scenario, pull);
        expect(end).toEqual(expected);
      });
      await fc.assert(anyRun, {
        numRuns: RUNS,
        endOnFailure: true,
      });
    },
  );
});
