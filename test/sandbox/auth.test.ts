import { createSign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../src/sandbox/index.js";
import { givenAppClient, givenInstallationClient, givenSandbox, testClock } from "./given.js";

describe("given a served sandbox", () => {
  const sandbox = givenSandbox();
  sandbox.repository("acme/shop", { private: true });
  sandbox.repository("acme/site");
  sandbox.repository("other/secret", { private: true, install: false });
  let server: RunningServer;
  beforeAll(async () => {
    server = await sandbox.listen();
  });
  afterAll(() => server.close());

  const ask = (path: string, authorization?: string): Promise<Response> =>
    fetch(`${server.url}${path}`, authorization === undefined ? {} : { headers: { authorization } });

  function jwt(claims: object): string {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
    return `Bearer ${text}.${createSign("RSA-SHA256").update(text).sign(sandbox.app.privateKey, "base64url")}`;
  }
  const now = (): number => Math.floor(Date.now() / 1000);

  test.each(["", "/api/v3"])(
    "when Probot's Octokit signs in below %j, then it acts as the App and as the installation",
    async (base) => {
      const client = givenAppClient(sandbox, server, { base });
      const installations = await client.rest.apps.listInstallations();
      expect(installations.data).toMatchObject([{ app_id: 4711, account: { login: "acme" } }]);
      expect((await client.rest.apps.getAuthenticated()).data).toMatchObject({
        slug: "loopforge",
        installations_count: 1,
      });
      const installed = givenAppClient(sandbox, server, { base, installationId: installations.data[0]?.id ?? 0 });
      const repositories = await installed.rest.apps.listReposAccessibleToInstallation();
      expect(repositories.data.repositories.map(({ name }) => name)).toEqual(["shop", "site"]);
    },
  );

  test("when nothing or nonsense is presented, then 401 in GitHub's form", async () => {
    const nothing = await ask("/repos/acme/shop");
    expect(nothing.status).toBe(401);
    expect(await nothing.json()).toMatchObject({ message: "Requires authentication", status: "401" });
    expect((await ask("/repos/acme/shop", "token ghs_wrong")).status).toBe(401);
    expect((await ask("/app", "Bearer a.b.c")).status).toBe(401);
  });

  test.each([
    ["another issuer", { iss: 1, iat: now(), exp: now() + 60 }],
    ["an expired token", { iss: 4711, iat: now() - 120, exp: now() - 60 }],
    ["a token for longer than ten minutes", { iss: 4711, iat: now(), exp: now() + 3600 }],
    ["a token from the future", { iss: 4711, iat: now() + 600, exp: now() + 900 }],
  ])("when the App presents %s, then 401", async (_, claims) => {
    expect((await ask("/app", jwt(claims))).status).toBe(401);
  });

  test("when the token is signed with another key, then 401", async () => {
    const [header, payload] = jwt({ iss: 4711, iat: now(), exp: now() + 60 }).split(".");
    expect((await ask("/app", `${header}.${payload}.${Buffer.from("forged").toString("base64url")}`)).status).toBe(401);
  });

  test("when a token is narrowed to one repository, then the others are closed to it", async () => {
    const client = givenAppClient(sandbox, server);
    const { data } = await client.rest.apps.getRepoInstallation({ owner: "acme", repo: "shop" });
    const narrow = await client.rest.apps.createInstallationAccessToken({
      installation_id: data.id,
      repositories: ["site"],
    });
    expect((await ask("/repos/acme/site", `token ${narrow.data.token}`)).status).toBe(200);
    expect((await ask("/repos/acme/shop", `token ${narrow.data.token}`)).status).toBe(404);
    expect((await ask("/repos/other/secret", `token ${narrow.data.token}`)).status).toBe(404);
  });

  test("when a route does not exist, then 404 in GitHub's form, and the sandbox remembers", async () => {
    const answer = await ask("/no/such/route");
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ message: "Not Found" });
    expect(sandbox.errors).toMatchObject([{ kind: "route", method: "GET", path: "/no/such/route" }]);
  });
});

describe("given a clock of the sandbox's own", () => {
  test("when the machine's time is another, then Octokit corrects its token by the Date header", async () => {
    const sandbox = givenSandbox({ authClock: testClock() });
    sandbox.repository("acme/shop");
    const server = await sandbox.listen();
    const { data } = await givenAppClient(sandbox, server).rest.apps.listInstallations();
    await server.close();
    expect(data).toHaveLength(1);
  });

  test("when an hour has passed, then an installation token is worth nothing", async () => {
    const clock = testClock();
    const sandbox = givenSandbox({ clock, authClock: clock });
    sandbox.repository("acme/shop");
    const server = await sandbox.listen();
    const octokit = await givenInstallationClient(sandbox, server);
    const shop = { owner: "acme", repo: "shop" };
    expect((await octokit.rest.repos.get(shop)).status).toBe(200);
    clock.advance(3600);
    await expect(octokit.rest.repos.get(shop)).rejects.toMatchObject({ status: 401 });
    await server.close();
  });
});
