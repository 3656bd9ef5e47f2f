import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { openInbox } from "../../src/inbox/open.js";
import { reachPostgres } from "../store/servers/postgres.js";
import { LEASE_MS } from "./deliveries.js";

const postgres = await reachPostgres();
afterAll(() => postgres?.close());

const SCRIPT = fileURLToPath(new URL("work-until-killed.ts", import.meta.url));

/** @returns the lines that the process wrote before it was killed, at some instant after so many of them */
async function killAfter(lines: number, url: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, ["--import", "tsx", SCRIPT, url], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.split("\n").length > lines) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "close");
  expect(signal).toBe("SIGKILL");
  return said.split("\n").slice(0, -1);
}

async function losesNothing(lines: number, url: string, isLeft = async () => {}): Promise<void> {
  const said = await killAfter(lines, url);
  await isLeft();
  const inbox = await openInbox(url);
  for (const line of said) {
    const [what, guid = ""] = line.split(" ");
    const kept = await inbox.show(guid);
    expect(kept, line).not.toBeNull();
    if (what === "done") expect(kept).toMatchObject({ status: "done", body: null });
    else if (kept?.status !== "done") expect(kept?.body).toBe(guid.repeat(2000));
  }
  // What the dead process had is due by then, if its leases do not end at once.
  await inbox.releaseAll();
  const later = new Date(Date.now() + LEASE_MS);
  const { waiting, leased } = await inbox.stats(later);
  expect(leased).toBe(0);
  let worked = 0;
  for (;;) {
    const claims = await inbox.claim(100, later, LEASE_MS);
    if (claims.length === 0) break;
    for (const claim of claims) expect(await inbox.done(claim, later)).toBe(true);
    worked += claims.length;
  }
  expect(worked).toBe(waiting);
  await inbox.close();
}

describe("given a process that is killed at any instant, then nothing is lost that it acknowledged", () => {
  it.each([1, 300, 1000])("in a SQLite file, after %i words", async (lines) => {
    const directory = await mkdtemp(join(tmpdir(), "loopforge-inbox-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    await losesNothing(lines, `sqlite:${join(directory, "inbox.db")}`);
  });

  it.skipIf(!postgres).each([1, 300, 1000])("in PostgreSQL, after %i words", async (lines) => {
    const url = postgres?.newStore() ?? "";
    onTestFinished(() => postgres?.clean());
    await losesNothing(lines, url, () => postgres?.isLeft(url) ?? Promise.resolve());
  });
});
