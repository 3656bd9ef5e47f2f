import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../src/cli/program.js";
import { linkOf, recordId, sha256, timestamp } from "../../src/core/index.js";
import { SqliteInbox } from "../../src/inbox/sqlite.js";
import { LoopService } from "../../src/service/service.js";
import { SqliteRepository } from "../../src/store/sqlite.js";

const ALICE = { id: 1, login: "alice", type: "User" } as const;

describe("the command line", () => {
  let folder: string;
  let file: string;
  let store: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "loopforge-cli-"));
    file = join(folder, "records.db");
    store = `--store=sqlite:${file}`;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Two work items: one queued, one that a refused command was tried on. */
  async function givenRecords(): Promise<void> {
    const repository = new SqliteRepository(file);
    const ids = ["r-1", "r-2"].values();
    const service = new LoopService({
      repository,
      clock: () => new Date("2026-01-02T03:04:05Z"),
      newId: () => recordId(ids.next().value ?? "none"),
    });
    const links = [linkOf.address("acme/shop", 7), linkOf.address("acme/shop", 8)];
    const first = await service.create({ ref: "acme/shop#7", refNumber: 7, repo: "acme/shop", links });
    await service.transition(first.recordId, "task_queued", "worker.picked_up", { workerId: "=1+1" }, { actor: ALICE });
    const second = await service.create({ ref: "acme/shop#9", refNumber: 9, repo: "acme/shop" });
    await service.transition(second.recordId, "merged", "pr.merged");
    await repository.close();
  }

  describe("given two records", () => {
    beforeEach(givenRecords);

    test("list shows a person a table", async () => {
      const { code, out } = await loopforge("list", store);
      expect(code).toBe(0);
      expect(out.split("\n")[0]).toMatch(/^RECORD +WORK ITEM +STATE +CI +PULL REQUEST +EXCEPTIONS +SINCE \(UTC\)$/);
      expect(out).toMatch(/^r-1 +acme\/shop#7 +task_queued +– +– +– +2026-01-02 03:04:05$/m);
    });

    test("list --json prints an array of heads in snake_case, without their history", async () => {
      const { out } = await loopforge("list", store, "--json", "--state", "task_queued");
      const heads = JSON.parse(out) as Record<string, unknown>[];
      expect(heads).toMatchObject([
        { record_id: "r-1", ref_number: 7, state: "task_queued", created_at: "2026-01-02T03:04:05.000Z" },
      ]);
      expect(heads[0]).not.toHaveProperty("entries");
    });

    test("list --exceptions leaves out what is in order", async () => {
      expect(await loopforge("list", store, "--exceptions")).toMatchObject({ code: 0, out: "No work items.\n" });
    });

    test.each([
      ["a record id", "r-1"],
      ["an issue's address", "https://github.com/acme/shop/issues/7"],
      ["a pull request's address, in whatever case", "https://github.com/Acme/Shop/pull/8#discussion"],
    ])("show takes %s", async (_, what) => {
      const { code, out } = await loopforge("show", what, store, "--json");
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        record_id: "r-1",
        transitions: [
          { from_state: null, to_state: "issue_created", trigger: "created" },
          {
            from_state: "issue_created",
            to_state: "task_queued",
            trigger: "worker.picked_up",
            metadata: { workerId: "=1+1" },
          },
        ],
        entries: [
          { kind: "created", seq: 1 },
          { kind: "transition", seq: 2 },
        ],
      });
    });

    test("show names people to a person, and what was refused", async () => {
      expect((await loopforge("show", "r-1", store)).out).toMatch(
        /issue_created → task_queued +worker\.picked_up +alice/,
      );
      expect((await loopforge("show", "r-2", store)).out).toMatch(
        /rejected +issue_created \(not merged\) +pr\.merged +Invalid transition/,
      );
    });

    test("export --format jsonl writes one entry a line, each with a hash that anyone can compute", async () => {
      const { out } = await loopforge("export", store, "--format", "jsonl");
      const entries = out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(entries.map((entry) => [entry.record_id, entry.seq, entry.kind])).toEqual([
        ["r-1", 1, "created"],
        ["r-1", 2, "transition"],
        ["r-2", 1, "created"],
        ["r-2", 2, "rejected"],
      ]);
      expect(entries[1]?.prev_hash).toBe(entries[0]?.hash);
      expect(out).not.toContain("alice");
    });

    test("export --format csv has a header, a row an entry, and no cell that a spreadsheet would compute", async () => {
      const output = join(folder, "audit.csv");
      const { code } = await loopforge("export", store, "--format", "csv", "-o", output);
      expect(code).toBe(0);
      const lines = (await readFile(output, "utf8")).trim().split("\n");
      expect(lines[0]).toMatch(/^record_id,seq,kind,from_state,to_state,trigger,timestamp,/);
      expect(lines).toHaveLength(5);
      expect(lines.join("\n")).not.toMatch(/(^|,)"?[=+@]/m);
    });

    test("verify finds every chain whole", async () => {
      const { code, out } = await loopforge("verify", store);
      expect(out).toBe("✓ 2 ledgers, 4 entries: every chain holds\n");
      expect(code).toBe(0);
    });

    test.each([
      [
        "a changed entry",
        "UPDATE entries SET text = replace(text, 'worker.picked_up', 'worker.made_up') WHERE seq = 2",
        "r-1",
        2,
        "its text was changed",
      ],
      ["a removed entry", "DELETE FROM entries WHERE record_id = 'r-1' AND seq = 1", "r-1", 2, "entry 1 is missing"],
      ["a cut-off ledger", "DELETE FROM entries WHERE record_id = 'r-1' AND seq = 2", "r-1", 0, "cut off the end"],
      ["a ledger that is gone", "DELETE FROM entries WHERE record_id = 'r-2'", "r-2", 0, "cut off the end"],
      ["a removed record", "DELETE FROM records WHERE record_id = 'r-1'", "r-1", 0, "does not say that it was deleted"],
      [
        "a changed copy",
        "UPDATE records SET state = 'approved' WHERE record_id = 'r-1'",
        "r-1",
        0,
        "its column state was changed",
      ],
    ])("verify names %s and exits with 1", async (_, sql, record, seq, problem) => {
      const db = new Database(file);
      db.exec(sql);
      db.close();

      const { code, out } = await loopforge("verify", store, "--json");

      expect(code).toBe(1);
      const { breaks } = JSON.parse(out) as { breaks: { record_id: string; seq: number; problem: string }[] };
      expect(breaks).toContainEqual({ record_id: record, seq, problem: expect.stringContaining(problem) });
    });

    test("verify of one record leaves the others alone", async () => {
      expect((await loopforge("verify", store, "r-2")).out).toBe("✓ 1 ledger, 2 entries: every chain holds\n");
    });
  });

  test("inbox list shows what was set aside, and why", async () => {
    const inbox = new SqliteInbox(join(folder, "inbox.db"));
    const now = new Date("2026-01-02T03:04:05Z");
    const body = "{}";
    const key = "1#7";
    const delivery = {
      guid: "g-1",
      event: "issues",
      action: "opened",
      key,
      receivedAt: timestamp(now),
      payloadSha256: sha256(body),
      body,
    };
    await inbox.put(delivery);
    const [claim] = await inbox.claim(1, now, 1000);
    if (claim) await inbox.setAside(claim, "issue.number is missing", now);
    await inbox.close();

    const url = `--inbox=sqlite:${join(folder, "inbox.db")}`;
    expect((await loopforge("inbox", "list", url, "--failed")).out).toMatch(
      /g-1 +issues\.opened +failed +1 +2026-01-02 03:04:05 +issue\.number is missing/,
    );
    const [listed] = JSON.parse((await loopforge("inbox", "list", url, "--json")).out) as unknown[];
    expect(listed).toMatchObject({
      guid: "g-1",
      status: "failed",
      received_at: "2026-01-02T03:04:05.000Z",
      payload_sha256: sha256(body),
    });
    expect(listed).not.toHaveProperty("body");
  });

  describe("a user's mistake is one line, and exit code 2", () => {
    test.each([
      [
        "a file that is not there",
        ["list", "--store=sqlite:nowhere.db"],
        "There is no file nowhere.db. Name the right one with --store or LOOPFORGE_STORE",
      ],
      ["an unknown store", ["list", "--store=mongodb://x"], "LOOPFORGE_STORE"],
      ["an unknown command", ["lst"], "unknown command 'lst'"],
      ["an unknown option", ["list", "--colour"], "unknown option '--colour'"],
      ["a limit that is none", ["list", "--limit", "-3"], "It must be a whole number above 0"],
      ["an unknown format", ["export", "--format", "xml"], "Allowed choices are jsonl, csv"],
    ])("%s", async (_, args, message) => {
      const { code, err } = await loopforge(...args);
      expect(err).toContain(message);
      expect(err).not.toMatch(/^\s+at /m);
      expect(code).toBe(2);
    });
  });

  test("a record that is not there is a problem found: exit code 1", async () => {
    await givenRecords();
    const { code, err } = await loopforge("show", "r-9", store);
    expect(err).toBe("loopforge: Record not found: r-9. `loopforge list` shows the known ones\n");
    expect(code).toBe(1);
  });

  test.each([["list"], ["show"], ["export"], ["verify"], ["demo"], ["serve"], ["inbox", "list"]])(
    "%s --help shows examples",
    async (...command) => {
      const { code, out } = await loopforge(...command, "--help");
      expect(out).toContain("Examples:");
      expect(code).toBe(0);
    },
  );

  test("control sequences from GitHub do not reach the terminal", async () => {
    const repository = new SqliteRepository(file);
    const service = new LoopService({ repository });
    await service.create({ ref: "evil\u001b]0;title\u0007\u001b[2J#1", refNumber: 1, repo: "acme/shop" });
    await repository.close();
    const { out } = await loopforge("list", store);
    expect(out).not.toContain("\u001b");
    expect(out).not.toContain("\u0007");
  });
});

async function loopforge(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = "";
  let err = "";
  const output = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    isTerminal: false,
  };
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      out += chunk.toString();
      done();
    },
  });
  const code = await run(args, output, stdout);
  return { code, out, err };
}
