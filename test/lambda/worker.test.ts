import { EventEmitter, once } from "node:events";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import { LoopForgeError } from "../../src/core/index.js";
import type { Claim } from "../../src/inbox/inbox.js";
import { connectSqs } from "../../src/inbox/sqs/connection.js";
import { SqsMessages } from "../../src/inbox/sqs/message.js";
import { SqsInbox } from "../../src/inbox/sqs.js";
import { createWorkerHandler, type WorkerHandlerOptions } from "../../src/lambda/worker-handler.js";
import { at, delivery } from "../inbox/deliveries.js";
import { givenAws } from "../inbox/servers/aws.js";
import { testClock } from "../sandbox/given.js";
import { collectedLog } from "../support/log.js";
import { depthOf, EventSource } from "./event-source.js";

const aws = await givenAws();

describe.skipIf(!aws)("given deliveries in the queue, and the worker function", () => {
  /** @param receive what happens to each delivery, by its GUID */
  async function given(
    receive: (claim: Claim) => Promise<void> = async () => undefined,
    options: Partial<WorkerHandlerOptions> = {},
    maxReceives?: number,
  ) {
    if (!aws) throw new Error("skipped");
    const clock = testClock(at(0).toISOString());
    const place = await aws.newPlace(maxReceives);
    const inbox = new SqsInbox(place, { clock });
    const connection = connectSqs(place);
    const { log, lines } = collectedLog("info");
    const worked: string[] = [];
    const handler = createWorkerHandler({
      messages: new SqsMessages(connection),
      queue: connection.queue,
      receive: async (claim) => {
        worked.push(claim.guid);
        await receive(claim);
      },
      ...{ clock, log, random: () => 0, backoff: () => 0 },
      ...options,
    });
    const source = new EventSource(aws.sqs, place.queueUrl, handler);
    const dead = () => depthOf(aws.sqs, place.deadLetters);
    const statuses = async () => {
      const { items } = await inbox.list();
      return Object.fromEntries(items.map(({ guid, status }) => [guid, status]));
    };
    return { clock, place, inbox, source, worked, lines, dead, statuses };
  }

  test("when they are handed over, then each is worked with its body, done, and gone from the queue", async () => {
    const bodies: string[] = [];
    const { inbox, source, statuses, lines } = await given(async ({ body }) => void bodies.push(body));
    for (const guid of ["a", "b", "c"]) await inbox.put(delivery(guid));
    await source.drain();
    expect(bodies.sort()).toEqual(["a", "b", "c"].map((guid) => delivery(guid).body));
    expect(await statuses()).toEqual({ a: "done", b: "done", c: "done" });
    expect(await source.depth()).toBe(0);
    expect(lines.map((line) => (JSON.parse(line) as { guid: string }).guid).sort()).toEqual(["a", "b", "c"]);
  });

  test("when one fails, then it comes again before the others of its key, and those of other keys go on", async () => {
    let failures = 2;
    const { inbox, source, worked, statuses } = await given(async ({ guid }) => {
      if (guid === "a1" && failures-- > 0) throw new Error("GitHub is down");
    });
    for (const guid of ["a1", "a2", "b1"]) await inbox.put(delivery(guid, { key: guid.charAt(0) }));
    const first = await source.poll();
    expect(first?.response.batchItemFailures).toHaveLength(1);
    await source.drain();
    expect(worked.filter((guid) => guid.startsWith("a"))).toEqual(["a1", "a1", "a1", "a2"]);
    expect(await statuses()).toEqual({ a1: "done", a2: "done", b1: "done" });
  });

  test("when it fails for good, then it is set aside with the reason, and the next of its key goes on", async () => {
    const { inbox, source, worked, dead } = await given(async ({ guid }) => {
      if (guid === "a1") throw new LoopForgeError("invalid_payload", "The payload cannot be read: issue.number");
    });
    for (const guid of ["a1", "a2"]) await inbox.put(delivery(guid, { key: "a" }));
    await source.drain();
    expect(worked).toEqual(["a1", "a2"]);
    expect(await inbox.show("a1")).toMatchObject({ status: "failed", error: expect.stringContaining("issue.number") });
    expect([await source.depth(), await dead()]).toEqual([0, 0]);
  });

  test("when it fails at every attempt, then it is set aside after the last", async () => {
    const fails = () => Promise.reject(new Error("GitHub is down"));
    const { inbox, source, worked } = await given(fails, { maxAttempts: 3 });
    await inbox.put(delivery("a"));
    await source.drain();
    expect(worked).toEqual(["a", "a", "a"]);
    expect(await inbox.show("a")).toMatchObject({ status: "failed", attempt: 3, error: "GitHub is down" });
  });

  test("when the function was killed at it, then it is worked once its lease is over, and not before", async () => {
    const { inbox, source, worked, clock, place, statuses } = await given();
    await inbox.put(delivery("a"));
    // Taken by an invocation that never came back.
    const lost = connectSqs(place);
    const [message] = await lost.queue.receive(10, 0, 0);
    if (!message) throw new Error("There is a message");
    await new SqsMessages(lost).open(message, clock(), 60_000);
    lost.close();
    const early = await source.poll();
    expect(early?.response.batchItemFailures).toHaveLength(1);
    expect(worked).toEqual([]);
    clock.advance(60);
    // In place of the minute for which the message is hidden.
    await inbox.retryNow("a");
    await source.drain();
    expect(worked).toEqual(["a"]);
    expect(await statuses()).toEqual({ a: "done" });
  });

  test("when the function ends again at one that was received before, then no other has an attempt counted", async () => {
    const hands = new EventEmitter();
    let isHeld = true;
    const { inbox, source, worked, place } = await given(async () => {
      hands.emit("full");
      if (isHeld) await once(hands, "let go");
    });
    for (const guid of ["a", "b", "c"]) await inbox.put(delivery(guid));
    const lost = connectSqs(place);
    for (const { receipt } of await lost.queue.receive(10, 60_000, 0)) await lost.queue.hide(receipt, 0);
    lost.close();
    const full = once(hands, "full");
    const invocation = source.poll();
    await full;
    // What the next invocation finds when this one ends here.
    const { items } = await inbox.list();
    expect(items.filter(({ attempt }) => attempt > 0).map(({ guid }) => guid)).toEqual(worked);
    expect(worked).toHaveLength(1);
    isHeld = false;
    hands.emit("let go");
    await invocation;
  });

  test("when little time is left, then nothing is begun, and all comes again", async () => {
    const { inbox, source, worked, statuses } = await given();
    await inbox.put(delivery("a"));
    const late = await source.poll(9999);
    expect(late?.response.batchItemFailures).toHaveLength(1);
    expect(worked).toEqual([]);
    expect(await inbox.show("a")).toMatchObject({ attempt: 0 });
    await source.drain();
    expect(await statuses()).toEqual({ a: "done" });
  });

  test("when a message is handed over twice, then its delivery is worked once", async () => {
    const { inbox, source, worked } = await given();
    await inbox.put(delivery("a"));
    await source.drain();
    await inbox.put(delivery("a"));
    await source.drain();
    expect(worked).toEqual(["a"]);
    expect(await source.depth()).toBe(0);
  });

  test("when a message is nobody's, then it goes to the dead letters, and the log says so", async () => {
    const { place, source, dead, lines } = await given(undefined, {}, 1);
    const foreign = {
      QueueUrl: place.queueUrl,
      MessageBody: "hello",
      MessageGroupId: "x",
      MessageDeduplicationId: "x",
    };
    await aws?.sqs.send(new SendMessageCommand(foreign));
    const taken = await source.poll();
    expect(taken?.response.batchItemFailures).toHaveLength(1);
    const connection = connectSqs(place);
    await connection.queue.hide(taken?.event.Records[0]?.receiptHandle ?? "", 0);
    connection.close();
    expect(await source.poll()).toBeNull();
    expect(await dead()).toBe(1);
    expect(lines.join()).toContain("A message in the queue is not LoopForge's");
  });

  test("when the table cannot be reached, then the message comes again, and the log says so", async () => {
    const { inbox, place, source, lines } = await given();
    await inbox.put(delivery("a"));
    await aws?.removeTable(place);
    const taken = await source.poll();
    expect(taken?.response.batchItemFailures).toHaveLength(1);
    expect(lines.join()).toContain("A message could not be worked");
  });
});
