import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StoredEntry } from "../../src/core/index.js";
import { exportedEntries } from "../../src/store/ledgers.js";
import { openStore } from "../../src/store/open.js";
import { aMove, aNote, aRecord, bytesOf, creation, step } from "../builders/records.js";
import { PATIENT } from "../support/patience.js";
import { loopforge } from "./loopforge.js";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

describe("loopforge copy", () => {
  let folder: string;
  let file: string;
  let from: string;
  let to: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "loopforge-copy-"));
    file = join(folder, "loops.db");
    from = `sqlite:${file}`;
    to = `sqlite:${join(folder, "copy.db")}`;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Each with three entries. */
  const givenRecords = async (count: number) => {
    const store = await openStore(from);
    const one = async (_: unknown, index: number) => {
      const record = aRecord({ id: `r-${String(index).padStart(5, "0")}` });
      await store.append(creation(record));
      await store.append(step(record, [aMove("task_queued", "worker.picked_up"), aNote()]));
    };
    await Promise.all(Array.from({ length: count }, one));
    await store.close();
  };
  const entriesIn = async (url: string) => {
    const store = await openStore(url);
    const entries: StoredEntry[] = [];
    for await (const entry of exportedEntries(store)) entries.push(entry);
    await store.close();
    return bytesOf(entries);
  };

  it("moves all records into another store and says how many", async () => {
    await givenRecords(3);
    const ended = await loopforge("copy", "--from", from, "--to", `json:${join(folder, "loops.json")}`);

    expect(ended).toEqual({
      code: 0,
      out: "Copied 3 records with 9 entries; 0 were there already.\n",
      err: "",
    });
    expect(await entriesIn(`json:${join(folder, "loops.json")}`)).toEqual(await entriesIn(from));
    expect(await loopforge("verify", `--store=json:${join(folder, "loops.json")}`)).toMatchObject({ code: 0 });
  });

  it("says so in JSON, and leaves alone what is there already", async () => {
    await givenRecords(3);
    const counts = async () => {
      const { code, out, err } = await loopforge("copy", "--from", from, "--to", to, "--json");
      return { code, err, counts: JSON.parse(out) as unknown };
    };

    expect(await counts()).toEqual({ code: 0, err: "", counts: { records: 3, entries: 9, skipped: 0 } });
    expect(await counts()).toEqual({ code: 0, err: "", counts: { records: 0, entries: 0, skipped: 3 } });
  });

  it("of a process that was killed goes on where it stopped", async () => {
    await givenRecords(1000);
    const child = spawn(process.execPath, ["--import", "tsx", MAIN, "copy", "--from", from, "--to", to]);
    await vi.waitUntil(() => countIn(join(folder, "copy.db")) >= 20, { ...PATIENT, interval: 2 });
    child.kill("SIGKILL");
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);

    const { code, out } = await loopforge("copy", "--from", from, "--to", to, "--json");
    expect(code).toBe(0);
    const { records, skipped } = JSON.parse(out) as { records: number; skipped: number };
    expect(skipped).toBeGreaterThanOrEqual(19);
    expect(records + skipped).toBe(1000);
    expect(await entriesIn(to)).toEqual(await entriesIn(from));
    expect(await loopforge("verify", `--store=${to}`)).toMatchObject({ code: 0 });
  });

  describe("shows its progress", () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });
    const onStandardError = async (isTTY: boolean) => {
      await givenRecords(3);
      const before = Object.getOwnPropertyDescriptor(process.stderr, "isTTY");
      Object.defineProperty(process.stderr, "isTTY", { value: isTTY, configurable: true });
      let shown = "";
      vi.spyOn(process.stderr, "write").mockImplementation((text) => {
        shown += String(text);
        return true;
      });
      const { out } = await loopforge("copy", "--from", from, "--to", to);
      if (before) Object.defineProperty(process.stderr, "isTTY", before);
      expect(out).toBe("Copied 3 records with 9 entries; 0 were there already.\n");
      return shown;
    };

    it("on a terminal", async () => {
      expect(await onStandardError(true)).toMatch(/Copying .*0\/3/);
    });

    it("nowhere else", async () => {
      expect(await onStandardError(false)).toBe("");
    });
  });

  describe("finds a problem: one line, exit code 1", () => {
    it("a chain that does not hold, by name", async () => {
      await givenRecords(3);
      const db = new Database(file);
      db.exec("UPDATE entries SET text = replace(text, 'picked_up', 'made_up') WHERE record_id = 'r-00001'");
      db.close();

      expect(await loopforge("copy", "--from", from, "--to", to)).toEqual({
        ...{ code: 1, out: "" },
        err: "loopforge: The ledger of r-00001 cannot be copied: at the source, entry 2: its text was changed: the hash does not fit\n",
      });
      const copied = (await entriesIn(to)).map((entry) => entry.recordId);
      expect(new Set(copied)).toEqual(new Set(["r-00000"]));
    });

    it("another record under the id at the target", async () => {
      await givenRecords(1);
      const target = await openStore(to);
      await target.append(creation(aRecord({ id: "r-00000", at: 9 })));
      await target.close();

      expect(await loopforge("copy", "--from", from, "--to", to)).toEqual({
        ...{ code: 1, out: "" },
        err: "loopforge: The target has another record r-00000: nothing of this one was written\n",
      });
    });

    it("a target that cannot be reached, its password left out", async () => {
      await givenRecords(1);
      const { code, out, err } = await loopforge("copy", "--from", from, "--to", "postgres://me:s3cret@127.0.0.1:1/db");

      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toMatch(/^loopforge: Cannot reach PostgreSQL at 127\.0\.0\.1:1\/db .*\n$/);
      expect(err).not.toContain("s3cret");
    });
  });

  describe("is used wrongly: exit code 2, and no store is made", () => {
    it.each([
      ["no target", ["--from", "SOURCE"], /required option '--to <url>' not specified/],
      ["no source", ["--to", "memory:"], /required option '--from <url>' not specified/],
      ["a source that is not there", ["--from", "sqlite:nowhere.db", "--to", "TARGET"], /^loopforge: There is no file/],
      [
        "a target that is none",
        ["--from", "SOURCE", "--to", "mongodb://x"],
        /^loopforge: Cannot use LOOPFORGE_STORE: /,
      ],
    ])("%s", async (_, args, message) => {
      await givenRecords(1);
      const urls = { SOURCE: from, TARGET: to } as Readonly<Record<string, string>>;
      const { code, out, err } = await loopforge("copy", ...args.map((arg) => urls[arg] ?? arg));

      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(message);
      expect(existsSync(join(folder, "copy.db"))).toBe(false);
    });
  });

  it("--help shows examples", async () => {
    expect(await loopforge("copy", "--help")).toMatchObject({ code: 0, out: expect.stringContaining("Examples:") });
  });
});

/** How many records a file has that another process is writing. */
function countIn(file: string): number {
  if (!existsSync(file)) return 0;
  const db = new Database(file, { readonly: true });
  try {
    const row = db.prepare("SELECT count(*) AS count FROM records").get() as { count: number };
    return row.count;
  } catch {
    // Its tables are only just being made.
    return 0;
  } finally {
    db.close();
  }
}
