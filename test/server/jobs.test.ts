import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Job, startJobs } from "../../src/server/jobs.js";
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

function given(...jobs: readonly { readonly job: Job }[]) {
  const { log, lines } = collectedLog("debug");
  const running = startJobs({ jobs: jobs.map(({ job }) => job), timers: globalThis, log });
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
