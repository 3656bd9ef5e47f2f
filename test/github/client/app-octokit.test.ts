import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type AppOctokit, createAppOctokit } from "../../../src/github/client/app-octokit.js";
import type { Sandbox } from "../../../src/sandbox/index.js";
import { givenSandbox } from "../../sandbox/given.js";
import { type CollectedLog, collectedLog } from "../../support/log.js";

let sandbox: Sandbox;
let github: AppOctokit;
let collected: CollectedLog;
let requests: string[];

beforeEach(async () => {
  sandbox = givenSandbox();
  sandbox.repository("acme/shop", { private: true });
  sandbox.repository("acme/other", { install: false });
  const server = await sandbox.listen();
  onTestFinished(() => server.close());
  collected = collectedLog("info");
  requests = [];
  const { id: appId, privateKey } = sandbox.app;
  github = createAppOctokit({
    ...{ appId, privateKey, log: collected.log, patient: false },
    baseUrl: `${server.url}/api/v3`,
    fetch: (url, init) => {
      requests.push(new URL(url).pathname);
      return fetch(url, init);
    },
  });
});

describe("given the App's credentials", () => {
  test("when it asks as the App, then GitHub knows it", async () => {
    expect((await github.app.rest.apps.getAuthenticated()).data).toMatchObject({ slug: "loopforge" });
  });

  test("when it asks as an installation, then with one token for all that it asks", async () => {
    const id = (await github.installationOf("acme", "shop")) ?? 0;
    for (let times = 0; times < 2; times++) {
      const { data } = await github.forInstallation(id).rest.repos.get({ owner: "acme", repo: "shop" });
      expect(data).toMatchObject({ full_name: "acme/shop", private: true });
    }
    expect(requests.filter((path) => path.endsWith("/access_tokens"))).toHaveLength(1);
  });

  test.each([
    ["where the App is not installed", "other"],
    ["that is not there", "nothing"],
  ])("when it looks for the installation of a repository %s, then there is none", async (_, repo) => {
    expect(await github.installationOf("acme", repo)).toBeNull();
  });

  test("when GitHub cannot say whether there is an installation, then that is no answer", async () => {
    sandbox.faults = (context) => Promise.resolve(context.json({ message: "Server Error" }, 502));
    await expect(github.installationOf("acme", "shop")).rejects.toMatchObject({ status: 502 });
  });

  test("when GitHub refuses something, then whoever asked hears it, and the log does not", async () => {
    await expect(github.app.rest.apps.getInstallation({ installation_id: 1 })).rejects.toMatchObject({ status: 404 });
    expect(collected.lines).toEqual([]);
  });
});
