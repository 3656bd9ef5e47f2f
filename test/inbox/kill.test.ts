import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SqliteInbox } from "../../src/inbox/sqlite.js";

const SCRIPT = fileURLToPath(new URL("work-until-killed.ts", import.meta.url));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "loopforge-inbox-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** @returns the lines that the process wrote before it was killed, at some instant after so many of them */
async function killAfter(lines: number, file: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, ["--import", "tsx", SCRIPT, file], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.split("\n").length > lines) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "close");
  expect(signal).toBe("SIGKILL");
  return said.split("\n").slice(0, -1);
}

it("a process killed at any instant loses nothing that it acknowledged", async () => {
  for (const lines of [1, 300, 1000]) {
    const file = join(directory, `${lines}.db`);
    const said = await killAfter(lines, file);
    const inbox = new SqliteInbox(file);
    for (const line of said) {
      const [what, guid = ""] = line.split(" ");
      const kept = await inbox.show(guid);
      expect(kept, line).not.toBeNull();
      if (what === "done") expect(kept).toMatchObject({ status: "done", body: null });
      else if (kept?.status !== "done") expect(kept?.body).toBe(guid.repeat(2000));
    }
    await inbox.releaseAll();
    const { waiting } = await inbox.stats(new Date());
    let worked = 0;
    for (;;) {
      const claims = await inbox.claim(100, new Date(), 60_000);
      if (claims.length === 0) break;
      for (const claim of claims) expect(await inbox.done(claim, new Date())).toBe(true);
      worked += claims.length;
    }
    expect(worked).toBe(waiting);
    await inbox.close();
  }
});
