import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALL_SCENARIOS, crowded } from "../../src/sandbox/scenarios/index.js";
import { endAfter, endLive } from "../support/ending.js";
import { givenPlayed } from "../support/in-process.js";

/** Runs in any order, over all scenarios: LOOPFORGE_ORDER_RUNS. */
const { LOOPFORGE_ORDER_RUNS = "500" } = process.env;
const RUNS = Math.ceil(Number(LOOPFORGE_ORDER_RUNS) / ALL_SCENARIOS.length);

/** Shrinking a failure takes many runs: it is cut short, so that what was found is shown. */
const TIME_LIMIT_MS = 60_000 + RUNS * 2_000;

/** The places of `count` deliveries in the order of their arrival: each once or twice, anywhere. Shrinks to the order they were sent in. */
function anyOrder(count: number): fc.Arbitrary<readonly number[]> {
  const place = fc.nat({ max: 10_000 });
  const arrivals = fc.record({ once: place, again: fc.option(place) });
  return fc.array(arrivals, { minLength: count, maxLength: count }).map((all) =>
    all
      .flatMap(({ once, again }, index) => [{ index, at: once }, ...(again === null ? [] : [{ index, at: again }])])
      .sort((a, b) => a.at - b.at)
      .map(({ index }) => index),
  );
}

describe.each(ALL_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  "given the scenario %s",
  (_, scenario) => {
    test("when every delivery is worked as it comes, then it ends as it says", async () => {
      const { end, expected } = await endLive(scenario);
      expect(end).toEqual(expected);
    });

    test("when all come after its end, in order, then it ends as it says", async () => {
      const { end, expected } = await endAfter(scenario, (deliveries) => deliveries);
      expect(end).toEqual(expected);
    });

    test("when all come after its end, each twice, then it ends the same", async () => {
      const { end, expected } = await endAfter(scenario, (deliveries) => deliveries.flatMap((one) => [one, one]));
      expect(end).toEqual(expected);
    });

    test("when all come after its end, each once or twice, in any order, then it ends the same", {
      timeout: TIME_LIMIT_MS + 30_000,
    }, async () => {
      const { deliveries: sent } = await givenPlayed(scenario);
      const arrival = fc.asyncProperty(anyOrder(sent.length), async (order) => {
        const { end, expected } = await endAfter(scenario, (deliveries) =>
          order.flatMap((index) => deliveries[index] ?? []),
        );
        const arrived = order.map((index) => {
          const { event, action } = sent[index] ?? {};
          return `${index} ${action ? `${event}.${action}` : event}`;
        });
        expect(end, `arrived: ${arrived.join(", ")}`).toEqual(expected);
      });
      await fc.assert(arrival, {
        numRuns: RUNS,
        interruptAfterTimeLimit: TIME_LIMIT_MS,
        markInterruptAsFailure: true,
      });
    });
  },
);

/** A crowd takes seconds to play: a few orders of it are enough. */
describe("given 31 pull requests of one issue", () => {
  const scenario = crowded(31);

  test("when every delivery is worked as it comes, then the last is followed like the first", {
    timeout: 60_000,
  }, async () => {
    const { end, expected } = await endLive(scenario);
    expect(end).toEqual(expected);
  });

  test("when all come after its end, the last first, then it ends the same", { timeout: 60_000 }, async () => {
    const { end, expected } = await endAfter(scenario, (deliveries) => deliveries.toReversed());
    expect(end).toEqual(expected);
  });
});
