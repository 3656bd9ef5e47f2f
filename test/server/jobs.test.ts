import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Job, startJobs } from "../../src/server/jobs.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { collectedLog } from "../support/log.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A job that says when it begins, in seconds since the start, and ends when it is told to; at once, unless it `takes` so long. */
function aJob(name: string, everyMs: number, { takes = 0, fails = false } = {}) {
  const begun: number[] = [];
  const start = Date.now();
  const run = async () => {
    begun.push((Date.now() - start) / 1000);
    if (takes > 0) await new Promise((resolve) => setTimeout(resolve, takes));
    if (fails) throw new Error(`${name} is broken`);
    return { found: begun.length };
  };
  return { job: { name, everyMs, run } satisfies Job, begun };
}

/** What a server remembers, from one start to the next. */
const items = new MemoryRepository().items;

function given(...jobs: readonly { readonly job: Job }[]) {
  const { log, lines } = collectedLog("debug");
  const clock = () => new Date();
  const running = startJobs({ jobs: jobs.map(({ job }) => job), items, clock, timers: globalThis, log });
  const logged = () => lines.map((line) => JSON.parse(line) as { msg: string; job: string });
  return { running, logged };
}

describe("given jobs", () => {
  test("when time passes, then each runs after its time, again and again, and not at the start", async () => {
    const [often, seldom] = [aJob("often", 1000), aJob("seldom", 2500)];
    const { logged } = given(often, seldom);
    await vi.advanceTimersByTimeAsync(3000);
    expect([often.begun, seldom.begun]).toEqual([[1, 2, 3], [2.5]]);
    expect(logged()).toMatchObject([
      { msg: "A job has run", job: "often", result: { found: 1 } },
      { msg: "A job has run", job: "often", result: { found: 2 } },
      { msg: "A job has run", job: "seldom", result: { found: 1 } },
      { msg: "A job has run", job: "often", result: { found: 3 } },
    ]);
  });

  test("when one takes longer than its time, then the next round begins that long after it has ended", async () => {
    const slow = aJob("slow", 1000, { takes: 3000 });
    given(slow);
    await vi.advanceTimersByTimeAsync(9500);
    expect(slow.begun).toEqual([1, 5, 9]);
  });

  test("when one is due while another runs, then it waits for its turn", async () => {
    const [slow, quick] = [aJob("slow", 1000, { takes: 3000 }), aJob("quick", 2000)];
    given(slow, quick);
    await vi.advanceTimersByTimeAsync(4500);
    expect([slow.begun, quick.begun]).toEqual([[1], [4]]);
  });

  test("when one fails, then that is in the log, it runs again, and no other is kept from running", async () => {
    const [broken, well] = [aJob("broken", 1000, { fails: true }), aJob("well", 1000)];
    const { logged } = given(broken, well);
    await vi.advanceTimersByTimeAsync(2000);
    expect([broken.begun, well.begun]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(logged()[0]).toMatchObject({
      ...{ msg: "A job failed, and will run again", job: "broken", level: 50 },
      err: { message: "broken is broken" },
    });
  });
});

describe("given a job that runs once a day, and a server that is started anew", () => {
  const DAY_MS = 86_400_000;
  const HOUR_MS = 3_600_000;
  /** A name of its own for each test, for the memory is the same. */
  const daily = (name: string, how: Parameters<typeof aJob>[2] = {}) => {
    const { job, begun } = aJob(name, DAY_MS, how);
    return { job: { ...job, isRemembered: true }, begun };
  };
  const livesFor = async (ms: number, one: { readonly job: Job }) => {
    const { running } = given(one);
    await vi.advanceTimersByTimeAsync(ms);
    await running.stop();
  };

  test("when it is started for the first time, then the job runs soon", async () => {
    const purge = daily("first");
    await livesFor(60_000, purge);
    expect(purge.begun).toEqual([10]);
  });

  test("when it is started every eight hours, then the job runs once a day all the same", async () => {
    const purge = daily("often");
    for (let start = 0; start < 9; start++) await livesFor(8 * HOUR_MS, purge);
    expect(purge.begun.map((second) => Math.round(second / 3600))).toEqual([0, 24, 48]);
  });

  test("when it stood still for a week, then the job runs soon after, and a day later", async () => {
    const purge = daily("week");
    await livesFor(60_000, purge);
    await vi.advanceTimersByTimeAsync(7 * DAY_MS);
    await livesFor(DAY_MS + 60_000, purge);
    expect(purge.begun).toHaveLength(3);
  });

  test("when the clock was set back since, then the job runs soon, and not when that moment comes again", async () => {
    const purge = daily("clock");
    await livesFor(60_000, purge);
    vi.setSystemTime(Date.now() - 30 * DAY_MS);
    await livesFor(60_000, purge);
    expect(purge.begun).toHaveLength(2);
  });

  test("when the job failed, then it is tried again within the hour, and after a new start", async () => {
    const purge = daily("fails", { fails: true });
    await livesFor(HOUR_MS + 60_000, purge);
    await livesFor(60_000, purge);
    expect(purge.begun).toEqual([10, 3610, 3670]);
  });
});

describe("given that it is to stop", () => {
  test("when none runs, then it stops at once, and none runs ever after", async () => {
    const job = aJob("often", 1000);
    const { running } = given(job);
    await running.stop();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(5000);
    expect(job.begun).toEqual([]);
  });

  test("when one runs and another waits, then it stops when the one has ended, and the other does not begin", async () => {
    const [slow, waiting] = [aJob("slow", 1000, { takes: 3000 }), aJob("waiting", 2000)];
    const { running } = given(slow, waiting);
    await vi.advanceTimersByTimeAsync(2500);
    const stopped = vi.fn();
    const stopping = running.stop().then(stopped);
    await vi.advanceTimersByTimeAsync(1499);
    expect(stopped).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await stopping;
    expect(waiting.begun).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
