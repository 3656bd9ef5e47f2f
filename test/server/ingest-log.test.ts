import { describe, expect, test } from "vitest";
import { type ErrorCode, LoopForgeError } from "../../src/core/index.js";
import { createIngest } from "../../src/server/ingest.js";
import { at } from "../inbox/deliveries.js";
import { WEBHOOK_SECRET } from "../support/keys.js";
import { collectedLog } from "../support/log.js";
import { signatureOf } from "../support/post.js";

/** An ingest whose inbox refuses everything with that, and what it logged. */
function given(code: ErrorCode, message: string) {
  const state = { elapsed: 0 };
  const { log, lines } = collectedLog();
  const refuse = () => Promise.reject(new LoopForgeError(code, message));
  const ingest = createIngest({
    ...{ inbox: { put: refuse, ignore: refuse }, log, webhookSecret: WEBHOOK_SECRET },
    clock: () => at(0),
    monotonic: () => state.elapsed,
    isSubscribed: () => true,
    onStored: () => undefined,
  });
  const deliver = async (guid: string) => {
    const body = '{"action":"opened"}';
    const headers = new Map([
      ["x-github-delivery", guid],
      ["x-github-event", "issues"],
      ["x-hub-signature-256", signatureOf(body)],
    ]);
    return (await ingest({ header: (name) => headers.get(name), body: Buffer.from(body) })).status;
  };
  return { state, deliver, logged: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe("given an inbox on a full disk", () => {
  test("when a burst is refused, then that is said once a minute, without a stack, and with how often", async () => {
    const { state, deliver, logged } = given("inbox_unavailable", "The inbox cannot be read or written: disk is full");
    for (let n = 0; n < 100; n++) expect(await deliver(`d${n}`)).toBe(503);
    expect(logged()).toMatchObject([
      { level: 50, delivery: "d0", omitted: 0, msg: expect.stringContaining("disk is full") },
    ]);
    expect(JSON.stringify(logged())).not.toContain("stack");
    state.elapsed = 60_000;
    await deliver("later");
    expect(logged()).toMatchObject([{ delivery: "d0" }, { delivery: "later", omitted: 99 }]);
  });
});

describe("given an inbox that is full", () => {
  test("when a burst is refused, then that is said once a minute, as a warning", async () => {
    const { deliver, logged } = given("inbox_full", "The inbox is full: 3 deliveries wait");
    for (let n = 0; n < 10; n++) expect(await deliver(`d${n}`)).toBe(503);
    expect(logged()).toMatchObject([{ level: 40, code: "inbox_full" }]);
  });
});
