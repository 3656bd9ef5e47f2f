import { describe, expect, test } from "vitest";
import type { Delivery } from "../../src/inbox/inbox.js";
import { SqliteInbox } from "../../src/inbox/sqlite.js";
import { createIngest, type IngestOptions } from "../../src/server/ingest.js";
import { collectedLog } from "../support/log.js";
import { signatureOf } from "../support/post.js";

const BODY = '{"action":"opened"}';

/** Ingest by itself, in front of an inbox in memory. */
function givenIngest(options: Partial<IngestOptions> = {}, maxWaiting = 10) {
  const inbox = new SqliteInbox(":memory:", { maxWaiting });
  const collected = collectedLog();
  const stored: string[] = [];
  const ingest = createIngest({
    ...{ inbox, webhookSecret: "new secret", log: collected.log, clock: () => new Date() },
    isSubscribed: (event) => event === "issues",
    onStored: () => stored.push("stored"),
    ...options,
  });
  const deliver = (guid: string, { body = BODY, secret = "new secret", event = "issues" } = {}) => {
    const headers: Record<string, string> = {
      "x-github-delivery": guid,
      "x-github-event": event,
      "x-hub-signature-256": signatureOf(body, secret),
    };
    return ingest({ header: (name) => headers[name], body: Buffer.from(body) });
  };
  const logged = () => collected.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { inbox, deliver, logged, stored };
}

describe("given a secret that is being exchanged", () => {
  test("when a delivery is signed by either, then it is taken", async () => {
    const { deliver } = givenIngest({ previousSecret: "old secret" });
    expect(await deliver("a", { secret: "old secret" })).toMatchObject({ status: 202 });
    expect(await deliver("b", { secret: "new secret" })).toMatchObject({ status: 202 });
    expect(await deliver("c", { secret: "older secret" })).toMatchObject({ status: 401 });
  });

  test("when the old one is needed, then that is said once, and neither secret with it", async () => {
    const { deliver, logged } = givenIngest({ previousSecret: "old secret" });
    await deliver("a");
    expect(logged()).toEqual([]);
    for (const guid of ["b", "c", "d"]) await deliver(guid, { secret: "old secret" });
    expect(logged()).toMatchObject([{ level: 40, msg: expect.stringContaining("WEBHOOK_SECRET_PREVIOUS") }]);
    expect(JSON.stringify(logged())).not.toMatch(/(old|new) secret"/);
  });

  test("when the exchange is over, then a delivery signed by the old one is refused", async () => {
    const { deliver, inbox } = givenIngest();
    expect(await deliver("a", { secret: "old secret" })).toMatchObject({ status: 401 });
    expect((await inbox.list()).items).toEqual([]);
  });
});

describe("given an inbox that is full", () => {
  test("when a new delivery comes, then 503 and when to try again, and a line in the log", async () => {
    const { deliver, stored, logged } = givenIngest({}, 1);
    expect(await deliver("a")).toMatchObject({ status: 202 });
    expect(await deliver("b")).toEqual({
      status: 503,
      body: { error: "It could not be stored. Please deliver it again" },
      retryAfter: 30,
    });
    expect(stored).toEqual(["stored"]);
    expect(logged()).toMatchObject([{ level: 40, delivery: "b", code: "inbox_full" }]);
  });

  test("when a known one comes again, then it is answered all the same", async () => {
    const { deliver } = givenIngest({}, 1);
    await deliver("a");
    expect(await deliver("a")).toMatchObject({ status: 202, body: { status: "duplicate" } });
    expect(await deliver("a", { body: '{"action":"closed"}' })).toMatchObject({ status: 409 });
  });

  test("when an event comes that is only counted, then it is counted", async () => {
    const { deliver } = givenIngest({}, 1);
    await deliver("a");
    expect(await deliver("b", { event: "star" })).toMatchObject({ status: 202, body: { status: "ignored" } });
  });
});

describe("given an inbox that throws what nobody foresaw", () => {
  test("then 503, and what it threw is in the log", async () => {
    const broken = {
      put: async (_: Delivery): Promise<never> => {
        throw new TypeError("undefined is not a function");
      },
      ignore: async () => {},
    };
    const { deliver, logged } = givenIngest({ inbox: broken });
    expect(await deliver("a")).toMatchObject({ status: 503, retryAfter: 30 });
    expect(logged()).toMatchObject([{ level: 50, delivery: "a", err: { message: "undefined is not a function" } }]);
  });
});
