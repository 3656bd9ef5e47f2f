import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openInbox } from "../../src/inbox/open.js";
import { COMMENT_MARKER } from "../../src/report/comment.js";
import type { Delivery, PullRequest } from "../../src/sandbox/index.js";
import { forced, reviewed, reworked, SCENARIOS, type Scenario } from "../../src/sandbox/scenarios/index.js";
import { givenRunning, type Running, temporaryFolder } from "../support/running.js";
import { deliveriesOf, outcomesOf, play } from "../support/scenarios.js";

const CASES = SCENARIOS.map((scenario) => [scenario.name, scenario] as const);

/** Ends as the scenario says: in the state, with the exceptions and no others, and with all that is shown of it. */
async function expectEnd(app: Running, scenario: Scenario, pull: PullRequest): Promise<void> {
  await expectState(app, scenario, pull);
  const outcomes = await outcomesOf(app.server.store, pull);
  expect(outcomes.map(({ ref, rules }) => ({ ref, rules }))).toEqual([
    { ref: "acme/shop#1", rules: scenario.ends.rules },
  ]);
}

/** Ends in the state that the scenario says; out of order, by way of what else is told by the tests that are marked as failing. */
async function expectState(app: Running, scenario: Scenario, pull: PullRequest): Promise<void> {
  const outcomes = await outcomesOf(app.server.store, pull);
  expect(outcomes.map(({ state, breaks }) => ({ state, breaks }))).toEqual([
    { state: scenario.ends.state, breaks: [] },
  ]);
  expectReport(app, pull);
  const { waiting, failed } = await app.server.inbox.stats(new Date());
  expect({ waiting, failed }).toEqual({ waiting: 0, failed: 0 });
}

/** One audit comment, one check run on the head, and nothing that GitHub would not understand. */
function expectReport({ sandbox }: Running, pull: PullRequest): void {
  const audits = pull.comments.filter(({ body }) => body.startsWith(COMMENT_MARKER));
  expect(audits.map(({ author }) => author.login)).toEqual(["loopforge[bot]"]);
  const own = [...pull.repository.checkRuns.values()].filter(({ suite }) => suite.app.slug === "loopforge");
  const onHead = own.filter(({ suite }) => suite.headSha === pull.headSha);
  expect(onHead.map(({ name, status }) => `${name} ${status}`)).toEqual(["LoopForge completed"]);
  expect(sandbox.errors).toEqual([]);
}

describe.each(CASES)("given the scenario %s", (_, scenario) => {
  test("when all goes its usual way, then it ends as it says", async () => {
    const app = await givenRunning();
    const pull = await play(app, scenario, app.settle);
    await expectEnd(app, scenario, pull);
    const answers = app.sandbox.deliveries.map(({ status }) => status);
    expect(new Set(answers)).toEqual(new Set([202]));
  });

  test("when GitHub is an Enterprise Server, then it ends the same", async () => {
    const app = await givenRunning({ githubPath: "/api/v3" });
    const pull = await play(app, scenario, app.settle);
    await expectEnd(app, scenario, pull);
  });

  test("when every delivery comes twice, then it ends the same", async () => {
    const app = await givenRunning();
    const twice = async (): Promise<void> => {
      const waiting = app.sandbox.takePending();
      for (const delivery of [...waiting, ...waiting]) await app.sandbox.deliver(delivery);
      await app.settle();
    };
    const pull = await play(app, scenario, twice);
    await expectEnd(app, scenario, pull);
    const [outcome] = await outcomesOf(app.server.store, pull);
    const steps = outcome?.entries.map(({ fromState, toState, trigger }) => `${fromState} ${toState} ${trigger}`) ?? [];
    expect(new Set(steps).size).toBe(steps.length);
  });

  test("when every delivery is posted again after the end, then nothing is recorded", async () => {
    const app = await givenRunning();
    const pull = await play(app, scenario, app.settle);
    const [before] = await outcomesOf(app.server.store, pull);
    for (const delivery of app.sandbox.deliveries) await app.sandbox.deliver(delivery);
    await app.settle();
    const [after] = await outcomesOf(app.server.store, pull);
    expect(after?.entries).toEqual(before?.entries);
  });

  test("when the deliveries come late, in order, then it ends the same", async () => {
    const app = await givenRunning();
    const { pull, deliveries } = await deliveriesOf(app, scenario);
    await deliverInOrder(app, deliveries);
    await expectEnd(app, scenario, pull);
  });

  test("when they are posted all at once, then it ends the same", async () => {
    const app = await givenRunning();
    const { pull, deliveries } = await deliveriesOf(app, scenario);
    const attempts = await Promise.all(deliveries.map((delivery) => app.sandbox.deliver(delivery)));
    expect(new Set(attempts.map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
    await app.settle();
    await expectEnd(app, scenario, pull);
  });

  test("when the server stops in the middle, with deliveries waiting, then the next goes on where it stopped", async () => {
    const folder = temporaryFolder();
    const config = { store: `sqlite:${join(folder, "store.db")}`, inbox: `sqlite:${join(folder, "inbox.db")}` };
    const app = await givenRunning({ config });
    const { pull, deliveries } = await deliveriesOf(app, scenario);

    // GitHub answers nothing until the server has been told to stop: what is at work ends, the rest waits.
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    app.sandbox.faults = async (_context, next) => {
      await gate;
      await next();
    };
    for (const delivery of deliveries) await app.sandbox.deliver(delivery);
    const stopped = app.server.stop();
    open();
    await stopped;
    expect(await waitingIn(config.inbox)).toBeGreaterThan(0);

    await app.start();
    await app.settle();
    await expectEnd(app, scenario, pull);
  });
});

/** Any order ends the same: before a broken rule is recorded, or a work item given up, GitHub is asked once. */
describe("given deliveries out of order", () => {
  test("when a merge is worked before the checks that it came after, then it is no exception", async () => {
    const app = await givenRunning();
    const { pull, deliveries } = await deliveriesOf(app, reworked);
    await deliverInOrder(app, lastly(deliveries, "check_"));
    await expectEnd(app, reworked, pull);
  });

  test("when GitHub's answer lacks what is read of it, then what was delivered is recorded all the same", async () => {
    const app = await givenRunning();
    app.sandbox.faults = async (context, next) => {
      await next();
      if (context.req.method !== "GET" || !context.req.path.endsWith("/check-runs")) return;
      const answer = (await context.res.json()) as { readonly check_runs: readonly object[] };
      const check_runs = answer.check_runs.map((run) => ({ ...run, check_suite: null }));
      context.res = Response.json({ ...answer, check_runs });
    };
    const pull = await play(app, forced, app.settle);
    await expectEnd(app, forced, pull);
    expect(await app.server.inbox.stats(new Date())).toMatchObject({ failed: 0, waiting: 0 });
  });

  test("when the end of an issue is worked before its pull request, then it is not cancelled", async () => {
    const app = await givenRunning();
    const { pull, deliveries } = await deliveriesOf(app, reviewed);
    await deliverInOrder(app, lastly(lastly(deliveries, "pull_request"), "check_"));
    await expectState(app, reviewed, pull);
    const [outcome] = await outcomesOf(app.server.store, pull);
    expect(outcome?.ref).toBe("acme/shop#1");
  });
});

/** The same, with the events of a name put last. */
function lastly(deliveries: readonly Delivery[], name: string): readonly Delivery[] {
  const isMeant = ({ event }: Delivery) => event.startsWith(name);
  return [...deliveries.filter((one) => !isMeant(one)), ...deliveries.filter(isMeant)];
}

/** One after the other, each worked before the next is posted. */
async function deliverInOrder({ sandbox, server, settle }: Running, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) {
    await sandbox.deliver(delivery);
    await server.idle();
  }
  await settle();
}

async function waitingIn(url: string): Promise<number> {
  const inbox = await openInbox(url);
  const { waiting } = await inbox.stats(new Date());
  await inbox.close();
  return waiting;
}
