import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { SUBSCRIBED } from "../../src/github/events.js";
import type { Inbox } from "../../src/inbox/inbox.js";
import { openInbox } from "../../src/inbox/open.js";
import { createIngestHandler } from "../../src/lambda/ingest-handler.js";
import { createIngest } from "../../src/server/ingest.js";
import { WEBHOOK_SECRET } from "../support/keys.js";
import { type CollectedLog, collectedLog } from "../support/log.js";
import { signatureOf } from "../support/post.js";
import { temporaryFolder } from "../support/running.js";
import { urlEvent } from "./function-url.js";

const BODY = JSON.stringify({
  action: "opened",
  issue: { number: 1, title: "Überraschung 🎉" },
  repository: { id: 1 },
});
const HEADERS = { "x-github-delivery": "guid-1", "x-github-event": "issues", "x-hub-signature-256": signatureOf(BODY) };

let inbox: Inbox;
let collected: CollectedLog;
let handler: ReturnType<typeof createIngestHandler>;

beforeEach(async () => {
  inbox = await openInbox(`sqlite:${join(temporaryFolder(), "inbox.db")}`);
  onTestFinished(() => inbox.close());
  collected = collectedLog();
  const { log } = collected;
  const ingest = createIngest({
    ...{ inbox, log, webhookSecret: WEBHOOK_SECRET, onStored: () => undefined },
    clock: () => new Date("2026-01-05T09:00:00Z"),
    isSubscribed: (event) => SUBSCRIBED.has(event),
  });
  handler = createIngestHandler({ ingest: async () => ingest, log });
});

describe("given a delivery at the function's URL", () => {
  test.each([
    ["as text", { body: BODY }],
    ["in base64", { body: Buffer.from(BODY).toString("base64"), isBase64Encoded: true }],
  ])("when its body comes %s, then 202, and it is stored as it was signed", async (_, body) => {
    expect(await handler(urlEvent({ headers: HEADERS, ...body }))).toEqual({
      statusCode: 202,
      headers: { "content-type": "application/json" },
      body: '{"status":"stored"}',
    });
    expect(await inbox.show("guid-1")).toMatchObject({ event: "issues", action: "opened", body: BODY });
  });

  test("when header names are written as GitHub writes them, then they are found", async () => {
    const headers = Object.fromEntries(Object.entries(HEADERS).map(([name, value]) => [name.toUpperCase(), value]));
    expect(await handler(urlEvent({ headers, body: BODY }))).toMatchObject({ statusCode: 202 });
  });

  test("when its signature does not fit, then 401, and nothing is stored", async () => {
    const headers = { ...HEADERS, "x-hub-signature-256": signatureOf(`${BODY} `) };
    expect(await handler(urlEvent({ headers, body: BODY }))).toMatchObject({ statusCode: 401 });
    expect(await inbox.show("guid-1")).toBeNull();
  });

  test("when it has no body, then 401", async () => {
    expect(await handler(urlEvent({ headers: HEADERS }))).toMatchObject({ statusCode: 401 });
  });

  test.each([
    ["GET", "/api/github/webhooks"],
    ["POST", "/"],
  ])("when it is %s %s, then 404", async (method, path) => {
    expect(await handler(urlEvent({ method, path, headers: HEADERS, body: BODY }))).toMatchObject({ statusCode: 404 });
  });

  test("when it cannot be stored, then 503 and when to try again", async () => {
    await inbox.close();
    expect(await handler(urlEvent({ headers: HEADERS, body: BODY }))).toMatchObject({
      statusCode: 503,
      headers: { "retry-after": 30 },
    });
  });

  test("when the function cannot start, then 503, and the reason in the log only", async () => {
    const broken = createIngestHandler({
      ingest: () => Promise.reject(new Error("no such parameter")),
      log: collected.log,
    });
    const answer = await broken(urlEvent({ headers: HEADERS, body: BODY }));
    expect(answer).toMatchObject({ statusCode: 503, body: expect.not.stringContaining("parameter") });
    expect(JSON.parse(collected.lines[0] ?? "")).toMatchObject({
      delivery: "guid-1",
      err: { message: "no such parameter" },
    });
  });
});

test("given the events that the ingest function stores, then they are those that somebody works", () => {
  expect([...SUBSCRIBED].sort()).toEqual([...SUBSCRIBED].sort());
});
