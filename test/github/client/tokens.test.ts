import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type AppOctokit, createAppOctokit } from "../../../src/github/client/app-octokit.js";
import { installationsBy } from "../../../src/github/client/octokit-for.js";
import { createGithubFetch } from "../../../src/server/github-fetch.js";
import { createReceiver } from "../../../src/server/receiver.js";
import {
  type Answer,
  type BadServer,
  cutShort,
  givenBadServer,
  hangUp,
  json,
  page,
} from "../../support/bad-answers.js";
import { TEST_KEY } from "../../support/keys.js";
import { collectedLog } from "../../support/log.js";

const PLACE = { owner: "acme", repo: "shop" };
const SHOP = { id: 7, full_name: "acme/shop" };

let github: BadServer;
beforeEach(async () => {
  github = await givenBadServer();
  github.answer(/^GET \/repos\/acme\/shop$/, json(SHOP));
});
afterEach(() => void vi.useRealTimers());

function outside(): AppOctokit {
  const { log } = collectedLog();
  const credentials = { appId: 1, privateKey: TEST_KEY, baseUrl: github.url };
  return createAppOctokit({ ...credentials, log, fetch: createGithubFetch(), patient: false });
}

/** The client of Probot's handlers. */
async function inside() {
  const receiver = await createReceiver({
    config: { appId: 1, privateKey: TEST_KEY, webhookSecret: "unused", githubUrl: github.url },
    ...{ app: () => undefined, log: collectedLog().log, fetch: createGithubFetch(), writes: null },
  });
  return receiver.asInstallation(5);
}

const CLIENTS = [
  ["outside of a delivery", async () => outside().forInstallation(5)],
  ["of Probot's handlers", inside],
] as const;

function token(name: string): Answer {
  return json({ token: name, expires_at: "2099-01-01T00:00:00Z", permissions: { metadata: "read" } }, 201);
}

const used = () =>
  github.requests.filter(({ route }) => route === "GET /repos/acme/shop").map(({ headers }) => headers.authorization);

const BAD: readonly (readonly [string, Answer])[] = [
  ["a page of a proxy's", page()],
  ["an empty object", json({})],
  ["null", json(null)],
  ["cut", cutShort({ token: "ghs_one", expires_at: "2099-01-01T00:00:00Z" })],
  ["nothing", hangUp()],
];

describe.each(CLIENTS)("given the client %s, and a token that is answered badly", (_, clientOf) => {
  test.each(BAD)("when it is %s, then nothing is asked with it, and the next one is used", async (_name, bad) => {
    // Octokit tries three times more; so it fails once to whoever asks, and is not kept.
    github.answer(/access_tokens$/, bad, token("ghs_good"));
    const client = await clientOf();
    const ask = () => client.rest.repos.get(PLACE);
    const first = await ask().catch((error: unknown) => error);
    if (first instanceof Error) expect(first).toMatchObject({ code: "github_unavailable" });
    expect((await ask()).data.id).toBe(7);
    expect(new Set(used())).toEqual(new Set(["token ghs_good"]));
  });
});

describe.each(CLIENTS)("given the client %s, and a token that GitHub takes no more", (_, clientOf) => {
  test("when it is refused, then a new one is asked for, once", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    github.answer(/access_tokens$/, token("ghs_old"), token("ghs_new"));
    const client = await clientOf();
    await client.rest.repos.get(PLACE);
    vi.setSystemTime(Date.now() + 60_000);
    github.answer(/^GET \/repos\/acme\/shop$/, json({ message: "Bad credentials" }, 401), json(SHOP));
    expect((await client.rest.repos.get(PLACE)).data.id).toBe(7);
    await client.rest.repos.get(PLACE);
    expect(used()).toEqual(["token ghs_old", "token ghs_old", "token ghs_new", "token ghs_new"]);
  });

  test("when the new one is refused, too, then that is the answer", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    github.answer(/access_tokens$/, token("ghs_old"), (response) => {
      // As old as the other: Octokit tries a younger one again by itself.
      vi.setSystemTime(Date.now() - 60_000);
      token("ghs_new")(response);
    });
    const client = await clientOf();
    await client.rest.repos.get(PLACE);
    vi.setSystemTime(Date.now() + 60_000);
    github.answer(/^GET \/repos\/acme\/shop$/, (response) => {
      vi.setSystemTime(Date.now() + 60_000);
      json({ message: "Bad credentials" }, 401)(response);
    });
    await expect(client.rest.repos.get(PLACE)).rejects.toMatchObject({ status: 401 });
    expect(used().length).toBeLessThanOrEqual(4);
  });
});

describe("given the installation of a repository that is answered badly", () => {
  test.each(BAD)("when it is %s, then it is not kept", async (_name, bad) => {
    github.answer(/installation$/, bad, json({ id: 5 }));
    const installationOf = installationsBy(outside());
    await expect(installationOf({ name: "acme/shop" })).rejects.toMatchObject({ code: "github_unavailable" });
    expect(await installationOf({ name: "acme/shop" })).toBe(5);
  });
});
