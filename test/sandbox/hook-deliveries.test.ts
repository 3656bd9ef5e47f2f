import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/index.js";
import { givenAppClient, givenInstallationClient, givenSandbox, testClock } from "./given.js";

const clock = testClock();
let sandbox: Sandbox;
let octokit: ReturnType<typeof givenAppClient>;
let received: string[];
let answer: number;

/** Answers deliveries without a network: what GitHub says of them is what is looked at here. */
const receiver: typeof fetch = async (_url, init) => {
  received.push(new Headers(init?.headers).get("x-hub-signature-256") ?? "");
  return new Response(null, { status: answer });
};

beforeEach(async () => {
  received = [];
  answer = 202;
  sandbox = givenSandbox({ clock });
  const server = await sandbox.listen();
  onTestFinished(() => server.close());
  sandbox.deliverTo("https://loopforge.example/api/github/webhooks", { fetch: receiver });
  octokit = givenAppClient(sandbox, server);
});

/** The installation's delivery first, then one for each issue, a minute apart. */
async function delivered(issues: number): Promise<void> {
  const repository = sandbox.repository("acme/shop");
  for (let issue = 1; issue <= issues; issue++) {
    clock.advance(60);
    repository.openIssue({ by: sandbox.user("alice"), title: `Issue ${issue}` });
  }
  await sandbox.flush();
}

async function listed(query: Parameters<typeof octokit.rest.apps.listWebhookDeliveries>[0] = {}) {
  return (await octokit.rest.apps.listWebhookDeliveries(query)).data;
}

describe("given deliveries that were sent", () => {
  test("when they are listed, then the newest comes first, with what became of it", async () => {
    await delivered(1);
    const repository = sandbox.repository("acme/shop");
    expect(await listed()).toEqual([
      {
        id: sandbox.deliveries[1]?.id,
        guid: sandbox.deliveries[1]?.guid,
        delivered_at: `${clock().toISOString().slice(0, 19)}Z`,
        redelivery: false,
        duration: 0,
        status: "OK",
        status_code: 202,
        event: "issues",
        action: "opened",
        installation_id: repository.installation?.id,
        repository_id: repository.id,
        throttled_at: null,
      },
      expect.objectContaining({ event: "installation", action: "created", repository_id: null }),
    ]);
  });

  test("when they are paged, then cursors lead to the last and back, and what comes meanwhile shifts nothing", async () => {
    await delivered(4);
    const first = await octokit.rest.apps.listWebhookDeliveries({ per_page: 2 });
    const next = /cursor=(\S+?)[&>].*rel="next"/.exec(first.headers.link ?? "")?.[1] ?? "";
    expect(first.headers.link).not.toContain("prev");
    await delivered(1);
    const second = await octokit.rest.apps.listWebhookDeliveries({ per_page: 2, cursor: next });
    expect(second.headers.link).toMatch(/rel="prev".*rel="next"/);
    const all = await octokit.paginate(octokit.rest.apps.listWebhookDeliveries, { per_page: 2 });
    expect(all.map(({ id }) => id)).toEqual(sandbox.deliveries.map(({ id }) => id).reverse());
    expect(second.data).toEqual(all.slice(3, 5));
  });

  test("when only failures are asked for, then successes are left out", async () => {
    answer = 500;
    await delivered(1);
    answer = 202;
    await delivered(1);
    expect(await listed({ status: "failure" })).toMatchObject([{ status_code: 500 }, { status_code: 500 }]);
    expect(await listed({ status: "success" })).toMatchObject([{ status_code: 202, status: "OK" }]);
  });

  test("when nobody answered, then it has GitHub's code for that", async () => {
    sandbox.deliverTo("https://nowhere.example", {
      fetch: () => Promise.reject(new Error("failed to connect to host")),
    });
    await delivered(0);
    expect(await listed()).toMatchObject([{ status_code: 502, status: "failed to connect to host" }]);
  });

  test("when three days have passed, then GitHub knows them no more", async () => {
    await delivered(1);
    const [newest] = await listed();
    clock.advance(3 * 24 * 3600 + 1);
    expect(await listed()).toEqual([]);
    const delivery_id = Number(newest?.id);
    await expect(octokit.rest.apps.redeliverWebhookDelivery({ delivery_id })).rejects.toMatchObject({ status: 404 });
  });

  test("when one is looked at, then request and payload are those that were sent", async () => {
    await delivered(1);
    const sent = sandbox.deliveries[1];
    const { data } = await octokit.rest.apps.getWebhookDelivery({ delivery_id: sent?.id ?? 0 });
    expect(data).toMatchObject({
      guid: sent?.guid,
      url: "https://loopforge.example/api/github/webhooks",
      request: { headers: sent?.headers, payload: { action: "opened", issue: { number: 1 } } },
    });
  });

  test("when a cursor or a status is nonsense, then it is refused", async () => {
    await expect(listed({ cursor: "2" })).rejects.toMatchObject({ status: 400 });
    await expect(listed({ status: "odd" as "success" })).rejects.toMatchObject({ status: 422 });
  });

  test("when an installation asks, then it may not: only the App may", async () => {
    const server = await sandbox.listen();
    onTestFinished(() => server.close());
    sandbox.repository("acme/shop");
    const installed = await givenInstallationClient(sandbox, server);
    await expect(installed.rest.apps.listWebhookDeliveries()).rejects.toMatchObject({ status: 401 });
  });
});

describe("given a delivery that failed", () => {
  test("when it is redelivered, then GitHub accepts, and sends it later as another one with the same GUID", async () => {
    answer = 503;
    await delivered(1);
    answer = 202;
    const [failed] = await listed();
    const accepted = await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: Number(failed?.id) });
    expect([accepted.status, received.length]).toEqual([202, 2]);
    clock.advance(60);
    await sandbox.flush();
    const [again, before] = await listed();
    expect(again).toMatchObject({ guid: failed?.guid, redelivery: true, status_code: 202, status: "OK" });
    expect(before).toEqual(failed);
    expect(again?.id).not.toBe(failed?.id);
    await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: Number(again?.id) });
    await sandbox.flush();
    expect((await listed()).filter(({ guid }) => guid === failed?.guid)).toHaveLength(3);
  });
});

describe("given the webhook's settings", () => {
  test("when they are read, then there is a secret, and nobody learns which", async () => {
    expect((await octokit.rest.apps.getWebhookConfigForApp()).data).toEqual({
      url: "https://loopforge.example/api/github/webhooks",
      content_type: "json",
      insecure_ssl: "0",
      secret: "********",
    });
  });

  test("when the secret is changed, then what is sent from now on is signed with it", async () => {
    await octokit.rest.apps.updateWebhookConfigForApp({ secret: "another one", insecure_ssl: 1 });
    await delivered(0);
    const signature = createHmac("sha256", "another one").update(sandbox.deliveries[0]?.body ?? "");
    expect(received).toEqual([`sha256=${signature.digest("hex")}`]);
    expect((await octokit.rest.apps.getWebhookConfigForApp()).data).toMatchObject({ insecure_ssl: "1" });
  });

  test("when the address is changed, then deliveries go there", async () => {
    const server = createServer((request, response) => {
      received.push(String(request.url));
      response.writeHead(202).end();
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
    // Octokit takes a parameter `url` for the address of its own request.
    const { data } = await octokit.request("PATCH /app/hook/config", { data: { url } });
    expect(data.url).toBe(url);
    await delivered(0);
    expect(received).toEqual(["/hooks"]);
  });

  test("when a field is nonsense, then 422, and nothing is changed", async () => {
    const change = octokit.rest.apps.updateWebhookConfigForApp({ content_type: "xml", insecure_ssl: 1 });
    await expect(change).rejects.toMatchObject({ status: 422 });
    expect((await octokit.rest.apps.getWebhookConfigForApp()).data).toMatchObject({
      content_type: "json",
      insecure_ssl: "0",
    });
  });
});
