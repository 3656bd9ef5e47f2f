import { createHash } from "node:crypto";
import { PurgeQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { connectSqs } from "../../../src/inbox/sqs/connection.js";
import { SqsMessages } from "../../../src/inbox/sqs/message.js";
import type { SqsPlace } from "../../../src/inbox/sqs/place.js";
import { SqsPut } from "../../../src/inbox/sqs/put.js";
import { SqsInbox } from "../../../src/inbox/sqs.js";
import { createWorker } from "../../../src/inbox/worker.js";
import { type Fault, type Faulty, givenFaulty } from "../../store/servers/faulty.js";
import { PATIENT } from "../../support/patience.js";
import { at, claimOne, delivery, LEASE_MS } from "../deliveries.js";
import { givenAws, type LocalAws } from "../servers/aws.js";

const given = await givenAws();
const DENIED: Fault = { status: 400, body: { __type: "AccessDeniedException", message: "not this time" } };

describe.skipIf(!given)("given an inbox on SQS", () => {
  const aws = given as LocalAws;
  let place: SqsPlace & { readonly deadLetters: string };
  let sqs: Faulty;
  let dynamodb: Faulty;
  let inbox: SqsInbox;

  const start = async (maxReceives?: number) => {
    const real = await aws.newPlace(maxReceives);
    [sqs, dynamodb] = await Promise.all([givenFaulty(real.endpoint ?? ""), givenFaulty(real.dynamodbEndpoint ?? "")]);
    place = { ...real, endpoint: sqs.endpoint, dynamodbEndpoint: dynamodb.endpoint };
    inbox = new SqsInbox(place, { waitSeconds: 0 });
  };
  beforeEach(async () => {
    // The SDK would try again by itself, and that is not what is looked at here.
    vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
    vi.useFakeTimers({ toFake: ["Date"], now: at(0) });
    await start();
  });
  afterEach(async () => {
    await inbox.close();
    await aws.removeTable(place);
    await Promise.all([sqs.stop(), dynamodb.stop()]);
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });
  const laterThanDeduplication = () => vi.setSystemTime(at(400));
  const messagesLeft = async () => {
    const { waiting, leased } = await inbox.stats(new Date());
    return waiting + leased;
  };

  describe("when putting is cut off", () => {
    it("before the delivery is in the table, then nothing is known of it, and the redelivery is stored", async () => {
      dynamodb.fail("PutItem", "through", DENIED);
      await expect(inbox.put(delivery("a"))).rejects.toMatchObject({
        ...{ code: "inbox_unavailable", disposition: { http: 503 } },
        message: expect.stringMatching(/LOOPFORGE_INBOX|AWS_ACCESS_KEY_ID/),
      });
      expect(await inbox.show("a")).toBeNull();
      expect(await messagesLeft()).toBe(0);
      expect(await inbox.put(delivery("a"))).toBe("stored");
      expect(await claimOne(inbox, at(0))).toMatchObject(delivery("a"));
    });

    it("between table and queue, then the redelivery is queued: it is worked, and once", async () => {
      sqs.fail("SendMessage", DENIED);
      await expect(inbox.put(delivery("a"))).rejects.toMatchObject({ code: "inbox_unavailable" });
      expect(await inbox.claim(10, at(0), LEASE_MS)).toEqual([]);
      laterThanDeduplication();
      expect(await inbox.put(delivery("a"))).toBe("duplicate");
      expect(await inbox.done(await claimOne(inbox, at(400)), at(400))).toBe(true);
      expect(await inbox.claim(10, at(400), LEASE_MS)).toEqual([]);
    });

    it("after the queue, then the redelivery's message says nothing new", async () => {
      sqs.fail("SendMessage", "lost");
      await expect(inbox.put(delivery("a"))).rejects.toMatchObject({ code: "inbox_unavailable" });
      laterThanDeduplication();
      expect(await inbox.put(delivery("a"))).toBe("duplicate");
      expect(await messagesLeft()).toBe(2);
      expect(await inbox.done(await claimOne(inbox, at(400)), at(400))).toBe(true);
      expect(await inbox.claim(10, at(400), LEASE_MS)).toEqual([]);
      expect(await messagesLeft()).toBe(0);
    });

    it("as one that was set aside is taken up again, then its redelivery brings it back", async () => {
      await inbox.put(delivery("a"));
      await inbox.setAside(await claimOne(inbox, at(0)), "x", at(0));
      sqs.fail("SendMessage", DENIED);
      await expect(inbox.put(delivery("a"))).rejects.toMatchObject({ code: "inbox_unavailable" });
      expect(await inbox.put(delivery("a"))).toBe("duplicate");
      expect(await claimOne(inbox, at(0))).toMatchObject({ guid: "a", attempt: 1 });
    });
  });

  describe("when ending a delivery is cut off", () => {
    it.each([
      ["before its body is removed", () => dynamodb.fail("Query", DENIED)],
      ["as its body is removed", () => dynamodb.fail("DeleteItem", DENIED)],
      ["before its message is removed", () => sqs.fail("DeleteMessage", DENIED)],
    ])("%s, then it stays done, and the rest is cleared away when its message comes again", async (_, fail) => {
      await inbox.put(delivery("a", { key: "k" }));
      await inbox.put(delivery("b", { key: "k" }));
      const claim = await claimOne(inbox, at(0));
      fail();
      await expect(inbox.done(claim, at(0))).rejects.toMatchObject({ code: "inbox_unavailable" });
      expect(await inbox.show("a")).toMatchObject({ status: "done", body: null });
      expect(await isBodyKept("b")).toBe(true);
      vi.setSystemTime(at(61));
      expect(await claimOne(inbox, at(61))).toMatchObject({ guid: "b" });
      expect(await isBodyKept("a")).toBe(false);
      expect(await messagesLeft()).toBe(1);
    });

    const isBodyKept = async (guid: string) => {
      const { table, close } = connectSqs(place);
      onTestFinished(close);
      // Under any digest.
      return (await table.bodies.read({ guid, body_digest: "", body_parts: 1 })) !== null;
    };

    it("then one that was set aside stays so", async () => {
      await inbox.put(delivery("a"));
      sqs.fail("DeleteMessage", DENIED);
      await expect(inbox.setAside(await claimOne(inbox, at(0)), "x", at(0))).rejects.toMatchObject({
        code: "inbox_unavailable",
      });
      vi.setSystemTime(at(61));
      expect(await inbox.claim(10, at(61), LEASE_MS)).toEqual([]);
      expect(await inbox.show("a")).toMatchObject({ status: "failed", error: "x", body: delivery("a").body });
      expect(await messagesLeft()).toBe(0);
    });
  });

  it("when the answer to a lease is lost, then the delivery is handed out all the same", async () => {
    await inbox.put(delivery("a"));
    dynamodb.fail("UpdateItem", "lost");
    const claim = await claimOne(inbox, at(0));
    expect(claim).toMatchObject({ guid: "a", attempt: 1 });
    expect(await inbox.done(claim, at(0))).toBe(true);
  });

  it("when its message was received too often, then a person can bring it back from the dead", async () => {
    await inbox.close();
    await start(2);
    await inbox.put(delivery("a"));
    for (const second of [0, 100]) {
      vi.setSystemTime(at(second));
      await claimOne(inbox, at(second));
    }
    vi.setSystemTime(at(200));
    expect(await inbox.claim(1, at(200), LEASE_MS)).toEqual([]);
    const { Messages: dead = [] } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: place.deadLetters }));
    expect(dead).toHaveLength(1);
    laterThanDeduplication();
    expect(await inbox.retryNow("a")).toBe(true);
    expect(await claimOne(inbox, at(400))).toMatchObject({ ...delivery("a"), attempt: 3 });
  });

  it("when its message was lost, then GitHub's redelivery brings it back", async () => {
    await inbox.put(delivery("a"));
    await aws.sqs.send(new PurgeQueueCommand({ QueueUrl: place.queueUrl }));
    laterThanDeduplication();
    expect(await inbox.put(delivery("a"))).toBe("duplicate");
    expect(await claimOne(inbox, at(400))).toMatchObject(delivery("a"));
  });

  it("when SQS hands out two of a key at once, then only the older is taken, and the other given back", async () => {
    await inbox.put(delivery("a", { key: "k" }));
    await inbox.put(delivery("b", { key: "k" }));
    const bodies = sqs.asked.flatMap(({ operation, body }) => (operation === "SendMessage" ? [body.MessageBody] : []));
    const Messages = bodies.map((Body, index) => ({
      ...{ Body, MessageId: `m${index}`, ReceiptHandle: `r${index}`, Attributes: { MessageGroupId: "k" } },
      MD5OfBody: createHash("md5").update(String(Body)).digest("hex"),
    }));
    sqs.fail("ReceiveMessage", { status: 200, body: { Messages } });
    expect((await inbox.claim(2, at(0), LEASE_MS)).map(({ guid }) => guid)).toEqual(["a"]);
    const hidden = sqs.asked.filter(({ operation }) => operation === "ChangeMessageVisibility");
    expect(hidden[0]?.body).toMatchObject({ ReceiptHandle: "r1", VisibilityTimeout: 0 });
  });

  describe("when a Lambda function works it", () => {
    const givenFunction = () => {
      const connection = connectSqs(place);
      onTestFinished(() => connection.close());
      const now = { clock: () => new Date() };
      return { connection, put: new SqsPut(connection, now), messages: new SqsMessages(connection) };
    };
    /** As SQS hands messages to a function. */
    const received = async () => {
      const command = new ReceiveMessageCommand({
        QueueUrl: place.queueUrl,
        VisibilityTimeout: 60,
        MaxNumberOfMessages: 10,
      });
      const { Messages = [] } = await aws.sqs.send(command);
      return Messages.map(({ Body = "", ReceiptHandle = "" }) => ({ body: Body, receipt: ReceiptHandle }));
    };

    it("then a record becomes the delivery, and is done", async () => {
      const { put, messages } = givenFunction();
      const large = delivery("a", { body: JSON.stringify("é".repeat(2_000_000)) });
      expect(await put.put(large)).toBe("stored");
      const [message = { body: "", receipt: "" }] = await received();
      expect(message.body.length).toBeLessThan(200);
      const opened = await messages.open(message, at(0), LEASE_MS);
      expect(opened).toMatchObject({ kind: "claimed", claim: { ...large, attempt: 1 } });
      if (opened.kind === "claimed") expect(await messages.done(opened.claim, at(1))).toBe(true);
      expect(await inbox.show("a")).toMatchObject({ status: "done", endedAt: at(1).toISOString() });
      expect(await messages.open(message, at(2), LEASE_MS)).toEqual({ kind: "obsolete" });
    });

    it("then one that comes while another has it waits for its end", async () => {
      const { put, messages } = givenFunction();
      await put.put(delivery("a"));
      const [message = { body: "", receipt: "" }] = await received();
      await messages.open(message, at(0), LEASE_MS);
      expect(await messages.open(message, at(1), LEASE_MS)).toEqual({ kind: "early", dueAt: at(60) });
      expect(await messages.open(message, at(60), LEASE_MS)).toMatchObject({ kind: "claimed", claim: { attempt: 2 } });
    });

    it("then it waits for its retry, at most the 12 hours that SQS allows", async () => {
      const { put, messages } = givenFunction();
      await put.put(delivery("a"));
      const [message = { body: "", receipt: "" }] = await received();
      const opened = await messages.open(message, at(0), LEASE_MS);
      if (opened.kind !== "claimed") throw new Error(opened.kind);
      const failure = { error: "GitHub said 502", failedAt: at(0), dueAt: at(100_000) };
      expect(await messages.retry(opened.claim, failure)).toBe(true);
      const asked = sqs.asked.findLast(({ operation }) => operation === "ChangeMessageVisibility");
      expect(asked?.body).toMatchObject({ VisibilityTimeout: 43_200 });
      expect(await messages.open(message, at(43_200), LEASE_MS)).toEqual({ kind: "early", dueAt: at(100_000) });
    });

    it("then one that comes after its wait is worked, though the clock was set back meanwhile", async () => {
      const { put, messages } = givenFunction();
      await put.put(delivery("a"));
      const [message = { body: "", receipt: "" }] = await received();
      const opened = await messages.open(message, at(3600), LEASE_MS);
      if (opened.kind !== "claimed") throw new Error(opened.kind);
      const failure = { error: "down", failedAt: at(3600), dueAt: at(3660), heldUpBy: "store" } as const;
      expect(await messages.retry(opened.claim, failure)).toBe(true);
      const asked = sqs.asked.findLast(({ operation }) => operation === "ChangeMessageVisibility");
      expect(asked?.body).toMatchObject({ VisibilityTimeout: 60 });
      const again = await messages.open(message, at(60), LEASE_MS);
      expect(again).toMatchObject({ kind: "claimed", claim: { attempt: 1, holds: 1 } });
      // A worker that died: its lease is over when the clock is set back by more than clocks differ.
      expect(await messages.open(message, at(0), LEASE_MS)).toEqual({ kind: "early", dueAt: at(60) });
      expect(await messages.open(message, at(-3600), LEASE_MS)).toMatchObject({
        kind: "claimed",
        claim: { attempt: 2 },
      });
    });

    it("then a message that is not the inbox's is nobody's, and is left to the dead letters", async () => {
      const { messages } = givenFunction();
      for (const body of ["", "{", "null", "[]", '{"guid":"a"}', '{"guid":1,"turn":"x"}']) {
        expect(await messages.open({ body, receipt: "r" }, at(0), LEASE_MS)).toEqual({ kind: "foreign" });
      }
    });

    it("then one whose body is gone is set aside with the reason", async () => {
      const { connection, put, messages } = givenFunction();
      await put.put(delivery("a"));
      await connection.table.bodies.delete("a");
      const [message = { body: "", receipt: "" }] = await received();
      expect(await messages.open(message, at(0), LEASE_MS)).toEqual({ kind: "obsolete" });
      expect(await inbox.show("a")).toMatchObject({ status: "failed", error: expect.stringContaining("body") });
      // The redelivery brings it along.
      expect(await put.put(delivery("a"))).toBe("requeued");
      expect(await claimOne(inbox, at(0))).toMatchObject(delivery("a"));
    });
  });

  it("when a worker works it, then each is handled once, one of a key at a time, in order", async () => {
    const handled: string[] = [];
    const log = { warn: vi.fn(), error: vi.fn() };
    const worker = createWorker({
      ...{ inbox, log, clock: () => new Date(), pollMs: 10, backoff: () => 0 },
      handle: async ({ guid, attempt }) => {
        if (guid === "k1-3" && attempt === 1) throw new Error("not yet");
        handled.push(guid);
      },
    });
    worker.start();
    const guids = ["k0", "k1"].map((key) => Array.from({ length: 8 }, (_, n) => `${key}-${n}`));
    for (const guid of guids.flat()) await inbox.put(delivery(guid, { key: guid.slice(0, 2) }));
    worker.wake();
    await vi.waitUntil(() => handled.length === 16, PATIENT);
    await worker.stop(5000);
    expect(guids.map(([first = ""]) => handled.filter((guid) => guid.startsWith(first.slice(0, 2))))).toEqual(guids);
    expect(await inbox.stats(new Date())).toMatchObject({ waiting: 0, leased: 0, failed: 0, done: 16 });
    expect(log.error).not.toHaveBeenCalled();
  });

  it("when its queue or its table is not there, then it is not opened, and what to look at is said", async () => {
    const queueUrl = place.queueUrl.replace("inbox-", "outbox-");
    await expect(SqsInbox.open({ ...place, queueUrl })).rejects.toMatchObject({
      ...{ code: "store_schema", message: expect.stringContaining("LOOPFORGE_INBOX") },
    });
    await expect(SqsInbox.open({ ...place, table: "nowhere" })).rejects.toMatchObject({
      ...{ code: "store_schema", message: expect.stringContaining("LOOPFORGE_INBOX") },
    });
    const opened = await SqsInbox.open(place);
    await opened.close();
  });
});
