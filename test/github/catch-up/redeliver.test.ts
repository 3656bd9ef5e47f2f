import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { listGaps, type RedeliverOptions, redeliver } from "../../../src/github/catch-up/redeliver.js";
import { createAppOctokit } from "../../../src/github/client/app-octokit.js";
import type { Sandbox } from "../../../src/sandbox/index.js";
import { MemoryRepository } from "../../../src/store/memory.js";
import { givenSandbox, testClock } from "../../sandbox/given.js";
import { collectedLog } from "../../support/log.js";

const HOUR = 3600;

let clock: ReturnType<typeof testClock>;
let sandbox: Sandbox;
let options: RedeliverOptions;
let answer: (guid: string) => number;
let requests: string[];

beforeEach(async () => {
  clock = testClock();
  sandbox = givenSandbox({ clock });
  answer = () => 202;
  requests = [];
  sandbox.deliverTo("https://loopforge.example", {
    fetch: async (_url, init) =>
      new Response(null, { status: answer(new Headers(init?.headers).get("x-github-delivery") ?? "") }),
  });
  sandbox.faults = async (context, next) => {
    requests.push(`${context.req.method} ${context.req.path}`);
    await next();
  };
  const server = await sandbox.listen();
  onTestFinished(() => server.close());
  const { id: appId, privateKey } = sandbox.app;
  const { log } = collectedLog();
  const { app } = createAppOctokit({ appId, privateKey, baseUrl: server.url, log, patient: false });
  options = { app, items: new MemoryRepository({ clock }).items, clock };
});

/** Opens issues and delivers what GitHub has to say of them. */
async function openIssues(count: number): Promise<void> {
  const repository = sandbox.repository("acme/shop");
  for (let issue = 0; issue < count; issue++) repository.openIssue({ by: sandbox.user("alice"), title: "An issue" });
  await sandbox.flush();
}

const run = (more: Partial<RedeliverOptions> = {}) => redeliver({ ...options, ...more });
const asks = () => requests.filter((request) => request.startsWith("POST")).length;
const issues = () => sandbox.deliveries.filter(({ event }) => event === "issues");
const codes = () => issues().map(({ attempts }) => attempts.map(({ statusCode }) => statusCode));

describe("given deliveries that failed", () => {
  test("when the job runs, then GitHub delivers them again, and the next run finds that they arrived", async () => {
    answer = () => 503;
    await openIssues(2);
    answer = () => 202;
    expect(await run()).toEqual({ read: 3, asked: 2, waiting: 0, arrived: 0, gaps: [], isBehind: false });
    await sandbox.flush();
    expect(codes()).toEqual([
      [503, 202],
      [503, 202],
    ]);
    clock.advance(HOUR);
    expect(await run()).toMatchObject({ asked: 0, waiting: 0, arrived: 2 });
    clock.advance(HOUR);
    expect(await run()).toEqual({ read: 0, asked: 0, waiting: 0, arrived: 0, gaps: [], isBehind: false });
    expect(asks()).toBe(2);
  });

  test("when it runs twice at once, then what is asked for twice arrives twice, and is over", async () => {
    answer = () => 503;
    await openIssues(1);
    answer = () => 202;
    await Promise.all([run(), run()]);
    await sandbox.flush();
    expect(await run()).toMatchObject({ asked: 0, waiting: 0 });
  });

  test("when only others succeeded, then nothing is asked for", async () => {
    await openIssues(2);
    expect(await run()).toMatchObject({ read: 3, asked: 0, waiting: 0, arrived: 0 });
    expect(asks()).toBe(0);
  });

  test("when more failed than a run may ask for, then the next run asks for the others", async () => {
    answer = () => 503;
    await openIssues(3);
    answer = () => 202;
    expect(await run({ limit: 2 })).toMatchObject({ asked: 2, waiting: 1 });
    await sandbox.flush();
    expect(await run({ limit: 2 })).toMatchObject({ asked: 1, arrived: 2 });
    await sandbox.flush();
    expect(codes()).toEqual(Array(3).fill([503, 202]));
  });

  test("when they keep failing, then they are tried at most once an hour, and at last kept as gaps", async () => {
    answer = () => 503;
    await openIssues(1);
    const guid = issues()[0]?.guid;
    for (let tries = 1; tries <= 5; tries++) {
      expect(await run()).toMatchObject({ asked: 1, gaps: [] });
      await sandbox.flush();
      expect(await run()).toMatchObject({ asked: 0, waiting: 1 });
      clock.advance(HOUR);
    }
    expect(await run()).toMatchObject({ asked: 0, gaps: [{ guid, reason: "failed at every try", tries: 5 }] });
    clock.advance(HOUR);
    expect(await run()).toMatchObject({ asked: 0, waiting: 0, gaps: [] });
    expect(await listGaps(options.items)).toMatchObject([{ guid, event: "issues", action: "opened", tries: 5 }]);
  });

  test("when a person redelivers what was given up, then the gap is closed", async () => {
    answer = () => 503;
    await openIssues(1);
    for (let hour = 0; hour <= 5; hour++) {
      await run();
      await sandbox.flush();
      clock.advance(HOUR);
    }
    expect(await listGaps(options.items)).toHaveLength(1);
    answer = () => 202;
    for (const delivery of issues()) await sandbox.deliver(delivery);
    expect(await run()).toMatchObject({ arrived: 1 });
    expect(await listGaps(options.items)).toEqual([]);
  });

  test("when GitHub has them no more, then they are gaps", async () => {
    answer = () => 503;
    await openIssues(2);
    await run({ limit: 1 });
    clock.advance(3 * 24 * HOUR + 1);
    const { gaps } = await run();
    expect(gaps.map(({ reason }) => reason)).toEqual(Array(2).fill("no longer kept by GitHub"));
    expect(await listGaps(options.items)).toHaveLength(2);
  });

  test("when GitHub refuses to deliver one again, then it is a gap, and the others are asked for", async () => {
    answer = () => 503;
    await openIssues(2);
    const refused = issues()[0];
    sandbox.faults = (context, next) =>
      context.req.path.endsWith(`/${refused?.id}/attempts`)
        ? Promise.resolve(context.json({ message: "Not Found" }, 404))
        : next();
    expect(await run()).toMatchObject({ asked: 1, gaps: [{ guid: refused?.guid }] });
  });

  test("when GitHub fails in between, then the run fails, and the next goes on where it was", async () => {
    answer = () => 503;
    await openIssues(2);
    let posts = 0;
    sandbox.faults = (context, next) =>
      context.req.method === "POST" && ++posts === 2 ? Promise.resolve(context.json({}, 500)) : next();
    await expect(run()).rejects.toMatchObject({ status: 500 });
    expect(await run()).toMatchObject({ asked: 1, waiting: 1, gaps: [] });
  });
});

describe("given a long list of deliveries", () => {
  test("when a run has read it to the end, then the next reads only what is new", async () => {
    await openIssues(150);
    clock.advance(HOUR);
    expect(await run()).toMatchObject({ read: 151 });
    clock.advance(HOUR);
    await openIssues(1);
    requests = [];
    expect(await run()).toMatchObject({ read: 1 });
    expect(requests).toEqual(["GET /app/hook/deliveries"]);
  });

  test("when it is longer than a run reads, then the next ones read the rest, and what is new besides", async () => {
    answer = () => 503;
    await openIssues(250);
    answer = () => 202;
    clock.advance(HOUR);
    expect(await run({ maxPages: 1, limit: 1000 })).toMatchObject({ read: 100, asked: 100, isBehind: true });
    clock.advance(HOUR);
    await sandbox.flush();
    await openIssues(1);
    const second = await run({ maxPages: 3, limit: 1000 });
    expect(second).toMatchObject({ read: 101 + 100, isBehind: true });
    const third = await run({ maxPages: 100, limit: 1000 });
    expect(third).toMatchObject({ isBehind: false });
    await sandbox.flush();
    expect(codes().every((each) => each.at(-1) === 202)).toBe(true);
  });

  test("when GitHub knows the place of an earlier run no more, then the stretch is read from its beginning", async () => {
    answer = () => 503;
    await openIssues(150);
    clock.advance(HOUR);
    await run({ maxPages: 1, limit: 0 });
    sandbox.faults = async (context, next) => {
      if (context.req.query("cursor") === undefined) return next();
      sandbox.faults = null;
      return context.json({ message: "Invalid cursor" }, 400);
    };
    expect(await run({ limit: 0 })).toMatchObject({ read: 151, waiting: 150, isBehind: false });
  });

  test("when GitHub refuses the list itself, then the run fails", async () => {
    sandbox.faults = (context) => Promise.resolve(context.json({ message: "Bad request" }, 400));
    await expect(run()).rejects.toMatchObject({ status: 400 });
  });
});
