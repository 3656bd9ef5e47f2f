import { rmSync, statSync } from "node:fs";
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Disk } from "../../../src/store/disk.js";
import { type Outlasts, SqliteDatabase } from "../../../src/store/sqlite/database.js";
import { temporaryFolder } from "../../support/running.js";

const MIGRATIONS = ["CREATE TABLE lines (text TEXT) STRICT"];

/** A disk whose every wait ends when it is told to; the waits of this thread at once. */
function aDisk() {
  const waits: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  let waitsHere = 0;
  return {
    sync: () => new Promise<void>((end, fail) => waits.push({ end, fail })),
    syncNow: () => {
      waitsHere += 1;
    },
    /** How often it was waited for, in another thread and in this one. */
    get waits() {
      return [waits.length, waitsHere];
    },
    takes: (nth: number) => waits[nth]?.end(),
    fails: (nth: number) => waits[nth]?.fail(new Error("EIO: i/o error, fdatasync")),
  };
}

function aDiskOfTheSystem(): Disk | undefined {
  return undefined;
}

function given(disk: Disk | undefined) {
  const file = join(temporaryFolder(), "lines.db");
  const db = new SqliteDatabase(file, MIGRATIONS, disk);
  onTestFinished(() => db.close());
  const acknowledged: string[] = [];
  const write = (text: string, outlasts?: Outlasts) =>
    db
      .write(() => db.run("INSERT INTO lines VALUES (?)", text), outlasts)
      .then(
        () => acknowledged.push(text),
        (error: Error) => acknowledged.push(`${text}: ${error.message}`),
      );
  const written = () => db.all("SELECT text FROM lines ORDER BY rowid").map(({ text }) => text);
  return { file, db, write, written, acknowledged };
}

/** All that was asked for has been committed, and whoever could be told was told. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}

describe("given a SQLite file on a disk that takes its time", () => {
  test("when something is written, then it is acknowledged only once the disk has it", async () => {
    const disk = aDisk();
    const { write, written, acknowledged } = given(disk);
    const writing = write("a");
    await turns();
    expect([written(), acknowledged]).toEqual([["a"], []]);
    disk.takes(0);
    await writing;
    expect(acknowledged).toEqual(["a"]);
  });

  test("when more is written meanwhile, then it is committed, and all of it shares the next wait", async () => {
    const disk = aDisk();
    const { write, written, acknowledged } = given(disk);
    const first = write("a");
    await turns();
    const others = [write("b"), write("c")];
    await turns();
    others.push(write("d"));
    await turns();
    expect([written(), disk.waits]).toEqual([
      ["a", "b", "c", "d"],
      [1, 0],
    ]);

    disk.takes(0);
    await first;
    await turns();
    expect([acknowledged, disk.waits]).toEqual([["a"], [2, 0]]);
    disk.takes(1);
    await Promise.all(others);
    expect([acknowledged, disk.waits]).toEqual([
      ["a", "b", "c", "d"],
      [2, 0],
    ]);
  });

  test("when it need not outlast a power cut, then it waits for nothing", async () => {
    const disk = aDisk();
    const { write, acknowledged } = given(disk);
    const lasting = write("lasting");
    await write("passing", "process");
    expect([acknowledged, disk.waits]).toEqual([["passing"], [1, 0]]);
    disk.takes(0);
    await lasting;
  });

  test("when a lone writer does one write after the other, then only the first waits for another thread", async () => {
    const disk = aDisk();
    const { write, acknowledged } = given(disk);
    const writing = (async () => {
      for (const text of ["a", "b", "c"]) await write(text);
    })();
    await turns();
    disk.takes(0);
    await writing;
    expect([acknowledged, disk.waits]).toEqual([
      ["a", "b", "c"],
      [1, 2],
    ]);
  });

  test("when it is closed, then who waits still hears of it", async () => {
    const disk = aDisk();
    const { db, write, acknowledged } = given(disk);
    const writing = [write("a"), write("b")];
    db.close();
    await turns();
    expect(acknowledged).toEqual([]);
    disk.takes(0);
    await Promise.all(writing);
    expect(acknowledged).toEqual(["a", "b"]);
  });
});

test("given a disk that fails once, then nothing that is written afterwards is acknowledged, for what it forgot nobody knows", async () => {
  const disk = aDisk();
  const { file, write, acknowledged } = given(disk);
  const writing = write("a");
  await turns();
  const meanwhile = write("b");
  await turns();
  disk.fails(0);
  await Promise.all([writing, meanwhile, write("c")]);
  const why = `The disk did not take what was written to ${file}-wal: EIO: i/o error, fdatasync. Nothing is taken in any more until LoopForge is started again.`;
  expect(acknowledged).toEqual([`a: ${why}`, `b: ${why}`, `c: ${why}`]);
  expect(disk.waits).toEqual([1, 0]);
});

test("given the system's own disk, when something is acknowledged, then it is in the write-ahead log", async () => {
  const file = join(temporaryFolder(), "lines.db");
  const db = new SqliteDatabase(file, MIGRATIONS);
  await db.write(() => db.run("INSERT INTO lines VALUES ('in the log')"));
  expect((await readFile(`${file}-wal`)).includes("in the log")).toBe(true);
  db.close();
});

describe("given a SQLite file whose disk is full", () => {
  test("when a write fails, then it says what to do, the log's room is given back, and it goes on once there is room", async () => {
    const { file, db, write, acknowledged } = given(aDiskOfTheSystem());
    for (let n = 0; n < 50; n++) await write(`${n}`.padEnd(3000, "x"));
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(100_000);
    // SQLite's own limit of a file's size fails as a full disk does.
    db.one("PRAGMA max_page_count = 1");
    await write("too much".padEnd(200_000, "x"));
    expect(acknowledged.at(-1)).toMatch(/database or disk is full\. Make room on the disk/);
    expect(statSync(`${file}-wal`).size).toBe(0);
    db.one("PRAGMA max_page_count = 100000");
    await write("again");
    expect(acknowledged.at(-1)).toBe("again");
  });
});

describe("given a SQLite file whose disk has no room for one of two writes", () => {
  test("when both are asked for at once, then both are told so, and the smaller one is kept when it is asked for again", async () => {
    const { db, write, written, acknowledged } = given(aDiskOfTheSystem());
    await write("first");
    db.one(`PRAGMA max_page_count = ${Number(db.one("PRAGMA page_count")?.page_count)}`);
    await Promise.all([write("too much".padEnd(200_000, "x")), write("small")]);
    expect(acknowledged.slice(1)).toEqual([
      expect.stringMatching(/^too much.*Make room on the disk/),
      expect.stringMatching(/^small.*Make room on the disk/),
    ]);
    await write("small");
    expect(written()).toEqual(["first", "small"]);
  });
});

describe("given a SQLite file that is damaged", () => {
  test("when it is read, then one line says so, and what to do", async () => {
    const { file, db, write } = given(aDiskOfTheSystem());
    for (let n = 0; n < 50; n++) await write(`${n}`.padEnd(3000, "x"));
    db.one("PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
    const handle = await open(file, "r+");
    await handle.write(Buffer.alloc(40_000, 0xff), 0, 40_000, 4096);
    await handle.close();
    const again = new SqliteDatabase(file, MIGRATIONS);
    onTestFinished(() => again.close());
    expect(() => again.all("SELECT text FROM lines")).toThrow(
      expect.objectContaining({
        code: "store_unavailable",
        message: expect.stringMatching(/^The SQLite file .*lines\.db is damaged: .*put a back-up in its place/),
      }),
    );
  });
});

describe("given a SQLite file that is taken away", () => {
  const takenAway: readonly (readonly [string, (file: string) => unknown])[] = [
    ["deleted", (file) => rmSync(file)],
    ["deleted with all beside it", (file) => ["", "-wal", "-shm"].forEach((end) => void rmSync(file + end))],
    ["moved", (file) => rename(file, `${file}.old`)],
    ["left without its log", (file) => rmSync(`${file}-wal`)],
  ];
  test.each(takenAway)(
    "when it was %s, then nothing is acknowledged any more, and its check says why",
    async (_, takeAway) => {
      const { file, db, write, acknowledged } = given(aDiskOfTheSystem());
      await write("kept");
      expect(() => db.check()).not.toThrow();
      await takeAway(file);
      await write("lost");
      await write("more");
      expect(acknowledged).toEqual(["kept", expect.stringContaining("lost: "), expect.stringContaining("more: ")]);
      expect(() => db.check()).toThrow(
        expect.objectContaining({ reason: "the file is gone", code: "store_unavailable" }),
      );
    },
  );
});
