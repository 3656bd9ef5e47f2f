import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openStore } from "../../../src/store/open.js";
import { oneLine } from "../servers/one-line.js";

describe("a LOOPFORGE_STORE for DynamoDB", () => {
  beforeEach(() => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "local").stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ["dynamodb:", /names no table/],
    ["dynamodb:ab", /names no table/],
    ["dynamodb:loop forge", /names no table/],
    ["dynamodb:loopforge?regio=eu", /"regio".*region, endpoint/],
    ["dynamodb:loopforge?endpoint=ftp://x", /no http address/],
    ["dynamodb:loopforge?ensureTables=yes", /neither true nor false/],
    ["dynamodb:loopforge?region=x&stateShards=0", /stateShards.*from 1 to 100/],
    ["dynamodb:loopforge?region=x&stateShards=many", /stateShards.*from 1 to 100/],
  ])("%s is refused in one line", async (url, why) => {
    await expect(openStore(url)).rejects.toThrow(oneLine("usage", why));
    await expect(openStore(url)).rejects.toThrow(oneLine("usage", /LOOPFORGE_STORE/));
  });

  it("needs a region", async () => {
    vi.stubEnv("AWS_REGION", undefined).stubEnv("AWS_CONFIG_FILE", "/nowhere").stubEnv("AWS_PROFILE", undefined);

    await expect(openStore("dynamodb:loopforge")).rejects.toThrow(oneLine("usage", /AWS_REGION/));
  });

  it("needs a server that can be reached", async () => {
    await expect(openStore("dynamodb:loopforge?region=x&endpoint=http://127.0.0.1:1")).rejects.toThrow(
      oneLine("store_unavailable", /cannot be reached.*LOOPFORGE_STORE/),
    );
  });

  it("needs a server that is DynamoDB", async () => {
    const server = createServer((_, response) => response.writeHead(404).end("<html>Not here</html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;

    await expect(openStore(`dynamodb:loopforge?region=x&endpoint=http://127.0.0.1:${port}`)).rejects.toThrow(
      oneLine("store_unavailable", /LOOPFORGE_STORE/),
    );
    server.close();
  });
});
