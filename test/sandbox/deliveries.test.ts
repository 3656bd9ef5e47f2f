import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { givenInstallationClient, givenSandbox } from "./given.js";

const received: { event: string; body: string }[] = [];
let answer = 202;
let react: (event: string) => Promise<unknown> = async () => undefined;
let receiver: Server;
let url = "";

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const event = String(request.headers["x-github-event"]);
      received.push({ event, body });
      void react(event).then(() => response.writeHead(answer).end());
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = receiver.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  url = `http://127.0.0.1:${address.port}/api/github/webhooks`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

describe("given a webhook address", () => {
  test("when flushed, then all is posted in order, with what arises meanwhile, and each answer recorded", async () => {
    const sandbox = givenSandbox();
    const repo = sandbox.repository("acme/shop");
    const alice = sandbox.user("alice");
    const server = await sandbox.listen();
    const octokit = await givenInstallationClient(sandbox, server);
    const issue = repo.openIssue({ by: alice, title: "Hello" });
    sandbox.deliverTo(url);
    received.length = 0;
    react = async (event) => {
      if (event !== "issues") return;
      await octokit.rest.issues.createComment({ owner: "acme", repo: "shop", issue_number: issue.number, body: "Hi" });
    };
    await sandbox.flush();
    react = async () => undefined;
    await server.close();
    expect(received.map(({ event }) => event)).toEqual(["installation", "issues", "issue_comment"]);
    expect(received.map(({ body }) => body)).toEqual(sandbox.deliveries.map(({ body }) => body));
    expect(sandbox.deliveries.map(({ status }) => status)).toEqual([202, 202, 202]);
    await sandbox.flush();
    expect(received).toHaveLength(3);
  });

  test("when the receiver refuses, then the answer is recorded, and the delivery can be sent again under its GUID", async () => {
    const sandbox = givenSandbox();
    sandbox.repository("acme/shop");
    sandbox.deliverTo(url);
    answer = 503;
    await sandbox.flush();
    answer = 202;
    const [delivery] = sandbox.deliveries;
    if (delivery === undefined) throw new Error("nothing was delivered");
    expect(delivery.attempts).toMatchObject([{ statusCode: 503 }]);
    await sandbox.deliver(delivery);
    expect(delivery.attempts.map(({ statusCode }) => statusCode)).toEqual([503, 202]);
    expect(received.at(-1)?.body).toBe(received.at(-2)?.body);
  });

  test("when nobody answers, then the attempt has no status code", async () => {
    const sandbox = givenSandbox();
    sandbox.repository("acme/shop");
    sandbox.deliverTo(url, { fetch: () => Promise.reject(new Error("connection refused")) });
    await sandbox.flush();
    expect(sandbox.deliveries[0]?.attempts).toMatchObject([{ statusCode: null, status: "connection refused" }]);
  });

  test("when deliveries are taken off the queue, then a flush sends none of them", async () => {
    const sandbox = givenSandbox();
    sandbox.repository("acme/shop");
    sandbox.deliverTo(url);
    received.length = 0;
    expect(sandbox.takePending()).toHaveLength(1);
    await sandbox.flush();
    expect(received).toEqual([]);
  });

  test("when deliveries are not to be kept, then they go out and are forgotten", async () => {
    const sandbox = givenSandbox({ keepDeliveries: false });
    sandbox.repository("acme/shop");
    sandbox.deliverTo(url);
    received.length = 0;
    await sandbox.flush();
    expect(received).toHaveLength(1);
    expect(sandbox.deliveries).toEqual([]);
  });

  test("then headers are those that GitHub sends", () => {
    const sandbox = givenSandbox();
    sandbox.repository("acme/shop").openIssue({ by: sandbox.user("alice"), title: "Hello" });
    expect(sandbox.deliveries.at(-1)?.headers).toEqual({
      Accept: "*/*",
      "Content-Type": "application/json",
      "User-Agent": expect.stringMatching(/^GitHub-Hookshot\//),
      "X-GitHub-Delivery": "00000000-0000-4000-8000-000000000002",
      "X-GitHub-Event": "issues",
      "X-GitHub-Hook-ID": "1",
      "X-GitHub-Hook-Installation-Target-ID": "4711",
      "X-GitHub-Hook-Installation-Target-Type": "integration",
      "X-Hub-Signature-256": expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
    });
  });
});

test("given GUIDs that hold the time, when two things happen at once, then each has a GUID of its own, of version 1", () => {
  const sandbox = givenSandbox({ deliveryGuids: "timed" });
  const repo = sandbox.repository("acme/shop");
  const alice = sandbox.user("alice");
  for (const title of ["One", "Two"]) repo.openIssue({ by: alice, title });
  const guids = sandbox.deliveries.map(({ guid }) => guid);
  expect(new Set(guids).size).toBe(guids.length);
  expect(guids.filter((guid) => guid[14] === "1")).toEqual(guids);
});

test("given an App that subscribes to issues only, when a pull request opens, then it hears nothing of it", () => {
  const app = { id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: "s", events: ["issues"] as const };
  const sandbox = givenSandbox({ app });
  const repo = sandbox.repository("acme/shop");
  const alice = sandbox.user("alice");
  repo.openPullRequest({ by: alice, title: "Quiet", head: "quiet" });
  repo.openIssue({ by: alice, title: "Loud" });
  expect(sandbox.deliveries.map(({ event }) => event)).toEqual(["issues"]);
});
