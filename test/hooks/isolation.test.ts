import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runHooks } from "../../src/hook.js";
import { HookFailure } from "../../src/hooks/failure.js";
import { isolated, isolation } from "../../src/hooks/isolation.js";
import { aStory, givenIsolation, newestTransition, QUEUED } from "./given.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  // Whatever was run, no timer of ours is left to keep a process alive.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const never = () => new Promise<void>(() => {});
const broken = () => Promise.reject(new Error("broken"));
const reasonOf = (run: Promise<unknown>) =>
  run.then(
    () => "done",
    (error: unknown) => (error instanceof HookFailure ? error.reason : `not a failure: ${String(error)}`),
  );

describe("a run apart from everything else", () => {
  it("gives back what the work gives", async () => {
    const options = givenIsolation();
    expect(await isolation("quick", options)(async () => 7)).toBe(7);
    expect(await isolation("quick", options)(() => 8)).toBe(8);
    expect(options.stats.of("quick")).toEqual({ runs: 2, failures: 0 });
  });

  it.each([
    {
      what: "throws",
      work: () => {
        throw new Error("broken");
      },
    },
    { what: "rejects", work: broken },
    { what: "rejects with what has no text", work: () => Promise.reject(Object.create(null)) },
  ])("fails in its own words when the work $what, and is counted", async ({ work }) => {
    const options = givenIsolation();
    expect(await reasonOf(isolation("bad", options)(work))).toBe("failed");
    expect(options.stats.of("bad")).toEqual({ runs: 1, failures: 1 });
  });

  it.each([
    { what: "short", said: "401 for hunter2hunter2", kept: "401 for [redacted]" },
    { what: "cut in the middle of it", said: `${"x".repeat(490)}hunter2hunter2`, kept: `${"x".repeat(490)}[redacted]` },
  ])("keeps what the work says for the log, without known secrets, given a text that is $what", async (given) => {
    const options = givenIsolation({ redact: (text) => text.replaceAll("hunter2hunter2", "[redacted]") });
    const run = isolation("chatty", options)(() => Promise.reject(new Error(given.said)));
    await expect(run).rejects.toMatchObject({ message: "It failed: the log says how", detail: given.kept });
  });
});

describe("the time that a run may take", () => {
  it("ends it, whether the work listens to the signal or not", async () => {
    const options = givenIsolation({ timeoutMs: 50 });
    const run = isolation("slow", options);
    const seen: AbortSignal[] = [];
    const deaf = reasonOf(
      run((signal) => {
        seen.push(signal);
        return never();
      }),
    );
    const listening = reasonOf(
      run((signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))))),
    );
    await vi.advanceTimersByTimeAsync(49);
    expect(seen.map(({ aborted }) => aborted)).toEqual([false]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await Promise.all([deaf, listening])).toEqual(["timed_out", "timed_out"]);
    expect(seen.map(({ aborted }) => aborted)).toEqual([true]);
    expect(options.stats.of("slow")).toEqual({ runs: 2, failures: 2 });
  });

  it("lets work that fails after it was given up do so unnoticed", async () => {
    const run = isolation("late", givenIsolation({ timeoutMs: 50 }));
    const reason = reasonOf(
      run(async () => {
        await new Promise((resolve) => setTimeout(resolve, 80));
        throw new Error("too late to matter");
      }),
    );
    await vi.advanceTimersByTimeAsync(100);
    expect(await reason).toBe("timed_out");
  });

  it("includes the wait for a turn, of which the breaker does not hear", async () => {
    const options = givenIsolation({ timeoutMs: 50, concurrency: 1 });
    const run = isolation("busy", options);
    const first = reasonOf(run(never));
    await vi.advanceTimersByTimeAsync(10);
    const waiting = Array.from({ length: 20 }, () => reasonOf(run(never)));
    await vi.advanceTimersByTimeAsync(60);
    expect(await first).toBe("timed_out");
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["timed_out"]));
    expect(options.logger.lines).toEqual([]);
    expect(await reasonOf(run(async () => {}))).toBe("done");
  });
});

describe("the number of runs at once", () => {
  it("is bounded, and the others take their turn", async () => {
    const run = isolation("two", givenIsolation({ concurrency: 2 }));
    const ends: (() => void)[] = [];
    const work = () => new Promise<void>((resolve) => ends.push(resolve));
    const runs = [run(work), run(work), run(work)];
    await vi.advanceTimersByTimeAsync(0);
    expect(ends).toHaveLength(2);
    ends[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(ends).toHaveLength(3);
    for (const end of ends) end();
    await Promise.all(runs);
  });

  it("has a queue that is bounded too", async () => {
    const run = isolation("crowd", givenIsolation({ concurrency: 1 }));
    const runs = Array.from({ length: 102 }, () => reasonOf(run(never)));
    expect(await runs[101]).toBe("busy");
    await vi.advanceTimersByTimeAsync(5_000);
    await Promise.all(runs);
  });
});

describe("the circuit breaker", () => {
  it("leaves a hook alone that only fails, says so once, and tries it out later", async () => {
    const options = givenIsolation();
    const run = isolation("dead", options);
    const work = vi.fn(broken);
    for (let attempt = 0; attempt < 5; attempt++) expect(await reasonOf(run(work))).toBe("failed");
    for (let attempt = 0; attempt < 9; attempt++) expect(await reasonOf(run(work))).toBe("paused");
    expect(work).toHaveBeenCalledTimes(5);
    expect(options.logger.lines).toMatchObject([
      { level: "warn", message: "A hook or gate only fails and is left alone for now", details: { hook: "dead" } },
    ]);

    vi.advanceTimersByTime(30_000);
    expect(await reasonOf(run(work))).toBe("failed");
    expect(await reasonOf(run(work))).toBe("paused");
    vi.advanceTimersByTime(30_000);
    expect(await reasonOf(run(async () => {}))).toBe("done");
    expect(await reasonOf(run(async () => {}))).toBe("done");
    expect(options.logger.lines.at(-1)).toMatchObject({
      message: "A hook or gate works again",
      details: { hook: "dead" },
    });
    expect(options.stats.of("dead")).toEqual({ runs: 18, failures: 16 });
  });

  it("does not mind failures between successes", async () => {
    const run = isolation("moody", givenIsolation());
    for (let attempt = 0; attempt < 8; attempt++) {
      expect(await reasonOf(run(broken))).toBe("failed");
      expect(await reasonOf(run(async () => {}))).toBe("done");
    }
  });
});

describe("an isolated hook", () => {
  const transition = newestTransition(aStory([QUEUED]));

  it("is called with the transition and a signal, and known by its name", async () => {
    const options = givenIsolation();
    const hook = vi.fn(async () => {});
    const outcomes = await runHooks([isolated("mine", hook, options)], transition, options);
    expect(hook).toHaveBeenCalledExactlyOnceWith(...transition, expect.any(AbortSignal));
    expect(outcomes).toEqual([{ hook: "mine", status: "done", result: null }]);
  });

  it("fails as any hook does, and the failure is shown", async () => {
    const options = givenIsolation();
    const outcomes = await runHooks([isolated("mine", broken, options)], transition, options);
    expect(outcomes).toEqual([{ hook: "mine", status: "failed", error: "It failed: the log says how" }]);
  });
});
