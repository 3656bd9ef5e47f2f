import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Output } from "../../src/cli/output.js";
import { run } from "../../src/cli/program.js";
import { setStage } from "../../src/sandbox/scenarios/index.js";
import type { Disk } from "../../src/store/disk.js";
import { TEST_KEY, WEBHOOK_SECRET } from "../support/keys.js";
import { PATIENT } from "../support/patience.js";
import { post } from "../support/post.js";
import { givenRunning, temporaryFolder } from "../support/running.js";

/** A disk that takes what it is given until it is told to fail. */
function aDisk() {
  const state = { fails: false };
  const sync = () => {
    if (state.fails) throw new Error("EIO: i/o error, fdatasync");
  };
  const disk: Disk = { sync: async () => sync(), syncNow: sync };
  return { disk, state };
}

async function givenServer(disk?: Disk) {
  const folder = temporaryFolder();
  const files = { store: join(folder, "records.db"), inbox: join(folder, "inbox.db") };
  const app = await givenRunning({
    config: { store: `sqlite:${files.store}`, inbox: `sqlite:${files.inbox}` },
    ...(disk ? { disk } : {}),
  });
  setStage(app.sandbox);
  const get = async (path: string) => {
    const response = await fetch(app.server.url + path);
    return { status: response.status, body: (await response.json()) as unknown };
  };
  const deliver = async (guid: string) =>
    (await post(app.server.webhookUrl, { guid, event: "issues", body: '{"action":"opened"}' })).status;
  const fatal = () => app.collected.lines.filter((line) => line.includes('"level":60'));
  return { app, files, get, deliver, fatal };
}

describe("given a server whose disk fails", () => {
  test("when a delivery comes, then it is refused, it says that it is not ready and why, and that it has to end", async () => {
    const { disk, state } = aDisk();
    const { app, get, deliver, fatal } = await givenServer(disk);
    expect((await get("/readyz")).status).toBe(200);
    state.fails = true;
    expect(await deliver("a")).toBe(503);
    // What the disk forgot nobody knows: that it works again is no comfort.
    state.fails = false;
    expect(await deliver("b")).toBe(503);
    expect(await get("/readyz")).toMatchObject({
      status: 503,
      body: { status: "not ready", parts: { store: "ok", inbox: "not ready" }, reasons: { inbox: "the disk failed" } },
    });
    expect((await get("/healthz")).status).toBe(200);
    expect(await app.server.broken).toMatchObject({ reason: "the disk failed" });
    expect(fatal()).toHaveLength(1);
    expect(fatal()[0]).toContain("EIO: i/o error");
  });
});

describe("given a server whose file is deleted under it", () => {
  test.each(["store", "inbox"] as const)("when it is the %s's, then it is not ready, and has to end", async (part) => {
    const { app, files, get } = await givenServer();
    rmSync(files[part]);
    expect(await get("/readyz")).toMatchObject({ status: 503, body: { reasons: { [part]: "the file is gone" } } });
    expect(await app.server.broken).toMatchObject({ reason: "the file is gone" });
  });

  test("when a delivery comes before anybody has noticed, then it is not acknowledged", async () => {
    const { files, deliver } = await givenServer();
    expect(await deliver("a")).toBe(202);
    rmSync(files.inbox);
    expect(await deliver("b")).toBe(503);
    expect(await deliver("c")).toBe(503);
  });

  test("when another file is in its place, then that is no better", async () => {
    const { files, deliver, get } = await givenServer();
    rmSync(files.inbox);
    writeFileSync(files.inbox, "");
    expect(await deliver("a")).toBe(503);
    expect((await get("/readyz")).status).toBe(503);
  });

  test("when it is served by the command line, then that ends with exit code 1 and says why", async () => {
    const folder = temporaryFolder();
    const inbox = join(folder, "inbox.db");
    const settings = {
      APP_ID: "4711",
      PRIVATE_KEY: TEST_KEY,
      WEBHOOK_SECRET,
      PORT: "0",
      LOG_LEVEL: "silent",
      LOOPFORGE_STORE: `sqlite:${join(folder, "records.db")}`,
      LOOPFORGE_INBOX: `sqlite:${inbox}`,
    };
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const said: string[] = [];
    const output: Output = { out: () => undefined, err: (text) => void said.push(text), isTerminal: false };
    const ended = run(["serve"], output, process.stdout);
    await vi.waitFor(() => rmSync(inbox), PATIENT);
    expect(await ended).toBe(1);
    expect(said.join("")).toContain("was deleted, moved or replaced");
  });
});
