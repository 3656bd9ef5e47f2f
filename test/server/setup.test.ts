import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createLog } from "../../src/server/log.js";
import { startSetup } from "../../src/server/setup.js";
import { givenBadServer } from "../support/bad-answers.js";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

describe("given the set-up page", () => {
  test("when GITHUB_API_URL says where the API is, then the App's credentials are asked for there", async () => {
    const github = await givenBadServer();
    const env = { PORT: String(await freePort()), HOST: "127.0.0.1", GITHUB_API_URL: github.url };
    const before = globalThis.fetch;
    const setup = await startSetup(env, createLog("silent"));
    onTestFinished(() => setup.stop());
    await globalThis.fetch("https://api.github.com/app-manifests/abc/conversions", { method: "POST" });
    expect(github.requests.map(({ route }) => route)).toEqual(["POST /app-manifests/abc/conversions"]);
    await setup.stop();
    expect(globalThis.fetch).toBe(before);
  });

  test("when GHE_HOST is an address out of a browser, then it is refused with a sentence", async () => {
    await expect(startSetup({ GHE_HOST: "https://octo.ghe.com" }, createLog("silent"))).rejects.toMatchObject({
      code: "usage",
      message: "GHE_HOST must be a host without https://, such as octo.ghe.com: GHE_PROTOCOL says http or https",
    });
  });
});
