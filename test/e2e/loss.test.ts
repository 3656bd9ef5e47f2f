import { describe, expect, test } from "vitest";
import { openEntry } from "../../src/core/index.js";
import { reconcile } from "../../src/github/catch-up/reconcile.js";
import { octokitsFor } from "../../src/github/client/octokit-for.js";
import { SUBSCRIBED } from "../../src/github/events.js";
import { ALL_SCENARIOS, type Scenario } from "../../src/sandbox/scenarios/index.js";
import { endAfter } from "../support/ending.js";
import { givenPlayed, type InProcess, outsideOf } from "../support/in-process.js";
import { headsOf } from "../support/scenarios.js";

/** What an installed App asks of GitHub by itself: here, after something was lost on the way. */
async function reconcileAll({ parts, clock, sandbox }: InProcess): Promise<void> {
  const options = { parts, clock, octokitFor: octokitsFor(outsideOf(sandbox)) };
  for await (const finding of reconcile(options)) expect(finding.found).not.toBe("unreachable");
}

/** How many entries were read from GitHub instead of being delivered. */
async function readEntries({ store }: InProcess): Promise<number> {
  const ledgers = await Promise.all((await headsOf(store)).map(({ recordId }) => store.entries(recordId)));
  return ledgers.flat().filter((stored) => openEntry(stored).source.kind === "snapshot").length;
}

const SCENARIOS = ALL_SCENARIOS.map((scenario: Scenario) => [scenario.name, scenario] as const);

/** Of what the App does not subscribe to, nothing can be lost. LOOPFORGE_LOSS_EVERY takes every so many-th only. */
const EVERY = Number(process.env.LOOPFORGE_LOSS_EVERY ?? 1);

describe.each(SCENARIOS)("given the scenario %s", (_, scenario) => {
  test("when any one delivery is lost and the App reconciles, then it ends the same", {
    timeout: 120_000,
  }, async () => {
    const { deliveries } = await givenPlayed(scenario);
    for (const [index, { event, action }] of deliveries.entries()) {
      if (!SUBSCRIBED.has(event) || index % EVERY !== 0) continue;
      const { end, expected } = await endAfter(scenario, (sent) => sent.toSpliced(index, 1), {
        reconcile: reconcileAll,
      });
      expect(end, `without ${index} ${event}.${action}`).toEqual(expected);
    }
  });
});

describe("given a merge whose delivery was lost", () => {
  test("when the App reconciles, then the history shows what was read and not delivered", async () => {
    const scenario = ALL_SCENARIOS.find(({ name }) => name === "reviewed");
    if (!scenario) throw new Error("There is no such scenario");
    const read: number[] = [];
    await endAfter(
      scenario,
      (sent) => sent.filter(({ event, action }) => `${event}.${action}` !== "pull_request.closed"),
      {
        reconcile: async (app) => {
          read.push(await readEntries(app));
          await reconcileAll(app);
          read.push(await readEntries(app));
        },
      },
    );
    expect(read[0]).toBe(0);
    expect(read[1]).toBeGreaterThan(0);
  });
});
