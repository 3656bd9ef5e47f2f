import { describe, expect, test } from "vitest";
import { createScheduleHandler } from "../../src/lambda/schedule-handler.js";
import { collectedLog } from "../support/log.js";

describe("given jobs", () => {
  test("when the schedule comes, then they run in their order, and what they did is logged", async () => {
    const { log, lines } = collectedLog("info");
    const ran: string[] = [];
    const job = (name: string) => async () => {
      ran.push(name);
      return { asked: ran.length };
    };
    await createScheduleHandler({ jobs: { redeliver: job("redeliver"), reconcile: job("reconcile") }, log })();
    expect(ran).toEqual(["redeliver", "reconcile"]);
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { job: "redeliver", result: { asked: 1 } },
      { job: "reconcile", result: { asked: 2 } },
    ]);
  });

  test("when one fails, then the others run all the same, and the function fails", async () => {
    const { log, lines } = collectedLog("info");
    const jobs = {
      redeliver: () => Promise.reject(new Error("GitHub is down")),
      reconcile: async () => ({ read: 1 }),
    };
    await expect(createScheduleHandler({ jobs, log })()).rejects.toThrow("Not every job has run to its end");
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { job: "redeliver", err: { message: "GitHub is down" } },
      { job: "reconcile", result: { read: 1 } },
    ]);
  });
});
