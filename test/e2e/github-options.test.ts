import { describe, expect, test } from "vitest";
import type { SandboxOptions } from "../../src/sandbox/index.js";
import { ALL_SCENARIOS, type Scenario } from "../../src/sandbox/scenarios/index.js";
import { endDisturbed } from "../support/disturbed.js";
import { endedOf } from "../support/ending.js";
import { givenPlayed } from "../support/in-process.js";

/** What some servers never do, and some days do not. */
const OPTIONS: readonly (readonly [what: string, options: Partial<SandboxOptions>])[] = [
  ["does not say whose a check is", { appOmitted: true }],
  ["answers no query", { graphqlDown: true }],
  ["answers a part of each query", { graphqlPartial: true }],
  ["refuses reactions", { noReactions: true }],
];

const SCENARIOS = ALL_SCENARIOS.map((scenario) => [scenario.name, scenario] as const);

describe.each(OPTIONS)("given a GitHub that %s", (_, sandbox) => {
  test.each(SCENARIOS)(
    "when %s is played, then it ends as it says, and nothing is set aside",
    async (_name, scenario) => {
      const played = await endDisturbed(scenario, { sandbox });
      expect(played).toMatchObject({ end: played.expected, setAside: [] });
    },
  );
});

describe("given a GitHub that keeps checks for a day", () => {
  const TWO_DAYS = 2 * 86_400;
  const played = async (scenario: Scenario) => {
    const { pull, deliveries, ...app } = await givenPlayed(scenario, { sandbox: { checksKeptDays: 1 } });
    app.clock.advance(TWO_DAYS);
    return { pull, deliveries, app };
  };

  test.each(SCENARIOS)("when all of %s is heard days later, then it ends as it says", async (_, scenario) => {
    const { pull, deliveries, app } = await played(scenario);
    for (const delivery of deliveries) await app.receive(delivery);
    await app.receiveAll();
    const { end, expected } = await endedOf(app, scenario, pull);
    expect(end).toEqual(expected);
  });

  test.each(SCENARIOS)("when what CI said of %s is never heard, then nobody is accused of it", async (_, scenario) => {
    const { pull, deliveries, app } = await played(scenario);
    for (const delivery of deliveries) if (!delivery.event.startsWith("check_")) await app.receive(delivery);
    await app.receiveAll();
    const { end, expected } = await endedOf(app, scenario, pull);
    const accused = end.rules.filter((rule) => !expected.rules.includes(rule));
    expect({ ...end, rules: accused }).toEqual({ ...expected, rules: [] });
  });
});
