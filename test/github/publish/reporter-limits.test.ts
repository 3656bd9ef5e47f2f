import { describe, expect, test } from "vitest";
import { BusyError, retryAfterOf } from "../../../src/core/busy.js";
import { asBusy, busyFor } from "../../../src/github/client/busy.js";
import { Writes } from "../../../src/github/client/writes.js";
import { Coalescing } from "../../../src/github/publish/coalescing.js";
import { testClock } from "../../sandbox/given.js";

const NOW = new Date("2026-01-05T09:00:00Z");

/** An error as Octokit throws it. */
function anError(status: number, message: string, headers: object = {}): Error {
  return Object.assign(new Error(message), { status, response: { headers } });
}

/** An error as Octokit makes it of what GraphQL answers. */
function aGraphqlError(type: string, headers: object = {}): Error {
  const errors = [{ type, message: "API rate limit exceeded" }];
  return Object.assign(new Error("Request failed"), { headers, errors, response: { data: null, errors } });
}

const SECONDS: readonly (readonly [string, Error, number | null])[] = [
  ["429 with Retry-After", anError(429, "Too many", { "retry-after": "30" }), 30],
  ["429 with a date", anError(429, "Too many", { "retry-after": "Mon, 05 Jan 2026 09:02:00 GMT" }), 120],
  ["429 with a time that is over", anError(429, "Too many", { "retry-after": "Mon, 05 Jan 2026 08:00:00 GMT" }), 1],
  ["429 with nonsense", anError(429, "Too many", { "retry-after": "soon" }), 60],
  ["429 with a year", anError(429, "Too many", { "retry-after": "31536000" }), 3600],
  ["403 of a secondary limit", anError(403, "You have exceeded a secondary rate limit"), 60],
  ["403 of an old server's", anError(403, "You have triggered an abuse detection mechanism"), 60],
  [
    "403 of the hour's limit",
    anError(403, "API rate limit exceeded", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767605400" }),
    1801,
  ],
  ["403 for good", anError(403, "Resource not accessible by integration", { "x-ratelimit-remaining": "4999" }), null],
  ["502", anError(502, "Bad Gateway"), null],
  ["503 with Retry-After", anError(503, "Unavailable", { "retry-after": "5" }), 5],
  ["404 with Retry-After", anError(404, "Not Found", { "retry-after": "5" }), null],
  [
    "GraphQL's limit, which comes with status 200",
    aGraphqlError("RATE_LIMITED", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767605400" }),
    1801,
  ],
  ["GraphQL's limit, and it does not say for how long", aGraphqlError("RATE_LIMITED"), 60],
  ["another error of GraphQL's", aGraphqlError("NOT_FOUND", { "x-ratelimit-remaining": "0" }), null],
  ["an error of the network", new Error("socket hang up"), null],
];

describe("given an error of GitHub's", () => {
  test.each(SECONDS)("when it is %s, then it says how long to wait: %s", (_, error, seconds) => {
    expect(busyFor(error, NOW)).toBe(seconds === null ? null : seconds * 1000);
  });

  test("when it is about a limit, then it becomes an error that is tried again, and says when", () => {
    const busy = asBusy(anError(429, "Too many", { "retry-after": "30" }), NOW);
    expect(busy).toBeInstanceOf(BusyError);
    expect(busy?.disposition.retry).toBe(true);
    expect(busy?.message).toBe("GitHub asks to wait 30 s: Too many");
    expect(retryAfterOf([busy, new Error("another"), new BusyError("longer", 40_000)])).toBe(40_000);
    expect(retryAfterOf([new Error("none says")])).toBe(0);
  });
});

function givenWrites(options: { readonly patienceMs?: number } = {}) {
  const clock = testClock();
  const start = clock().getTime();
  const begun: number[] = [];
  const writes = new Writes({
    clock,
    monotonic: () => clock().getTime(),
    sleep: async (ms) => void clock.advance(ms / 1000),
    ...options,
  });
  const write = (installation: string, ms = 0) =>
    writes.write(installation, async () => {
      begun.push(clock().getTime() - start);
      clock.advance(ms / 1000);
    });
  return { clock, writes, write, begun };
}

describe("given writes of an installation", () => {
  test("when they come at once, then each begins a second after the one before has ended", async () => {
    const { write, begun } = givenWrites();
    await Promise.all([write("1", 200), write("1", 200), write("1", 200)]);
    expect(begun).toEqual([0, 1200, 2400]);
  });

  test("when they come slowly, then none waits", async () => {
    const { write, begun, clock } = givenWrites();
    await write("1");
    clock.advance(5);
    await write("1");
    expect(begun).toEqual([0, 5000]);
  });

  test("when they are of two installations, then one does not wait for the other", async () => {
    const { write, begun } = givenWrites();
    await Promise.all([write("1"), write("2")]);
    expect(begun).toEqual([0, 0]);
  });

  test("when one fails, then the next goes on after it", async () => {
    const { writes, write, begun } = givenWrites();
    const failing = writes.write("1", () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    await write("1");
    expect(begun).toEqual([1000]);
  });

  test("when too many wait, then one more is refused with how long that takes", async () => {
    const { write } = givenWrites({ patienceMs: 2000 });
    const waiting = [write("1"), write("1"), write("1")];
    await expect(write("1")).rejects.toMatchObject({ retryAfterMs: 3000 });
    await Promise.all(waiting);
    await write("1");
  });

  test("when GitHub wants to be left alone, then neither is written nor read until then", async () => {
    const { writes, write, clock } = givenWrites();
    const refused = writes.read("1", () => Promise.reject(anError(429, "Too many", { "retry-after": "30" })));
    await expect(refused).rejects.toMatchObject({ retryAfterMs: 30_000 });
    clock.advance(10);
    await expect(write("1")).rejects.toMatchObject({ retryAfterMs: 20_000 });
    await expect(writes.read("1", async () => 1)).rejects.toMatchObject({ retryAfterMs: 20_000 });
    clock.advance(20);
    await write("1");
    expect(await writes.read("1", async () => 1)).toBe(1);
  });
});

/** Work that goes on until it is told to end. */
function givenWork() {
  const runs: { readonly asks: readonly string[]; end(error?: Error): void }[] = [];
  const coalescing = new Coalescing<string>(
    (_, asks) =>
      new Promise((resolve, reject) => {
        runs.push({ asks: [...asks], end: (error) => (error ? reject(error) : resolve()) });
      }),
  );
  return { runs, coalescing };
}

/** Until all that can go on has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("given work that is asked for again and again", () => {
  test("when it is asked for while it runs, then all of that is one run that follows", async () => {
    const { runs, coalescing } = givenWork();
    const first = coalescing.ask("a", "one");
    await settled();
    const others = ["two", "three", "four"].map((ask) => coalescing.ask("a", ask));
    await settled();
    expect(runs.map(({ asks }) => asks)).toEqual([["one"]]);
    runs[0]?.end();
    await first;
    await settled();
    expect(runs.map(({ asks }) => asks)).toEqual([["one"], ["two", "three", "four"]]);
    runs[1]?.end();
    await Promise.all(others);
  });

  test("when it is about another key, then it runs beside it", async () => {
    const { runs, coalescing } = givenWork();
    const works = [coalescing.ask("a", "one"), coalescing.ask("b", "two")];
    await settled();
    expect(runs).toHaveLength(2);
    for (const run of runs) run.end();
    await Promise.all(works);
  });

  test("when a run fails, then all who asked for it are told, and the next run begins all the same", async () => {
    const { runs, coalescing } = givenWork();
    const first = coalescing.ask("a", "one").catch((error: Error) => error.message);
    await settled();
    const second = [coalescing.ask("a", "two"), coalescing.ask("a", "three")];
    const told = Promise.allSettled(second);
    runs[0]?.end(new Error("the first failed"));
    expect(await first).toBe("the first failed");
    await settled();
    runs[1]?.end(new Error("the second failed"));
    expect((await told).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const third = coalescing.ask("a", "four");
    await settled();
    runs[2]?.end();
    await third;
  });
});
