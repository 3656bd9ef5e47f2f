import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openInbox } from "../../src/inbox/open.js";
import { sqsPlace } from "../../src/inbox/sqs/place.js";
import { delivery } from "./deliveries.js";

describe("given a LOOPFORGE_INBOX", () => {
  it.each(["sqlite:", "SQLITE:", "sqlite://", "  sqlite:"])(
    "when it begins with %j, then it is a file",
    async (scheme) => {
      const folder = await mkdtemp(join(tmpdir(), "loopforge-inbox-"));
      onTestFinished(() => rm(folder, { recursive: true }));
      const inbox = await openInbox(`${scheme}${folder}/inbox.db`, { maxWaiting: 1 });
      await inbox.put(delivery("a"));
      await expect(inbox.put(delivery("b"))).rejects.toMatchObject({ code: "inbox_full" });
      await inbox.close();
    },
  );

  it.each([
    ["", /it does not begin with a scheme/],
    ["inbox.db", /it does not begin with a scheme/],
    ["sqlite:", /sqlite: names no file/],
    ["memory:", /there is no inbox memory:/],
    ["__proto__:x", /does not begin with a scheme|there is no inbox/],
    ["constructor:x", /there is no inbox constructor:/],
    ["postgres:///s3cret", /it names no host/],
    ["postgres://me:s3cret@host/db?schema=A;", /its schema is not a name/],
    ["sqs:", /it names no queue's URL/],
    ["sqs:ftp://s3cret/q.fifo?table=inbox", /it names no queue's URL/],
    ["sqs:https://host/1/q?table=inbox", /no FIFO queue/],
    ["sqs:https://host/1/q.fifo", /table= is missing/],
    ["sqs:https://host/1/q.fifo?table=s3cret/x", /table= is missing or no table's name/],
    ["sqs:https://host/1/q.fifo?table=inbox&tabel=x", /a parameter "tabel"/],
    ["sqs:https://host/1/q.fifo?table=inbox&endpoint=s3cret", /an endpoint of it is no http address/],
  ])("when it is %j, then it is refused, and nothing of it repeated", async (url, why) => {
    const failure = await openInbox(url).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      code: expect.stringMatching(/usage|unavailable/),
      message: expect.stringMatching(why),
    });
    expect(String(failure)).toContain("LOOPFORGE_INBOX");
    expect(String(failure)).not.toMatch(/s3cret@|\/\/s3cret|=s3cret/);
  });
});

describe("given where an inbox on SQS is", () => {
  it("when it says as little as it can, then the SDK's own settings say the rest", () => {
    expect(sqsPlace("https://sqs.eu-central-1.amazonaws.com/1/loopforge.fifo?table=loopforge-inbox")).toEqual({
      queueUrl: "https://sqs.eu-central-1.amazonaws.com/1/loopforge.fifo",
      table: "loopforge-inbox",
    });
  });

  it("when it names emulators, then they are asked", () => {
    const place =
      "http://127.0.0.1:1/0/q.fifo?table=inbox&region=local&endpoint=http://127.0.0.1:1&dynamodb_endpoint=http://127.0.0.1:2";
    expect(sqsPlace(place)).toMatchObject({
      ...{ region: "local", endpoint: "http://127.0.0.1:1", dynamodbEndpoint: "http://127.0.0.1:2" },
    });
  });
});
