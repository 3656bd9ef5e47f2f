import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BusyError, LoopForgeError } from "../../src/core/index.js";
import type { Claim } from "../../src/inbox/inbox.js";
import { SqliteInbox } from "../../src/inbox/sqlite.js";
import { createWorker, type Worker, type WorkerOptions } from "../../src/inbox/worker.js";
import { PATIENT } from "../support/patience.js";
import { at, delivery } from "./deliveries.js";
import { FakeTime } from "./fake-time.js";

let time: FakeTime;
let inbox: SqliteInbox;
let worker: Worker;
const log = { warn: vi.fn(), error: vi.fn() };

/** What the handler was given and has not finished, by GUID. */
let open: Map<string, { claim: Claim; signal: AbortSignal; finish: () => void; fail: (error: unknown) => void }>;
let begun: string[];

const byHand: WorkerOptions["handle"] = (claim, signal) =>
  new Promise((resolve, reject) => {
    begun.push(claim.guid);
    const close = () => open.delete(claim.guid);
    open.set(claim.guid, {
      ...{ claim, signal },
      finish: () => close() && resolve(),
      fail: (error) => close() && reject(error),
    });
  });

function start(options: Partial<WorkerOptions> = {}): void {
  const random = () => 0.5;
  worker = createWorker({ inbox, handle: byHand, random, log, ...time.asOptions(), ...options });
  worker.start();
}

async function put(...guids: string[]): Promise<void> {
  for (const guid of guids) await inbox.put(delivery(guid));
}

beforeEach(() => {
  time = new FakeTime();
  inbox = new SqliteInbox(":memory:");
  open = new Map();
  begun = [];
  vi.resetAllMocks();
});
afterEach(async () => {
  const stopped = worker.stop(0);
  await time.advance(1);
  await stopped;
  expect(time.pending).toBe(0);
  await inbox.close();
});

describe("what is worked, and when", () => {
  it("works what is there at the start, and what is put later as soon as it is woken", async () => {
    await put("a");
    start();
    await time.settle();
    expect(begun).toEqual(["a"]);
    await put("b");
    worker.wake();
    await time.settle();
    expect(begun).toEqual(["a", "b"]);
    open.get("b")?.finish();
    open.get("a")?.finish();
    await worker.idle();
    expect(await inbox.stats(time.clock())).toMatchObject({ done: 2, waiting: 0, leased: 0 });
    expect(time.elapsed).toBe(0);
  });

  it("does nothing before it is started", async () => {
    await put("a");
    worker = createWorker({ inbox, handle: byHand, log, ...time.asOptions() });
    worker.wake();
    await worker.idle();
    await time.advance(60_000);
    expect(begun).toEqual([]);
  });

  it("works as many side by side as it may, and takes the next as one ends", async () => {
    await put("a", "b", "c", "d");
    start({ concurrency: 2 });
    await time.settle();
    expect(begun).toEqual(["a", "b"]);
    open.get("b")?.finish();
    await time.settle();
    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("works 16 side by side by default", async () => {
    await put(...Array.from({ length: 20 }, (_, n) => `d${n}`));
    start();
    await time.settle();
    expect(begun).toHaveLength(16);
  });

  it("after a worker that died of one, works the oldest alone, and one more side by side for each that has ended", async () => {
    await put("a", "b", "c", "d", "e", "f");
    await inbox.claim(3, time.clock(), 1000);
    await inbox.releaseAll();
    start();
    await time.settle();
    expect(begun).toEqual(["a"]);
    open.get("a")?.finish();
    await vi.waitFor(() => expect(begun).toEqual(["a", "b", "c"]), PATIENT);
    open.get("c")?.fail(new Error("not now"));
    await vi.waitFor(() => expect(begun).toEqual(["a", "b", "c", "d", "e"]), PATIENT);
    // What was given back meanwhile has lost no attempt.
    expect(open.get("b")?.claim.attempt).toBe(2);
    expect(open.get("d")?.claim.attempt).toBe(1);
  });

  it("sets aside the one that ends its process each time, and none that was worked beside it", async () => {
    await put("a", "poison", "b", "c", "d");
    const tries: number[] = [];
    // Each round is the life of one process: it works until it meets the poison, which nothing survives.
    for (let life = 0; (await inbox.show("poison"))?.status !== "failed" && life < 40; life++) {
      await inbox.releaseAll();
      const dead = new Set<string>();
      const handle: WorkerOptions["handle"] = async ({ guid, attempt }) => {
        if (guid === "poison") tries.push(attempt);
        if (guid === "poison" || dead.size > 0) dead.add(guid);
        if (dead.size > 0) await new Promise(() => undefined);
      };
      const living = createWorker({ inbox, handle, clock: time.clock, timers: new FakeTime(), log, maxAttempts: 5 });
      living.start();
      const isOver = async () => {
        const { waiting, leased } = await inbox.stats(time.clock());
        return waiting + leased === 0;
      };
      await vi.waitUntil(async () => dead.size > 0 || (await isOver()), PATIENT);
    }
    const statuses = await Promise.all(["a", "poison", "b", "c", "d"].map((guid) => inbox.show(guid)));
    expect(statuses.map((one) => one?.status)).toEqual(["done", "failed", "done", "done", "done"]);
    expect(tries).toEqual([1, 2, 3, 4, 5]);
    worker = createWorker({ inbox, handle: byHand, log, ...time.asOptions() });
  });

  it("works one of a key at a time, in order", async () => {
    for (const guid of ["a", "b", "c"]) await inbox.put(delivery(guid, { key: "k" }));
    start();
    for (const [index, guid] of ["a", "b", "c"].entries()) {
      await time.settle();
      expect(begun).toHaveLength(index + 1);
      open.get(guid)?.finish();
    }
    await worker.idle();
    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("finds what another process put, without being woken", async () => {
    start({ pollMs: 2000 });
    await time.settle();
    await put("a");
    await time.advance(1999);
    expect(begun).toEqual([]);
    await time.advance(1);
    expect(begun).toEqual(["a"]);
  });

  it("takes over from a dead worker at the moment its lease ends", async () => {
    await put("a");
    await inbox.claim(1, time.clock(), 3456);
    start();
    await time.advance(3455);
    expect(begun).toEqual([]);
    await time.advance(1);
    expect(open.get("a")?.claim.attempt).toBe(2);
  });
});

describe("what fails", () => {
  it("is tried again after a growing while, and set aside after the last attempt", async () => {
    await put("a");
    const tried: number[] = [];
    const handle = async () => {
      tried.push(time.elapsed);
      throw new Error(`try ${tried.length}`);
    };
    start({ handle, maxAttempts: 8 });
    await time.advance(600_000);
    const waits = tried.slice(1).map((moment, index) => moment - (tried[index] ?? 0));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000]);
    expect(await inbox.show("a")).toMatchObject({ status: "failed", error: "try 8", attempt: 8 });
    expect(log.warn).toHaveBeenCalledTimes(7);
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      { guid: "a", event: "pull_request", action: "opened", attempt: 8, error: "try 8" },
      "A delivery is set aside",
    );
  });

  it("because GitHub wants to be left alone is tried until it does not, however often that is", async () => {
    await put("a");
    let tries = 0;
    const handle = async () => {
      tries += 1;
      if (tries <= 50) throw new BusyError("GitHub asks to wait 60 s", 60_000);
      throw new Error("now it is something else");
    };
    start({ handle, maxAttempts: 2 });
    await time.advance(50 * 60_000 + 10_000);
    expect(tries).toBe(52);
    expect(await inbox.show("a")).toMatchObject({ status: "failed", error: "now it is something else", attempt: 2 });
  });

  it("because the store cannot be reached waits with a growing backoff, however often, and goes on by itself", async () => {
    await put("a");
    const tried: number[] = [];
    const handle = async () => {
      tried.push(time.elapsed);
      if (tried.length <= 50) throw new LoopForgeError("store_unavailable", "down");
    };
    start({ handle, maxAttempts: 2, pollMs: 3_600_000 });
    await time.advance(43_200_000);
    const waits = tried.slice(1).map((moment, index) => moment - (tried[index] ?? 0));
    expect(waits.slice(0, 4)).toEqual([750, 1500, 3000, 6000]);
    expect(Math.max(...waits)).toBe(450_000);
    expect(await inbox.show("a")).toMatchObject({ status: "done", attempt: 1 });
  });

  it("because the network is down shows meanwhile what holds it up", async () => {
    await put("a");
    const handle = () => Promise.reject(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    start({ handle, maxAttempts: 2 });
    await time.advance(60_000);
    expect((await inbox.list()).items).toMatchObject([
      { status: "waiting", attempt: 0, heldUpBy: "network", error: "read ECONNRESET" },
    ]);
  });

  it("for three days on end is set aside, with what held it up", async () => {
    await put("a");
    const handle = () => Promise.reject(new LoopForgeError("github_unavailable", "GitHub answered 502"));
    start({ handle, pollMs: 3_600_000 });
    await time.advance(3 * 86_400_000);
    expect(await inbox.show("a")).toMatchObject({ status: "waiting", heldUpBy: "github" });
    await time.advance(600_000);
    expect(await inbox.show("a")).toMatchObject({
      status: "failed",
      error: "Held up for 3 days, the last time by github: GitHub answered 502",
    });
  });

  it("once and is old already, for it was taken up again, is not set aside for its age", async () => {
    await put("a");
    time.step(30 * 86_400_000);
    const handle = () => Promise.reject(new LoopForgeError("store_unavailable", "down"));
    start({ handle });
    await time.settle();
    expect(await inbox.show("a")).toMatchObject({ status: "waiting", heldUpBy: "store" });
  });

  it.each<[string, unknown, "failed" | "waiting"]>([
    ["an error that is final", new LoopForgeError("invalid_payload", "no head"), "failed"],
    ["an error that may pass", new LoopForgeError("store_unavailable", "locked"), "waiting"],
    ["any other error", new TypeError("fetch failed"), "waiting"],
    ["what is no error", "text", "waiting"],
    ["nothing", undefined, "waiting"],
    ["final ones only", new AggregateError([new LoopForgeError("invalid_payload", "no head")], "many"), "failed"],
    ["one that may pass", new AggregateError([new LoopForgeError("invalid_payload", "x"), new Error("y")]), "waiting"],
    ["an empty aggregate", new AggregateError([]), "waiting"],
    [
      "an aggregate in an aggregate",
      new AggregateError([new AggregateError([new LoopForgeError("invalid_payload", "no head")])]),
      "failed",
    ],
  ])("by %s", async (_, error, status) => {
    await put("a");
    start();
    await time.settle();
    open.get("a")?.fail(error);
    await worker.idle();
    expect((await inbox.show("a"))?.status).toBe(status);
  });

  it("says every message of an aggregate once", async () => {
    await put("a");
    start();
    await time.settle();
    open.get("a")?.fail(new AggregateError([new Error("one"), new Error("two"), new Error("one")], "one\ntwo\none"));
    await worker.idle();
    expect((await inbox.show("a"))?.error).toBe("one\ntwo");
  });

  it("is a handler that throws before it returns a promise", async () => {
    await put("a");
    const handle = () => {
      throw new LoopForgeError("invalid_payload", "at once");
    };
    start({ handle });
    await worker.idle();
    expect(await inbox.show("a")).toMatchObject({ status: "failed", error: "at once" });
  });

  it("is a handler that hangs: its time is up, and its place is free", async () => {
    await put("a", "b");
    start({ concurrency: 1 });
    await time.advance(59_999);
    const hung = open.get("a");
    expect(begun).toEqual(["a"]);
    await time.advance(1);
    expect(hung?.signal.aborted).toBe(true);
    expect(begun).toEqual(["a", "b"]);
    expect(await inbox.show("a")).toMatchObject({ status: "waiting", error: "Not handled within 60 s" });
    hung?.finish();
    await time.settle();
    expect(await inbox.show("a")).toMatchObject({ status: "waiting" });
  });

  it("is a delivery whose workers die again and again", async () => {
    await put("a", "b");
    for (let n = 0; n < 8; n++) await inbox.claim(1, at(n * 60 - 1000), 1000);
    start({ maxAttempts: 8 });
    await time.settle();
    expect(begun).toEqual(["b"]);
    expect(await inbox.show("a")).toMatchObject({ status: "failed", error: expect.stringContaining("8 attempts") });
  });

  it("holds up its key only", async () => {
    await inbox.put(delivery("a", { key: "k" }));
    await inbox.put(delivery("b", { key: "k" }));
    await put("c");
    start();
    await time.settle();
    open.get("a")?.fail(new Error("x"));
    await time.advance(499);
    expect(begun).toEqual(["a", "c"]);
    await time.advance(1);
    expect(begun).toEqual(["a", "c", "a"]);
    open.get("a")?.finish();
    await time.settle();
    expect(begun).toEqual(["a", "c", "a", "b"]);
  });
});

describe("what the log says", () => {
  const messages = () => log.warn.mock.calls.map(([, message]: readonly unknown[]) => message);

  it("of a burst that is held up: one line for each cause and minute, and never that it failed", async () => {
    await put(...Array.from({ length: 40 }, (_, n) => `d${n}`));
    const handle = (claim: Claim) =>
      Promise.reject(
        Number(claim.guid.slice(1)) % 2 === 0
          ? new BusyError(`${claim.guid} writes wait for their turn`, 21_000)
          : new LoopForgeError("store_unavailable", `${claim.guid}: down`),
      );
    start({ handle });
    await time.advance(59_000);
    const held = "A delivery is held up, and goes on by itself";
    expect(messages()).toEqual([held, held]);
    expect(log.warn.mock.calls.map(([fields]: readonly unknown[]) => fields)).toMatchObject([
      { heldUpBy: "github_limits", omitted: 0 },
      { heldUpBy: "store", omitted: 0 },
    ]);
    await time.advance(60_000);
    expect(messages()).toEqual([held, held, held, held]);
    expect(log.warn.mock.calls.at(-1)?.[0]).toMatchObject({ omitted: expect.any(Number) });
    expect(log.error).not.toHaveBeenCalled();
  });

  it("of an inbox that cannot be read: one line a minute, however often it is asked", async () => {
    vi.spyOn(inbox, "claim").mockRejectedValue(new LoopForgeError("inbox_unavailable", "database or disk is full"));
    start();
    for (let n = 0; n < 100; n++) {
      worker.wake();
      await time.advance(300);
    }
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      { error: "database or disk is full", omitted: 0 },
      "Cannot take deliveries from the inbox",
    );
  });
});

describe("a clock that is set", () => {
  const HOUR = 3_600_000;

  it.each([
    ["back", -HOUR],
    ["forward", HOUR],
  ])("%s by an hour takes no work away from the worker that does it", async (_, ms) => {
    await put("a", "b");
    start({ leaseMs: 30_000 });
    await time.settle();
    time.step(ms);
    await put("c");
    worker.wake();
    await time.advance(50_000);
    expect(begun).toEqual(["a", "b", "c"]);
    for (const guid of begun) open.get(guid)?.finish();
    await worker.idle();
    for (const guid of begun) expect(await inbox.show(guid)).toMatchObject({ status: "done", attempt: 1 });
  });

  it.each([
    ["back", -HOUR],
    ["forward", HOUR],
  ])("%s by an hour holds nothing up: what waits a second is worked within a second", async (_, ms) => {
    await put(...Array.from({ length: 12 }, (_, n) => `d${n}`));
    let steps = 0;
    const handle = async ({ attempt }: Claim) => {
      if (attempt === 1) throw new Error("not yet");
    };
    start({ handle });
    await time.settle();
    for (; steps < 3; steps++) time.step(ms);
    await time.advance(1000);
    expect(await inbox.stats(time.clock())).toMatchObject({ done: 12, waiting: 0, leased: 0 });
  });

  it("back and forth under load loses nothing, sets nothing aside, and keeps the order of each key", async () => {
    const hours = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 5, maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(hours, async (steps) => {
        const own = new SqliteInbox(":memory:");
        const now = new FakeTime();
        const ended: string[] = [];
        const handle = async (claim: Claim) => {
          await new Promise<void>((resolve) => now.setTimeout(resolve, 700));
          if (claim.attempt === 1 && claim.holds < 2) throw new LoopForgeError("store_unavailable", "down");
          ended.push(claim.guid);
        };
        const one = createWorker({ inbox: own, handle, log, random: () => 0.5, ...now.asOptions() });
        one.start();
        for (const [index, step] of steps.entries()) {
          await own.put(delivery(`${index}`, { key: `k${index % 3}` }));
          one.wake();
          now.step(step * HOUR);
          await now.advance(1000);
        }
        await now.advance(60_000);
        for (const key of [0, 1, 2]) {
          const expected = steps.flatMap((_, index) => (index % 3 === key ? [`${index}`] : []));
          expect(ended.filter((guid) => Number(guid) % 3 === key)).toEqual(expected);
        }
        expect(await own.stats(now.clock())).toMatchObject({ failed: 0, waiting: 0, leased: 0, done: steps.length });
        await one.stop(0);
        await own.close();
      }),
      { numRuns: 8, examples: [[[0, 0, 0, 0, 1]]] },
    );
  });
});

describe("the lease", () => {
  it("is extended while the handler runs", async () => {
    await put("a");
    start({ leaseMs: 3000 });
    await time.advance(50_000);
    expect(await inbox.claim(1, time.clock(), 1000)).toEqual([]);
    open.get("a")?.finish();
    await worker.idle();
    expect(await inbox.show("a")).toMatchObject({ status: "done", attempt: 1 });
  });

  it("that went to another worker ends the handler's work, and is left alone", async () => {
    await put("a");
    start({ leaseMs: 3000 });
    await time.settle();
    await inbox.releaseAll();
    const [other] = await inbox.claim(1, time.clock(), 30_000);
    await time.advance(1000);
    expect(open.get("a")?.signal.aborted).toBe(true);
    await worker.idle();
    expect(await inbox.show("a")).toMatchObject({ status: "leased" });
    expect(other && (await inbox.done(other, time.clock()))).toBe(true);
    expect(log.warn).toHaveBeenCalledOnce();
  });

  it("that ran out while the whole process stood still is renewed before others are claimed", async () => {
    await put("a");
    start({ leaseMs: 30_000 });
    await time.settle();
    time.elapsed += 60_000;
    worker.wake();
    await time.settle();
    expect(begun).toEqual(["a"]);
    open.get("a")?.finish();
    await worker.idle();
    expect(await inbox.show("a")).toMatchObject({ status: "done", attempt: 1 });
  });

  it("survives one failure to extend it", async () => {
    await put("a");
    start({ leaseMs: 3000 });
    vi.spyOn(inbox, "extend").mockRejectedValueOnce(new Error("locked"));
    await time.advance(10_000);
    expect(begun).toEqual(["a"]);
    expect(log.error).toHaveBeenCalledOnce();
  });
});

describe("an inbox that cannot be reached", () => {
  it("is asked again a little later", async () => {
    await put("a");
    vi.spyOn(inbox, "claim").mockRejectedValueOnce(new Error("disk"));
    vi.spyOn(inbox, "nextDueAt").mockRejectedValueOnce(new Error("disk"));
    start({ pollMs: 2000 });
    await time.advance(1999);
    expect(begun).toEqual([]);
    await time.advance(1);
    expect(begun).toEqual(["a"]);
    expect(log.error).toHaveBeenCalledTimes(2);
  });

  it("gets a delivery worked again whose end it did not take down", async () => {
    await put("a");
    vi.spyOn(inbox, "done").mockRejectedValueOnce(new Error("disk"));
    start();
    await time.settle();
    open.get("a")?.finish();
    await time.advance(30_000);
    expect(begun).toEqual(["a", "a"]);
    open.get("a")?.finish();
    await worker.idle();
    expect((await inbox.show("a"))?.status).toBe("done");
  });
});

describe("stop", () => {
  it("waits for what runs, and takes nothing more", async () => {
    await put("a", "b");
    start({ concurrency: 1 });
    await time.settle();
    let stopped = false;
    const stop = worker.stop(10_000).then(() => {
      stopped = true;
    });
    worker.wake();
    await time.advance(9999);
    expect(stopped).toBe(false);
    open.get("a")?.finish();
    await stop;
    expect(begun).toEqual(["a"]);
    expect(await inbox.stats(time.clock())).toMatchObject({ done: 1, waiting: 1, leased: 0 });
    worker.start();
    await time.settle();
    expect(begun).toEqual(["a"]);
  });

  it("gives back what does not end in time, as if it had not been taken", async () => {
    await put("a");
    start();
    await time.settle();
    const stop = worker.stop(10_000);
    await time.advance(10_000);
    await stop;
    expect(open.get("a")?.signal.aborted).toBe(true);
    expect(await inbox.show("a")).toMatchObject({ status: "waiting", attempt: 0, dueAt: null });
    open.get("a")?.fail(new Error("aborted"));
    await time.settle();
    expect(await inbox.show("a")).toMatchObject({ status: "waiting", error: null });
  });

  it("gives back what it was just taking", async () => {
    await put("a");
    start();
    await worker.stop(0);
    expect(begun).toEqual([]);
    expect(await inbox.show("a")).toMatchObject({ status: "waiting", attempt: 0 });
  });
});

it("any failures: each delivery is handled until it is done or set aside, one of a key at a time, in order", async () => {
  start();
  const plan = fc.array(
    fc.record({ key: fc.nat({ max: 2 }), failures: fc.nat({ max: 4 }), takes: fc.nat({ max: 90 }) }),
    {
      maxLength: 12,
    },
  );
  await fc.assert(
    fc.asyncProperty(plan, async (plans) => {
      const own = new SqliteInbox(":memory:");
      const now = new FakeTime();
      const busy = new Set<string>();
      const ended: Record<string, string[]> = {};
      const handle = async (claim: Claim) => {
        const { failures = 0, takes = 0 } = plans[Number(claim.guid)] ?? {};
        expect(busy).not.toContain(claim.key);
        busy.add(claim.key);
        await new Promise<void>((resolve) => now.setTimeout(resolve, takes * 100));
        busy.delete(claim.key);
        if (claim.attempt <= failures) throw new Error("not yet");
        ended[claim.key] = [...(ended[claim.key] ?? []), claim.guid];
      };
      const one = createWorker({
        inbox: own,
        handle,
        ...now.asOptions(),
        log,
        maxAttempts: 4,
        concurrency: 2,
      });
      one.start();
      for (const [index, { key }] of plans.entries()) await own.put(delivery(`${index}`, { key: `${key}` }));
      one.wake();
      for (let n = 0; n < 1000 && (await own.stats(now.clock())).waiting + busy.size > 0; n++) await now.advance(1000);
      const expected = (key: number) =>
        plans.flatMap((each, index) => (each.key === key && each.failures < 4 ? [`${index}`] : []));
      for (const key of [0, 1, 2]) expect(ended[key] ?? []).toEqual(expected(key));
      const failed = plans.filter(({ failures }) => failures === 4).length;
      expect(await own.stats(now.clock())).toMatchObject({
        waiting: 0,
        leased: 0,
        failed,
        done: plans.length - failed,
      });
      await one.stop(0);
      await own.close();
    }),
    { numRuns: 15 },
  );
});
