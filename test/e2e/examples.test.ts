import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SUBSCRIBED } from "../../src/github/events.js";
import { EXAMPLE_SOURCES, examplesOf } from "../support/examples.js";
import { post } from "../support/post.js";
import { reportsIn } from "../support/reports.js";
import { givenRunning } from "../support/running.js";

/** What would have ended a process that is not a test's. */
let crashes: unknown[] = [];
const crash = (reason: unknown): void => void crashes.push(reason);

beforeEach(() => {
  crashes = [];
  process.on("unhandledRejection", crash);
  process.on("uncaughtExceptionMonitor", crash);
});

afterEach(() => {
  process.off("unhandledRejection", crash);
  process.off("uncaughtExceptionMonitor", crash);
});

describe.each(EXAMPLE_SOURCES)("given every payload of @octokit/webhooks-examples/%s", (source) => {
  test("when they are posted, then each is answered 2xx and done; nothing crashes", async () => {
    const app = await givenRunning();
    const examples = examplesOf(source);
    const answers = await Promise.all(
      examples.map(({ event, payload }, index) =>
        post(app.server.webhookUrl, { event, guid: `example-${index}`, body: JSON.stringify(payload) }),
      ),
    );
    expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
    await app.server.idle();

    const subscribed = examples.filter(({ event }) => SUBSCRIBED.has(event)).length;
    const { waiting, leased, done, failed, ignored } = await app.server.inbox.stats(new Date());
    const counted = Object.values(ignored).reduce((sum, count) => sum + count, 0);
    // Many of the examples are from webhooks of repositories, which name no installation: they are recorded all the same.
    const reports = await reportsIn(app.server.inbox);
    expect({ waiting, leased, failed, worked: done - reports, counted }).toEqual({
      ...{ waiting: 0, leased: 0, failed: 0 },
      ...{ worked: subscribed, counted: examples.length - subscribed },
    });
    expect(app.sandbox.errors).toEqual([]);
    expect(crashes).toEqual([]);
  });
});

describe.each(EXAMPLE_SOURCES)("given the same payloads as an App gets them, of %s", (source) => {
  test("when they are posted, then every one that is observed is worked to its end", async () => {
    const app = await givenRunning();
    for (const [index, { event, payload }] of examplesOf(source).entries()) {
      const body = JSON.stringify({ installation: { id: 1 }, ...payload });
      expect((await post(app.server.webhookUrl, { event, guid: `example-${index}`, body })).status).toBe(202);
    }
    await app.server.idle();
    const { waiting, leased, failed } = await app.server.inbox.stats(new Date());
    expect({ waiting, leased, failed }).toEqual({ waiting: 0, leased: 0, failed: 0 });
    expect((await app.server.store.list()).items.length).toBeGreaterThan(0);
    expect(crashes).toEqual([]);
  });
});
