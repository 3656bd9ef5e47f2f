import { describe, expect, onTestFinished, test } from "vitest";
import { openInbox } from "../../src/inbox/open.js";
import { upkeep } from "../../src/server/upkeep.js";
import { givenFlow, idOfPull, openPull, passCi } from "../github/flow.js";
import { claimOne, delivery } from "../inbox/deliveries.js";
import { outsideOf } from "../support/in-process.js";
import { collectedLog } from "../support/log.js";

const DAY_SECONDS = 86_400;

/** The jobs of a server, as far as their work goes: when they run, `startJobs` says. */
async function givenUpkeep(configuration = "ci:\n  timeout_minutes: 60\n") {
  const app = givenFlow({ configuration });
  const inbox = await openInbox("sqlite::memory:");
  onTestFinished(() => inbox.close());
  const { parts, clock, sandbox } = app;
  const { log, lines } = collectedLog();
  const jobs = upkeep({ parts, github: outsideOf(sandbox), inbox, clock, log });
  const run = async (name: string) => {
    const job = jobs.find((one) => one.name === name);
    if (!job) throw new Error(`There is no job ${name}`);
    return job.run();
  };
  return { app, inbox, jobs, run, lines };
}

describe("given the jobs of a server", () => {
  test("when it starts, then what is urgent is looked at most often", async () => {
    const { jobs } = await givenUpkeep();
    expect(jobs.map(({ name, everyMs }) => [name, everyMs / 60_000])).toEqual([
      ["time out CI", 1],
      ["redeliver", 5],
      ["reconcile", 15],
      ["purge the inbox", 1440],
    ]);
  });

  test("when CI was waited for too long, then it is timed out, and looking again finds nothing", async () => {
    const { app, run } = await givenUpkeep();
    const pull = openPull(app);
    await app.settle();
    expect(await run("time out CI")).toEqual({ in_step: 0, repaired: 0, adopted: 0, unreachable: 0, failed: 0 });
    app.clock.advance(3600);
    expect(await run("time out CI")).toMatchObject({ repaired: 1 });
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_failed");
    expect(await run("time out CI")).toMatchObject({ repaired: 0, in_step: 0 });
  });

  test("when deliveries were lost, then reconciling repairs, and looking again finds all in step", async () => {
    const { app, run } = await givenUpkeep();
    const pull = openPull(app);
    await app.settle();
    passCi(app, pull);
    app.shop.openIssue({ by: app.bob, title: "The cart is slow" });
    app.lose();
    expect(await run("reconcile")).toEqual({ in_step: 0, repaired: 1, adopted: 1, unreachable: 0, failed: 0 });
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
    app.clock.advance(3600);
    expect(await run("reconcile")).toEqual({ in_step: 2, repaired: 0, adopted: 0, unreachable: 0, failed: 0 });
  });

  test("when GitHub does not answer, then the log says at what the job failed, and that is done by the next", async () => {
    const { app, run, lines } = await givenUpkeep();
    const pull = openPull(app);
    await app.settle();
    passCi(app, pull);
    app.lose();
    let isDown = true;
    app.fault(
      ({ url }) => isDown && url.includes("/pulls/"),
      () => Response.json({ message: "Bad Gateway" }, { status: 502 }),
    );
    expect(await run("reconcile")).toMatchObject({ failed: 1 });
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { recordId: idOfPull(pull), ref: "acme/shop#1", err: { message: expect.stringContaining("Bad Gateway") } },
    ]);
    isDown = false;
    app.clock.advance(3600);
    expect(await run("reconcile")).toMatchObject({ repaired: 1 });
  });

  test("when deliveries were done a month ago, then the inbox forgets them, and keeps what was done since or set aside", async () => {
    const { app, inbox, run } = await givenUpkeep();
    const { clock } = app;
    const put = (guid: string) => inbox.put(delivery(guid));
    await put("old");
    await inbox.done(await claimOne(inbox, clock()), clock());
    clock.advance(29 * DAY_SECONDS);
    await put("new");
    await inbox.done(await claimOne(inbox, clock()), clock());
    clock.advance(1.5 * DAY_SECONDS);
    await put("waiting");
    expect(await run("purge the inbox")).toEqual({ purged: 1 });
    expect((await inbox.list()).items.map(({ guid }) => guid).sort()).toEqual(["new", "waiting"]);
  });
});
