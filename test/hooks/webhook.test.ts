import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { cloudEventOf } from "../../src/hooks/cloud-event.js";
import { signatureHeaders } from "../../src/hooks/signature.js";
import { sendEvent, webhookHook } from "../../src/hooks/webhook.js";
import { moment } from "../builders/records.js";
import { failureOf } from "../support/lookout.js";
import { givenReceiver, type Scripted } from "../support/receiver.js";
import { aStory, givenPosting, MERGED_RED, newestTransition, noSignal, QUEUED } from "./given.js";

const SECRET = "a signing secret of the tests";

async function given(...script: readonly Scripted[]) {
  const receiver = await givenReceiver();
  receiver.script(...script);
  const { options } = givenPosting();
  const hook = webhookHook({ url: `${receiver.url}/events`, signingSecret: SECRET, ...options });
  return { receiver, run: (record = aStory([QUEUED])) => hook(...newestTransition(record), noSignal()) };
}

describe("the webhook hook", () => {
  it("posts a transition as a CloudEvent in structured mode", async () => {
    const { receiver, run } = await given();
    const record = aStory([QUEUED, MERGED_RED]);
    await run(record);
    expect(receiver.requests).toMatchObject([
      { method: "POST", path: "/events", headers: { "content-type": "application/cloudevents+json; charset=utf-8" } },
    ]);
    expect(JSON.parse(receiver.requests[0]?.body ?? "")).toEqual({
      specversion: "1.0",
      id: "record-7/3",
      source: "/repos/acme/shop",
      type: "dev.loopforge.transition",
      subject: "acme/shop#7",
      time: moment(120),
      datacontenttype: "application/json",
      data: {
        ref: "acme/shop#7",
        repo: "acme/shop",
        entry: expect.objectContaining({
          ...{ kind: "exception", from_state: "task_queued", to_state: "merged", trigger: "pr.merged" },
          ...{ seq: 3, metadata: { rule: "merged_before_ci_passed" }, hash: record.ledger.hash },
        }),
      },
    });
  });

  it("signs the bytes that it sends, with the time and the id", async () => {
    const { receiver, run } = await given();
    await run();
    const [{ headers, body }] = receiver.requests as [(typeof receiver.requests)[0]];
    const timestamp = String(Date.parse(moment(0)) / 1000);
    const expected = createHmac("sha256", SECRET).update(`record-7/2.${timestamp}.${body}`).digest("base64");
    expect(headers).toMatchObject({
      "webhook-id": "record-7/2",
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${expected}`,
    });
  });

  it("sends the same event again until it is taken", async () => {
    const { receiver, run } = await given({ status: 503 }, "hang up");
    await run();
    const [first, ...others] = receiver.requests;
    expect(others).toHaveLength(2);
    for (const other of others) expect([other.body, other.headers["webhook-id"]]).toEqual([first?.body, "record-7/2"]);
  });

  it("fails when nobody takes it", async () => {
    const { run } = await given({ status: 410 });
    await expect(run()).rejects.toThrow("Its endpoint answered 410");
  });

  it("fails for a transition that the record's history does not have", async () => {
    const { receiver } = await given();
    const hook = webhookHook({ url: receiver.url, signingSecret: SECRET, ...givenPosting().options });
    await expect(hook(aStory([]), "a", "b", "c", noSignal())).rejects.toThrow("does not have this transition");
    expect(receiver.requests).toEqual([]);
  });
});

describe("an event that is made again", () => {
  it("is sent again under the same id, with the same bytes", async () => {
    const { receiver, run } = await given();
    await run();
    const options = { url: receiver.url, signingSecret: SECRET, ...givenPosting().options };
    await sendEvent(aStory([QUEUED, MERGED_RED]), 2, noSignal(), options);
    const sent = receiver.requests.map(({ body, headers }) => [body, headers["webhook-id"]]);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
  });

  it("is the same bytes, whatever has become of the record since", () => {
    const then = aStory([QUEUED]);
    const now = aStory([QUEUED, MERGED_RED], { prUrl: "https://github.com/acme/shop/pull/8" });
    const renamed = { ...now, repo: "acme/store", ref: "acme/store#7" };
    expect(cloudEventOf(renamed, 2)).toEqual(cloudEventOf(then, 2));
    expect(cloudEventOf(now, 3).id).toBe("record-7/3");
  });

  it("is refused for an entry that there is not", () => {
    expect(failureOf(() => cloudEventOf(aStory([]), 9))).toBe("record_not_found: Record record-7 has no entry 9");
  });

  it("has an address as its source, whatever the repository is called", () => {
    const story = aStory([QUEUED]);
    const [, ...later] = story.entries;
    const { body } = cloudEventOf({ ...story, repo: "a b/ü", entries: later }, 2);
    expect(JSON.parse(body)).toMatchObject({ source: "/repos/a%20b/%C3%BC", subject: "acme/shop#7" });
  });
});

describe("a signature", () => {
  it("is what Standard Webhooks verifies: the vector of its specification", () => {
    const headers = signatureHeaders(
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      '{"test": 2432232314}',
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      new Date(1_614_265_330_000),
    );
    expect(headers).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });
});
