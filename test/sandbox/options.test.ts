import { describe, expect, onTestFinished, test } from "vitest";
import type { SandboxOptions } from "../../src/sandbox/index.js";
import { givenInstallationClient, givenSandbox, testClock } from "./given.js";

const SHOP = { owner: "acme", repo: "shop" };

async function givenShop(options: Partial<SandboxOptions>) {
  const sandbox = givenSandbox(options);
  const shop = sandbox.repository("acme/shop");
  const server = await sandbox.listen();
  onTestFinished(() => server.close());
  // Its token is made before anything goes wrong.
  const octokit = await givenInstallationClient(sandbox, server);
  return { sandbox, shop, server, octokit };
}

describe("given a sandbox that leaves out whose a check is", () => {
  test("then neither answers nor events say it", async () => {
    const { sandbox, shop, octokit } = await givenShop({ appOmitted: true });
    const sha = shop.headOf();
    shop.startCheck({ app: sandbox.checksApp("ci"), sha, name: "build" });
    const runs = await octokit.rest.checks.listForRef({ ...SHOP, ref: sha });
    const suites = await octokit.rest.checks.listSuitesForRef({ ...SHOP, ref: sha });
    expect(runs.data.check_runs.map(({ app }) => app)).toEqual([null]);
    expect(suites.data.check_suites.map(({ app }) => app)).toEqual([null]);
    const event = sandbox.deliveries.findLast((delivery) => delivery.event === "check_run");
    expect(JSON.parse(event?.body ?? "{}")).toMatchObject({ check_run: { app: null, check_suite: { app: null } } });
  });
});

describe("given a sandbox that keeps checks for a day", () => {
  test("when two have passed, then it lists none", async () => {
    const clock = testClock();
    const { sandbox, shop, octokit } = await givenShop({ clock, checksKeptDays: 1 });
    const ref = shop.headOf();
    shop.startCheck({ app: sandbox.checksApp("ci"), sha: ref, name: "build" }).complete("success");
    const count = async () => (await octokit.rest.checks.listForRef({ ...SHOP, ref })).data.total_count;
    expect(await count()).toBe(1);
    clock.advance(2 * 86_400);
    expect(await count()).toBe(0);
  });
});

describe("given a sandbox whose GraphQL", () => {
  const QUERY = "{ viewer { login } }";

  test("is down, then a query fails with 502", async () => {
    const { octokit } = await givenShop({ graphqlDown: true });
    await expect(octokit.graphql(QUERY)).rejects.toMatchObject({ status: 502 });
  });

  test("answers in parts, then it says what it has left out", async () => {
    const { octokit } = await givenShop({ graphqlPartial: true });
    const errors = [expect.objectContaining({ type: "RESOURCE_LIMITS_EXCEEDED", path: ["viewer"] })];
    await expect(octokit.graphql(QUERY)).rejects.toMatchObject({ errors, data: { viewer: null } });
  });
});

describe("given a sandbox that spoils answers", () => {
  const spoilt = async (options: Partial<SandboxOptions>) => {
    let drawn = 1;
    const { octokit, server } = await givenShop({ ...options, chance: () => drawn });
    const { token } = (await octokit.auth()) as { readonly token: string };
    drawn = 0;
    const signal = new AbortController();
    const headers = { authorization: `token ${token}` };
    const answer = await fetch(`${server.url}/repos/acme/shop`, { headers, signal: signal.signal });
    return { answer, stop: () => signal.abort() };
  };

  test("when it cuts one, then its body breaks off", async () => {
    const { answer } = await spoilt({ answersCut: 1 });
    await expect(answer.text()).rejects.toThrow("terminated");
  });

  test("when it answers with another's page, then that says 200", async () => {
    const { answer } = await spoilt({ answersForeign: 1 });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("<html>")]);
  });

  test("when one drips, then it has bytes for as long as anybody waits", async () => {
    const { answer, stop } = await spoilt({ answersDrip: 1 });
    const body = answer.body?.getReader();
    for (let read = 0; read < 3; read++) expect(await body?.read()).toMatchObject({ done: false });
    stop();
    await expect(body?.read()).rejects.toThrow();
  });

  test("when it refuses reactions, then one is refused", async () => {
    const { sandbox, shop, octokit } = await givenShop({ noReactions: true });
    const alice = sandbox.user("alice");
    const comment = shop.openIssue({ by: alice, title: "Slow" }).comment({ by: alice, body: "Very" });
    const asked = { ...SHOP, comment_id: comment.id, content: "+1" as const };
    await expect(octokit.rest.reactions.createForIssueComment(asked)).rejects.toMatchObject({ status: 403 });
  });
});
