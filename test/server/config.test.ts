import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasCredentials, readConfig } from "../../src/server/config.js";
import { TEST_KEY } from "../support/keys.js";
import { failureOf } from "../support/lookout.js";
import { temporaryFolder } from "../support/running.js";

const ENOUGH = { APP_ID: "4711", PRIVATE_KEY: TEST_KEY, WEBHOOK_SECRET: "a secret" };

describe("given an environment that says enough", () => {
  test("then the rest has defaults", () => {
    expect(readConfig(ENOUGH)).toEqual({
      appId: 4711,
      privateKey: TEST_KEY,
      webhookSecret: "a secret",
      previousWebhookSecret: null,
      host: "localhost",
      port: 3000,
      githubUrl: "https://api.github.com",
      logLevel: "info",
      store: "sqlite:loopforge.db",
      inbox: "sqlite:loopforge-inbox.db",
      inboxLimit: 100_000,
      queueLabel: "queued",
      organizationConfig: [],
    });
  });

  test("when variables are set to nothing, then they count as not set", () => {
    const nothing = { HOST: "", PORT: "", GITHUB_API_URL: "", GHE_HOST: "", GHE_PROTOCOL: "" };
    expect(readConfig({ ...ENOUGH, ...nothing })).toEqual(readConfig(ENOUGH));
  });

  test("when they are set, then that counts", () => {
    const given = {
      HOST: "0.0.0.0",
      PORT: "0",
      LOG_LEVEL: "debug",
      LOOPFORGE_STORE: "memory:",
      LOOPFORGE_QUEUE_LABEL: "on it",
      LOOPFORGE_ORGANIZATION_CONFIG: "acme/.github, umbrella/rules",
    };
    expect(readConfig({ ...ENOUGH, ...given })).toMatchObject({
      ...{ host: "0.0.0.0", port: 0, logLevel: "debug", store: "memory:", queueLabel: "on it" },
      organizationConfig: ["acme/.github", "umbrella/rules"],
    });
  });

  test.each([
    [{ GHE_HOST: "ghe.example" }, "https://ghe.example/api/v3"],
    [{ GHE_HOST: "ghe.example:8080", GHE_PROTOCOL: "http" }, "http://ghe.example:8080/api/v3"],
    [{ GHE_HOST: "octo.ghe.com" }, "https://api.octo.ghe.com"],
    [{ GHE_HOST: "Octo.GHE.com", GHE_PROTOCOL: "http" }, "https://api.octo.ghe.com"],
    [{ GHE_HOST: "api.octo.ghe.com" }, "https://api.octo.ghe.com"],
    [{ GHE_HOST: "github.ghe.com.example" }, "https://github.ghe.com.example/api/v3"],
    [{ GITHUB_API_URL: "https://api.octo.ghe.com/" }, "https://api.octo.ghe.com"],
    [{ GITHUB_API_URL: "https://a.example/github/api/v3", GHE_HOST: "b.example" }, "https://a.example/github/api/v3"],
  ])("when it names another GitHub as %j, then its API is %s", (ghe, url) => {
    expect(readConfig({ ...ENOUGH, ...ghe }).githubUrl).toBe(url);
  });

  test("when the key is in a file, then it is read from there", () => {
    const file = join(temporaryFolder(), "key.pem");
    writeFileSync(file, TEST_KEY);
    const config = readConfig({ ...ENOUGH, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: file });
    expect(config.privateKey.trim()).toBe(TEST_KEY.trim());
  });

  test.each(['"', "'"])("when the key is as in .env and its quotes %s are still there, then they go", (quote) => {
    const written = quote + TEST_KEY.replaceAll("\n", "\\n") + quote;
    expect(readConfig({ ...ENOUGH, PRIVATE_KEY: written }).privateKey).toBe(TEST_KEY);
  });
});

describe("given an environment that cannot be used", () => {
  test.each([
    ["APP_ID", undefined, "is not set"],
    ["APP_ID", "", "is not set"],
    ["APP_ID", "loopforge", "must be the App's id, a number"],
    ["APP_ID", "-1", ""],
    ["WEBHOOK_SECRET", undefined, "is not set"],
    ["WEBHOOK_SECRET", "   ", ""],
    ["WEBHOOK_SECRET", "development", 'must not be "development"'],
    ["PORT", "http", "must be a port number"],
    ["PORT", "65536", ""],
    ["GHE_PROTOCOL", "ftp", "must be http or https"],
    ["GHE_HOST", "https://ghe.example", "must be a host without https://, such as ghe.example"],
    ["GHE_HOST", "https://ghe.example/api/v3", "must be a host without https://, such as ghe.example"],
    ["GHE_HOST", "ghe.example/api/v3", "must be a host without a path, such as ghe.example"],
    ["GHE_HOST", "ghe.example/", "must be a host without a path"],
    ["GHE_HOST", "user@ghe.example", "must be a host"],
    ["GITHUB_API_URL", "api.octo.ghe.com", "must be the whole address"],
    ["GITHUB_API_URL", "ftp://api.octo.ghe.com", "must be the whole address"],
    ["GITHUB_API_URL", "https://token@api.octo.ghe.com", "must be the whole address"],
    ["LOG_LEVEL", "loud", ""],
    ["PRIVATE_KEY", undefined, "is not set"],
    ["PRIVATE_KEY", "not a key", "cannot be used"],
  ])("when %s is %j, then the error names it", (name, value, why) => {
    const failure = failureOf(() => readConfig({ ...ENOUGH, [name]: value }));
    expect(failure).toMatch(new RegExp(`^usage: ${name} .*${why}`));
  });

  test("when the key's file has none, then the error says what to do", () => {
    const file = join(temporaryFolder(), "key.pem");
    writeFileSync(file, "the public one");
    const failure = failureOf(() => readConfig({ ...ENOUGH, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: file }));
    expect(failure).toMatch(/^usage: PRIVATE_KEY cannot be used: .* PRIVATE_KEY_PATH to where that file is$/);
  });

  test.each([
    ["is cut off", `${TEST_KEY.slice(0, 400)}\n-----END PRIVATE KEY-----\n`],
    ["has a quote too many", `"${TEST_KEY}`],
  ])("when a key %s, then the error says what to do, and nothing of the key", (_, key) => {
    const failure = failureOf(() => readConfig({ ...ENOUGH, PRIVATE_KEY: key }));
    expect(failure).toMatch(/^usage: PRIVATE_KEY cannot be used: .* Set it to all of the text of the \.pem file/);
    expect(failure).not.toContain(TEST_KEY.split("\n")[1]);
  });

  test("when a secret is wrong, then the error does not repeat it", () => {
    for (const name of ["WEBHOOK_SECRET", "PRIVATE_KEY", "APP_ID"]) {
      const failure = failureOf(() => readConfig({ ...ENOUGH, APP_ID: "x", [name]: "s3cr3t-text" }));
      expect(failure).not.toContain("s3cr3t-text");
    }
  });
});

describe("given an environment before set-up", () => {
  test.each([
    [{}, false],
    [{ APP_ID: "1" }, false],
    [{ PRIVATE_KEY: TEST_KEY }, false],
    [ENOUGH, true],
  ])("when it is number %#, then whether it names an App is told", (env, names) => {
    expect(hasCredentials(env)).toBe(names);
  });
});
