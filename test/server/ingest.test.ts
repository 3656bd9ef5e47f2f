import { connect } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import { openEntry, type RecordId, sha256 } from "../../src/core/index.js";
import { deliveredExample } from "../support/examples.js";
import { changed, without } from "../support/payloads.js";
import { post, signatureOf } from "../support/post.js";
import { givenRunning, type Running } from "../support/running.js";

const OPENED = JSON.stringify(deliveredExample("issues.opened"));
const RECORD = "gh-186853002-issue-1" as RecordId;

let app: Running;

beforeEach(async () => {
  app = await givenRunning();
});

async function kept() {
  const { waiting, leased, done, failed, ignored } = await app.server.inbox.stats(new Date());
  return { deliveries: waiting + leased + done + failed, ignored };
}

const WARN = 40;

function logged(): readonly Record<string, unknown>[] {
  return app.collected.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const NOTHING = { deliveries: 0, ignored: {} };

describe("given a delivery whose signature does not fit", () => {
  test.each([
    ["none", { "x-hub-signature-256": null }],
    ["an empty one", { "x-hub-signature-256": "" }],
    ["one with another secret", { "x-hub-signature-256": signatureOf(OPENED, "another secret") }],
    ["one of another body", { "x-hub-signature-256": signatureOf(`${OPENED} `) }],
    ["one without its scheme", { "x-hub-signature-256": signatureOf(OPENED).slice("sha256=".length) }],
    ["one that is cut", { "x-hub-signature-256": signatureOf(OPENED).slice(0, -1) }],
    ["one with SHA-1 only", { "x-hub-signature-256": null, "x-hub-signature": "sha1=0000" }],
  ])("when it has %s, then 401, and nothing is stored", async (_, headers) => {
    const { status } = await post(app.server.webhookUrl, { body: OPENED, headers });
    expect(status).toBe(401);
    expect(await kept()).toEqual(NOTHING);
  });

  test("when it is of an event that is only counted, then it is not even counted", async () => {
    const headers = { "x-hub-signature-256": "sha256=00" };
    const { status } = await post(app.server.webhookUrl, { body: "{}", event: "star", headers });
    expect(status).toBe(401);
    expect(await kept()).toEqual(NOTHING);
  });

  test("when its body is empty, then 401", async () => {
    expect((await post(app.server.webhookUrl, { body: "" })).status).toBe(401);
  });

  test("when it is not UTF-8, then 401", async () => {
    const { status } = await post(app.server.webhookUrl, { body: new Uint8Array([0x7b, 0xff, 0x7d]) });
    expect(status).toBe(401);
  });
});

describe("given a signed delivery that cannot be taken", () => {
  test.each([
    ["no JSON", "payload=%7B%7D"],
    ["half a JSON", OPENED.slice(0, 100)],
    ["a list", `[${OPENED}]`],
    ["a text", '"issues"'],
    ["null", "null"],
  ])("when its body is %s, then 400, and nothing is stored", async (_, body) => {
    const { status } = await post(app.server.webhookUrl, { body });
    expect(status).toBe(400);
    expect(await kept()).toEqual(NOTHING);
  });

  test.each([
    ["x-github-delivery", "missing", null],
    ["x-github-event", "missing", null],
    ["x-github-delivery", "empty", ""],
    ["x-github-event", "of two words", "issues opened"],
    ["x-github-delivery", "of 101 characters", "a".repeat(101)],
    ["x-github-event", "a path", "../../etc/passwd"],
  ])("when its %s is %s, then 400, and nothing is stored", async (name, _, value) => {
    const { status } = await post(app.server.webhookUrl, { body: OPENED, headers: { [name]: value } });
    expect(status).toBe(400);
    expect(await kept()).toEqual(NOTHING);
  });
});

describe("given a body of more than 25 MB", () => {
  const TOO_MUCH = 25 * 1024 * 1024 + 1;

  /** By hand, for a client stops to send once it is refused: what the server says first is what counts. */
  function statusLineFor(head: string, chunk: Buffer, times: number): Promise<string> {
    const { hostname, port } = new URL(app.server.url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      let left = times;
      const send = (): void => {
        while (left > 0 && socket.writable) {
          left -= 1;
          if (!socket.write(chunk)) return void socket.once("drain", send);
        }
      };
      socket.once("data", (data) => {
        left = 0;
        resolve(data.toString("latin1").split("\r\n", 1)[0] ?? "");
        socket.destroy();
      });
      socket.once("error", reject);
      socket.write(`POST /api/github/webhooks HTTP/1.1\r\nHost: ${hostname}\r\n${head}\r\n\r\n`);
      send();
    });
  }

  test("when it says so in advance, then 413", async () => {
    expect(await statusLineFor(`Content-Length: ${TOO_MUCH}`, Buffer.alloc(1), 0)).toMatch(/^HTTP\/1\.1 413 /);
    expect(await kept()).toEqual(NOTHING);
  });

  test("when it comes in chunks, then 413", async () => {
    const size = 1024 * 1024;
    const chunk = Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), Buffer.alloc(size, 32), Buffer.from("\r\n")]);
    expect(await statusLineFor("Transfer-Encoding: chunked", chunk, 26)).toMatch(/^HTTP\/1\.1 413 /);
    expect(await kept()).toEqual(NOTHING);
  });

  test("when it is just below, then it is taken", async () => {
    const body = `{"pad":"${"x".repeat(25 * 1024 * 1024 - 100)}"}`;
    expect((await post(app.server.webhookUrl, { body })).status).toBe(202);
    // Its body may be gone by now, for it may have been worked.
    expect((await app.server.inbox.show("guid-1"))?.payloadSha256).toBe(sha256(body));
  });
});

describe("given a signed delivery", () => {
  test("when its event is subscribed to, then 202, and it is worked", async () => {
    const { status, said } = await post(app.server.webhookUrl, { body: OPENED });
    expect([status, JSON.parse(said) as unknown]).toEqual([202, { status: "stored" }]);
    await app.server.idle();
    expect(await app.server.store.head(RECORD)).toMatchObject({
      ref: "Codertocat/Hello-World#1",
      state: "task_queued",
    });
    expect(await app.server.inbox.show("guid-1")).toMatchObject({ status: "done", body: null });
  });

  test("when its event is not subscribed to, then 202, and it is counted only", async () => {
    for (const guid of ["a", "b"]) {
      const { status, said } = await post(app.server.webhookUrl, { body: "{}", guid, event: "star" });
      expect([status, JSON.parse(said) as unknown]).toEqual([202, { status: "ignored" }]);
    }
    expect(await kept()).toEqual({ deliveries: 0, ignored: { star: 2 } });
  });

  test("when its action says nothing to LoopForge, then it is done, and there is no record", async () => {
    const body = JSON.stringify(changed(JSON.parse(OPENED) as object, "action", "pinned"));
    expect((await post(app.server.webhookUrl, { body })).status).toBe(202);
    await app.server.idle();
    expect(await app.server.inbox.show("guid-1")).toMatchObject({ status: "done" });
    expect(await app.server.store.head(RECORD)).toBeNull();
  });

  test("when a field that is used is missing, then 202, and it is set aside with the reason", async () => {
    const body = JSON.stringify(without(JSON.parse(OPENED) as object, "issue.html_url"));
    expect((await post(app.server.webhookUrl, { body })).status).toBe(202);
    await app.server.idle();
    const { items } = await app.server.inbox.list({ status: "failed" });
    expect(items).toMatchObject([
      {
        ...{ guid: "guid-1", event: "issues", action: "opened", attempt: 1 },
        error: expect.stringContaining("The payload cannot be read: issue.html_url"),
      },
    ]);
    expect(await app.server.inbox.show("guid-1")).toMatchObject({ body });
  });

  test("when a payload has no repository, then it is set aside with the reason", async () => {
    await post(app.server.webhookUrl, { body: '{"action":"opened","installation":{"id":1}}' });
    await app.server.idle();
    const { items } = await app.server.inbox.list({ status: "failed" });
    expect(items[0]?.error).toContain("The payload cannot be read: repository");
  });

  test("when it names no installation of an App, then it is recorded all the same", async () => {
    const body = JSON.stringify(without(JSON.parse(OPENED) as object, "installation"));
    await post(app.server.webhookUrl, { body });
    await app.server.idle();
    expect((await app.server.store.list()).items).toHaveLength(1);
    expect(await app.server.inbox.stats(new Date())).toMatchObject({ done: 1, failed: 0 });
  });
});

describe("given a delivery that comes again", () => {
  test("when it has the same GUID and body, then it is a duplicate, and applied once", async () => {
    const first = await post(app.server.webhookUrl, { body: OPENED });
    const second = await post(app.server.webhookUrl, { body: OPENED });
    await app.server.idle();
    const third = await post(app.server.webhookUrl, { body: OPENED });
    await app.server.idle();
    expect([first, second, third].map(({ status, said }) => [status, JSON.parse(said) as unknown])).toEqual([
      [202, { status: "stored" }],
      [202, { status: "duplicate" }],
      [202, { status: "duplicate" }],
    ]);
    const entries = (await app.server.store.entries(RECORD)).map(openEntry);
    expect(entries.map(({ kind }) => kind)).toEqual(["created", "transition"]);
  });

  test("when it has the same body under another GUID, then it is applied once all the same", async () => {
    for (const guid of ["a", "b"]) await post(app.server.webhookUrl, { body: OPENED, guid });
    await app.server.idle();
    expect(await app.server.store.entries(RECORD)).toHaveLength(2);
  });

  test("when it has the same GUID and another body, then 409", async () => {
    await post(app.server.webhookUrl, { body: OPENED });
    const { status, said } = await post(app.server.webhookUrl, { body: `${OPENED} ` });
    expect(status).toBe(409);
    expect(said).toContain("guid-1 is known with another payload");
    expect(logged().filter(({ code }) => code === "delivery_mismatch")).toMatchObject([
      { level: WARN, delivery: "guid-1", msg: "Delivery guid-1 is known with another payload" },
    ]);
    await app.server.idle();
    expect(await app.server.inbox.show("guid-1")).toMatchObject({ payloadSha256: sha256(OPENED) });
  });

  test("when it was set aside, then GitHub's redelivery works it again", async () => {
    const body = JSON.stringify(without(JSON.parse(OPENED) as object, "issue.html_url"));
    await post(app.server.webhookUrl, { body });
    await app.server.idle();
    const { status, said } = await post(app.server.webhookUrl, { body });
    expect([status, JSON.parse(said) as unknown]).toEqual([202, { status: "requeued" }]);
  });
});

describe("given an inbox that fails", () => {
  test("then 503, so that GitHub notes a failure", async () => {
    await app.server.inbox.close();
    for (const event of ["issues", "star"]) {
      const { status, headers } = await post(app.server.webhookUrl, { body: OPENED, event });
      expect(status).toBe(503);
      expect(headers.get("retry-after")).toBe("30");
    }
  });
});

describe("given other requests", () => {
  test("when it is asked for its health, then it is well", async () => {
    const response = await fetch(`${app.server.url}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });

  test.each([
    ["GET", "/nowhere"],
    ["POST", "/nowhere"],
    ["POST", "/"],
    ["GET", "/api/github/webhooks"],
    ["POST", "/api/github/webhooks/"],
  ])("when it is %s %s, then 404", async (method, path) => {
    const response = await fetch(app.server.url + path, { method });
    expect(response.status).toBe(404);
  });
});
