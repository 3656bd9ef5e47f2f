import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { checkInbox } from "../../src/doctor/check-inbox.js";
import { openInbox } from "../../src/inbox/open.js";
import { at, claimOne, delivery } from "../inbox/deliveries.js";
import { givenAws } from "../inbox/servers/aws.js";

const aws = await givenAws();

describe.skipIf(!aws)("given an inbox on SQS", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: at(0) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** An address of an inbox whose queue gives a message up once it was received. */
  async function givenAddress(): Promise<{ readonly url: string; readonly receive: () => Promise<unknown> }> {
    if (!aws) throw new Error("skipped");
    const { queueUrl, table, region, endpoint, dynamodbEndpoint } = await aws.newPlace(1);
    const places = { table, region: region ?? "", endpoint: endpoint ?? "", dynamodb_endpoint: dynamodbEndpoint ?? "" };
    const once = { QueueUrl: queueUrl, VisibilityTimeout: 0 };
    return {
      url: `sqs:${queueUrl}?${new URLSearchParams(places).toString()}`,
      receive: () => aws.sqs.send(new ReceiveMessageCommand(once)),
    };
  }

  test("when a delivery waits and its message is among the dead letters, then it says what brings it back, and that does", async () => {
    const { url, receive } = await givenAddress();
    const inbox = await openInbox(url);
    onTestFinished(() => inbox.close());
    await inbox.put(delivery("a"));
    await receive();
    await receive();
    vi.setSystemTime(at(16 * 60));
    expect(await checkInbox(url, 100, () => at(16 * 60))).toMatchObject([
      {
        status: "warn",
        message: "A delivery has waited for 16 minutes, and no message in the queue leads to it",
        advice: expect.stringMatching(/dead letters.*loopforge inbox retry GUID/),
      },
    ]);
    expect(await inbox.retryNow("a")).toBe(true);
    expect(await claimOne(inbox, at(16 * 60))).toMatchObject(delivery("a"));
  });

  test("when a delivery waits with its message in the queue, then it says how many wait", async () => {
    const { url } = await givenAddress();
    const inbox = await openInbox(url);
    onTestFinished(() => inbox.close());
    await inbox.put(delivery("a"));
    expect(await checkInbox(url, 100, () => at(16 * 60))).toMatchObject([
      { status: "warn", message: "1 deliveries wait, the oldest for 16 minutes" },
    ]);
  });
});
