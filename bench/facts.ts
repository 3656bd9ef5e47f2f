import { WaitingPull } from "../test/support/waiting-pull.js";
import { type CountedStore, countedStores } from "./counted-stores.js";
import { median, type Result } from "./measure.js";
import { benchPlans } from "./plans.js";

/** Checks that are known already when one more is heard of. */
const KNOWN = [1, 32, 300];
const DELIVERIES = 5;
const CHECKS = 32;

/** What a check costs to be taken in, whatever is known already, and what a decision from all of them takes. */
export async function benchFacts(): Promise<readonly Result[]> {
  const results: Result[] = [];
  for await (const counted of countedStores()) {
    process.stderr.write(`  ${counted.name} …\n`);
    results.push(...(await quietDeliveries(counted)), ...(await wholePull(counted)));
  }
  return [...results, ...benchPlans()];
}

/** A check that moves nothing: the dearest of some deliveries. */
async function quietDeliveries({ name, open, cost, atMost }: CountedStore): Promise<readonly Result[]> {
  const store = await open();
  const waiting = await WaitingPull.given(store);
  const results: Result[] = [];
  for (const known of KNOWN) {
    await waiting.learnChecks(known);
    const heads = await waiting.headsWritten();
    const costs: number[] = [];
    for (let turn = 0; turn < DELIVERIES; turn++) costs.push(await cost.of(() => waiting.beginCheck()));
    const what = `a check that moves nothing on ${name}, ${known} known`;
    results.push(
      { name: what, unit: cost.unit, value: Math.max(...costs), limit: atMost.quiet },
      { name: what, unit: "heads written", value: (await waiting.headsWritten()) - heads, limit: 0 },
    );
  }
  await store.close();
  return results;
}

/** All that the CI of one pull request costs, when each check is created, started and completed. */
async function wholePull({ name, open, cost, atMost }: CountedStore): Promise<readonly Result[]> {
  const store = await open();
  const waiting = await WaitingPull.given(store);
  const costs: number[] = [];
  for (let check = 0; check < CHECKS; check++) costs.push(await cost.of(() => waiting.runCheck()));
  await store.close();
  const all = costs.reduce((sum, one) => sum + one, 0);
  const what = `${CHECKS} checks created, started and completed on ${name}`;
  return [
    { name: what, unit: cost.unit, value: all, ...(atMost.pull === null ? {} : { limit: atMost.pull }) },
    { name: `${what}: of one of them, the median`, unit: cost.unit, value: median(costs) },
  ];
}
