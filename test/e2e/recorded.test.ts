import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { listen } from "../../src/sandbox/listen.js";
import { post } from "../support/post.js";
import { HAS_RECORDING, RECORDED_SINCE, type Recorded, recordedRuns } from "../support/recorded.js";
import { APP_ID, givenRecordedApp } from "../support/recorded-app.js";
import { endsIn, expectedEnds, type RecordedEnd } from "../support/recorded-ends.js";
import { recordedGithub } from "../support/recorded-github.js";
import { byTime, worldOf } from "../support/recorded-world.js";
import { reportsIn } from "../support/reports.js";
import { givenRunning, type Running } from "../support/running.js";

/**
 * 2,615 real deliveries of 172 runs. The runs share nothing: GUIDs are unique, and no pull request is in two of them. GitHub's stand-in
 * answers from the payloads of the run; what is not in them, it does not have.
 */
const PULLS = 289;

/** Of each run, beside the orders of the file and of time: LOOPFORGE_RECORDED_ORDERS. */
const RANDOM_ORDERS = Number(process.env.LOOPFORGE_RECORDED_ORDERS ?? 5);

/** Shrinking a failure to the few deliveries that matter is cut short, so that what was found is shown. */
const TIME_LIMIT_MS = 20_000;

const SIDE_BY_SIDE = 24;

if (!HAS_RECORDING && !process.env.CI) {
  console.warn("Skipped: the recorded deliveries are not in ../shared/recorded/. With CI set, they have to be.");
}

describe.skipIf(!HAS_RECORDING && !process.env.CI)("given the recorded deliveries", () => {
  const runs = HAS_RECORDING ? recordedRuns() : new Map<string, readonly Recorded[]>();
  const deliveries = [...runs.values()].flat();

  test("then no GUID stands twice, and no pull request is in two runs", () => {
    expect([deliveries.length, runs.size]).toEqual([2615, 172]);
    expect(new Set(deliveries.map(({ id }) => id)).size).toBe(deliveries.length);
    const refs = [...runs.values()].flatMap((run) => expectedEnds(worldOf(run))).map(({ ref }) => ref);
    expect([refs.length, new Set(refs).size]).toEqual([PULLS, PULLS]);
  });

  test("when they are posted over HTTP, then each is taken and worked, and each pull request ends as it shows", async () => {
    const world = worldOf(deliveries);
    const github = recordedGithub(world, { appId: APP_ID, authClock: () => new Date() });
    const { url: githubUrl, close } = await listen(github.fetch);
    onTestFinished(close);
    const sinceThen = Date.now() - Date.parse(RECORDED_SINCE);
    const app = await givenRunning({ config: { githubUrl }, serverClock: () => new Date(Date.now() - sinceThen) });
    expect(await postAll(app, runs)).toEqual({ 202: deliveries.length });
    await app.server.idle();

    const { waiting, leased, failed, done, ignored } = await app.server.inbox.stats(new Date(Date.now() - sinceThen));
    const counted = Object.values(ignored).reduce((sum, count) => sum + count, 0);
    expect({ waiting, leased, failed }).toEqual({ waiting: 0, leased: 0, failed: 0 });
    expect(done - (await reportsIn(app.server.inbox)) + counted).toBe(deliveries.length);
    expect(github.unknown).toEqual([]);
    expect(await endsIn(app.server.store)).toEqual(expectedEnds(world));
  });

  test("when they come one after the other, then each pull request ends as it shows, and has one comment", async () => {
    const { ends, comments } = await replay(deliveries);
    const expected = expectedEnds(worldOf(deliveries));
    expect(ends).toEqual(expected);
    expect(comments).toEqual(expected.map(({ ref }) => ref));
    report(ends);
  });

  test("when they come in the order of their times, then each ends the same", async () => {
    const { ends } = await replay([...deliveries].sort(byTime));
    expect(ends).toEqual(expectedEnds(worldOf(deliveries)));
  });

  test("when each comes twice, under one GUID, then each ends the same", async () => {
    const { ends } = await replay(deliveries.flatMap((one) => [one, one]));
    expect(ends).toEqual(expectedEnds(worldOf(deliveries)));
  });

  test("when each comes twice, the second time under a GUID that tells no time, then each ends the same", async () => {
    const { ends } = await replay(
      deliveries.flatMap((one) => [one, withoutTime(one)]),
      worldOf(deliveries),
    );
    expect(ends).toEqual(expectedEnds(worldOf(deliveries)));
  });

  test("when every merge is worked a minute late, then each ends as if it had been worked in time", async () => {
    const late = [...runs.values()].flatMap(mergesLate);
    expect(late.filter((one, index) => one !== deliveries[index]).length).toBeGreaterThan(100);
    const { ends } = await replay(late);
    expect(ends).toEqual(expectedEnds(worldOf(deliveries)));
  });

  test("when GitHub shows nothing of them, then each comes to the same state", async () => {
    const { ends } = await replay(deliveries, worldOf([]));
    expect(ends.map(stateOf)).toEqual(expectedEnds(worldOf(deliveries)).map(stateOf));
  });

  describe.each([...runs])("of the run %s", (_, run) => {
    test("when they come in any order, then each ends the same", { timeout: TIME_LIMIT_MS + 30_000 }, async () => {
      const expected = expectedEnds(worldOf(run));
      const arrival = fc.asyncProperty(anyOrder(run.length), async (order) => {
        const arrived = order.flatMap((index) => run[index] ?? []);
        expect((await replay(arrived)).ends, `arrived: ${arrived.map(nameOf).join(", ")}`).toEqual(expected);
      });
      await fc.assert(arrival, {
        numRuns: RANDOM_ORDERS,
        interruptAfterTimeLimit: TIME_LIMIT_MS,
        markInterruptAsFailure: true,
      });
    });
  });
});

/** Works the deliveries one after the other, beside a GitHub that is at the end of the run already. */
async function replay(deliveries: readonly Recorded[], world = worldOf(deliveries)) {
  const { store, github, log, receive } = givenRecordedApp(world);
  for (const delivery of deliveries) await receive(delivery);
  expect({ unknown: github.unknown, log }).toEqual({ unknown: [], log: [] });
  return { ends: await endsIn(store), comments: [...github.comments.values()].map(({ on }) => on).sort() };
}

/** The places of the deliveries in the order of their arrival. Shrinks to the order of the file. */
function anyOrder(count: number): fc.Arbitrary<readonly number[]> {
  const places = fc.array(fc.noBias(fc.nat({ max: 10_000 })), { minLength: count, maxLength: count });
  return places.map((all) =>
    all
      .map((at, index) => ({ at, index }))
      .sort((a, b) => a.at - b.at)
      .map(({ index }) => index),
  );
}

const LATE_MS = 60_000;

/** By time, but each merge is handed over only after all that GitHub made within a minute of it. */
function mergesLate(run: readonly Recorded[]): readonly Recorded[] {
  const arrivalOf = (one: Recorded) => Date.parse(one.delivered_at) + (isMerge(one) ? LATE_MS : 0);
  return [...run].sort(
    (a, b) => arrivalOf(a) - arrivalOf(b) || Number(isMerge(a)) - Number(isMerge(b)) || byTime(a, b),
  );
}

function isMerge({ event, payload }: Recorded): boolean {
  return event === "pull_request" && payload.action === "closed" && payload.pull_request?.merged === true;
}

/** The same delivery under a random GUID, a UUID of version 4. */
function withoutTime(delivery: Recorded): Recorded {
  const { id } = delivery;
  return { ...delivery, id: `${id.slice(0, 14)}4${id.slice(15)}` };
}

function nameOf({ id, event, payload }: Recorded): string {
  return `${id.slice(0, 8)} ${payload.action ? `${event}.${payload.action}` : event}`;
}

function stateOf({ ref, state }: RecordedEnd): string {
  return `${ref} ${state}`;
}

/** For whoever wants to know: `LOOPFORGE_REPORT=1`. */
function report(ends: readonly RecordedEnd[]): void {
  if (!process.env.LOOPFORGE_REPORT) return;
  const counts: Record<string, number> = {};
  for (const { state, rules } of ends) {
    const end = [state, ...rules].join(" ");
    counts[end] = (counts[end] ?? 0) + 1;
  }
  console.log(counts);
}

/** Posts the runs side by side, each in its order. @returns how often each status was answered */
async function postAll({ server }: Running, runs: ReadonlyMap<string, readonly Recorded[]>) {
  const waiting = [...runs.values()];
  const answers: Record<number, number> = {};
  const work = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      for (const { id, event, payload } of run) {
        const { status } = await post(server.webhookUrl, { guid: id, event, body: JSON.stringify(payload) });
        answers[status] = (answers[status] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return answers;
}
