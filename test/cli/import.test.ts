import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecord, type RecordId, recordId, timestamp } from "../../src/core/index.js";
import { importPythonRecord } from "../../src/import/python-record.js";
import { LoopService } from "../../src/service/service.js";
import { appendLedger } from "../../src/store/append-ledger.js";
import { SqliteRepository } from "../../src/store/sqlite.js";
import { breaksOf } from "../builders/records.js";
import {
  historyOf,
  longPythonRecord,
  type PythonRecord,
  pythonRecord,
  youngPythonRecord,
} from "../import/python-package.js";
import { loopforge } from "./loopforge.js";

const LONG = longPythonRecord("loop-10000000", 149);
const YESTERDAY = new Date("2026-11-21T10:00:00Z");

describe("loopforge import", () => {
  let folder: string;
  let file: string;
  let dump: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "loopforge-import-"));
    file = join(folder, "records.db");
    dump = join(folder, "loops.json");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const importing = async (records: readonly unknown[], ...options: readonly string[]) => {
    await writeFile(dump, JSON.stringify(records));
    return loopforge("import", dump, `--store=sqlite:${file}`, ...options);
  };
  const inStore = async <T>(work: (store: SqliteRepository) => Promise<T>): Promise<T> => {
    const store = new SqliteRepository(file);
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };

  it("takes over every record, says how many, and verify finds every chain whole", async () => {
    const { code, out, err } = await importing([pythonRecord(), youngPythonRecord("loop-00000000"), LONG]);

    expect({ code, out, err }).toEqual({
      code: 0,
      out: "Imported 3 records; 0 were there already; 0 refused.\n",
      err: "",
    });
    const verified = await loopforge("verify", `--store=sqlite:${file}`);
    expect(verified).toMatchObject({ code: 0, out: "✓ 3 ledgers, 164 entries: every chain holds\n" });
  });

  it("lets them be shown by their addresses", async () => {
    await importing([pythonRecord()]);
    const shown = await loopforge("show", "https://github.com/acme/shop/pull/12", `--store=sqlite:${file}`, "--json");

    expect(JSON.parse(shown.out)).toMatchObject({ record_id: "loop-1a2b3c4d", state: "closed", auto_merge: true });
  });

  it("lets them go on: a service of the library moves them", async () => {
    await importing([youngPythonRecord("loop-00000000")]);
    await inStore(async (repository) => {
      const moved = await new LoopService({ repository }).transition(
        recordId("loop-00000000"),
        "task_queued",
        "picked",
      );
      expect(moved).toMatchObject({ success: true, newState: "task_queued" });
      expect(await breaksOf(repository, "loop-00000000")).toEqual([]);
    });
  });

  it("leaves alone what it took over before, also when it has gone on since", async () => {
    const records = [youngPythonRecord("loop-00000000"), LONG];
    await importing(records);
    await inStore((repository) =>
      new LoopService({ repository }).transition(recordId("loop-00000000"), "task_queued", "picked"),
    );
    const before = await entriesOf("loop-00000000");

    expect(await importing(records)).toMatchObject({
      code: 0,
      out: "Imported 0 records; 2 were there already; 0 refused.\n",
    });
    expect(await entriesOf("loop-00000000")).toEqual(before);
  });

  it("goes on where it was interrupted in the middle of a record", async () => {
    await inStore((store) => begin(store, LONG, 80));
    expect(await entriesOf(LONG.record_id)).toHaveLength(80);

    expect(await importing([LONG])).toMatchObject({ code: 0, out: expect.stringMatching(/^Imported 1 records; 0 /) });
    expect(await entriesOf(LONG.record_id)).toHaveLength(150);
    await inStore(async (store) => {
      expect(await breaksOf(store, LONG.record_id)).toEqual([]);
      expect(await store.head(recordId(LONG.record_id))).toMatchObject({ version: 150, state: LONG.state });
    });
  });

  describe("with records that cannot be taken over", () => {
    const gap = pythonRecord({ record_id: "loop-gap", transitions: historyOf(["merged", "pr.merged"]) });

    it("names each with its reason, takes over the others, and exits with 1", async () => {
      const { code, out } = await importing([gap, youngPythonRecord("loop-00000000"), { nothing: true }]);

      expect(code).toBe(1);
      expect(out.split("\n")).toEqual([
        "✗ Record loop-gap cannot be imported: its first transition is not into issue_created",
        '✗ Not a record, for it has no record_id: {"nothing":true}',
        "Imported 1 records; 0 were there already; 2 refused.",
        "",
      ]);
      expect(await entriesOf("loop-gap")).toEqual([]);
    });

    it("says so in JSON", async () => {
      const { code, out } = await importing([gap, youngPythonRecord("loop-00000000")], "--json");

      expect(code).toBe(1);
      expect(JSON.parse(out)).toEqual({
        imported: 1,
        skipped: 0,
        refused: ["Record loop-gap cannot be imported: its first transition is not into issue_created"],
      });
    });

    it("lets nothing of them drive the terminal", async () => {
      const { out } = await importing([pythonRecord({ record_id: "loop-\u001b[2J\u0007" })]);
      expect(out).not.toContain("\u001b");
      expect(out).not.toContain("\u0007");
    });
  });

  describe("where another record has the id", () => {
    const refusal = "✗ Record loop-1a2b3c4d cannot be imported: another one is there under its id\n";

    it.each([
      ["a shorter", 0],
      ["a longer", 30],
    ])("refuses the record and leaves %s one as it is", async (_, notes) => {
      await inStore((store) => another(store, recordId("loop-1a2b3c4d"), notes));
      const before = await entriesOf("loop-1a2b3c4d");
      const { code, out } = await importing([pythonRecord(), youngPythonRecord("loop-00000000")]);

      expect(code).toBe(1);
      expect(out).toBe(`${refusal}Imported 1 records; 0 were there already; 1 refused.\n`);
      expect(await entriesOf("loop-1a2b3c4d")).toEqual(before);
    });

    it("refuses the record that was deleted after it was imported", async () => {
      await importing([pythonRecord()]);
      await inStore((store) => store.delete(recordId("loop-1a2b3c4d")));

      const { code, out } = await importing([pythonRecord()]);
      expect(code).toBe(1);
      expect(out).toMatch(/^✗ Record loop-1a2b3c4d was deleted and its ledger is kept/);
    });
  });

  describe("says in one line what is wrong:", () => {
    it.each([
      ["a file that is not there", ["nowhere.json"], 2, /^loopforge: Cannot read nowhere\.json: ENOENT/],
      ["no source", [], 2, /missing required argument 'source'/],
      ["an unknown store", ["DUMP", "--store=mongodb://x"], 2, /^loopforge: Cannot use LOOPFORGE_STORE: /],
      [
        "a store that cannot be reached",
        ["DUMP", "--store=postgres://user:s3cret@127.0.0.1:1/db"],
        1,
        /^loopforge: Cannot reach PostgreSQL at 127\.0\.0\.1:1\/db \(LOOPFORGE_STORE\): .*\n$/,
      ],
    ])("%s", async (_, args, code, message) => {
      const store = args.some((one) => one.startsWith("--store")) ? [] : [`--store=sqlite:${file}`];
      await writeFile(dump, "[]");
      const given = args.map((arg) => (arg === "DUMP" ? dump : arg));
      const ended = await loopforge("import", ...given, ...store);

      expect(ended).toMatchObject({ code, out: "" });
      expect(ended.err).toMatch(message);
      expect(ended.err).not.toMatch(/^\s+at |s3cret/m);
      expect(existsSync(file)).toBe(false);
    });
  });

  it("--help shows examples", async () => {
    expect(await loopforge("import", "--help")).toMatchObject({ code: 0, out: expect.stringContaining("Examples:") });
  });

  const entriesOf = (id: string) => inStore((store) => store.entries(recordId(id)));
});

/** An import that ended after so many entries. */
async function begin(store: SqliteRepository, original: PythonRecord, length: number): Promise<void> {
  const record = importPythonRecord(original, YESTERDAY);
  const read = async (after: number, limit: number) => {
    if (after >= length) throw new Error("interrupted");
    return record.entries.slice(after, after + limit);
  };
  const ledger = { head: record, length: record.entries.length, isDeleted: false, read };
  await expect(appendLedger(store, null, ledger)).rejects.toThrow("interrupted");
}

/** A record of LoopForge's own, moved on so many times. */
async function another(repository: SqliteRepository, id: RecordId, refusals: number): Promise<void> {
  const record = createRecord(
    { ref: "acme/other#1", repo: "acme/other" },
    { recordId: id, timestamp: timestamp(YESTERDAY) },
  );
  await repository.save(record);
  const service = new LoopService({ repository });
  for (let turn = 0; turn < refusals; turn++) await service.transition(id, "merged", "refused");
}
