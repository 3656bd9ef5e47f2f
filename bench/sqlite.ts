import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { defineLifecycle, LoopService, type LoopServiceOptions, LoopState, type RecordId } from "../src/index.js";
import { SqliteRepository } from "../src/store/sqlite.js";
import { type Result, rate } from "./measure.js";

const COUNT = 3000;
const WRITERS = 64;

/** A lifecycle that goes round, so that one record takes any number of transitions. */
export const ROUND = defineLifecycle({
  name: "round",
  initial: "a",
  terminal: ["end"],
  transitions: { a: ["b"], b: ["a", "end"], end: [] },
});

/** Committed transitions at full durability, beside one update and one insert a transaction on the bare driver. */
export async function benchSqlite(): Promise<readonly Result[]> {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-bench-"));
  try {
    const raw = {
      name: "libsql alone: an update and an insert, a transaction each",
      value: await rate(() => rawWrites(folder)),
    };
    return [
      {
        name: "appends on SQLite, one at a time",
        unit: "appends/s",
        value: await rate(() => appends(folder, 1)),
        peer: raw,
        target: 0.8,
      },
      {
        name: `appends on SQLite, ${WRITERS} writers`,
        unit: "appends/s",
        value: await rate(() => appends(folder, WRITERS)),
        peer: raw,
        target: 3,
      },
      {
        name: "service transitions on SQLite, one at a time",
        unit: "transitions/s",
        value: await rate(() => transitions(folder, 1)),
        peer: raw,
      },
      {
        name: `service transitions on SQLite, ${WRITERS} writers`,
        unit: "transitions/s",
        value: await rate(() => transitions(folder, WRITERS)),
        peer: raw,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

let files = 0;
const nextFile = (folder: string) => join(folder, `${files++}.db`);

async function rawWrites(folder: string): Promise<number> {
  const db = new Database(nextFile(folder));
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  db.exec(
    "CREATE TABLE records (id TEXT PRIMARY KEY, version INTEGER, head TEXT); CREATE TABLE entries (id TEXT, seq INTEGER, text TEXT, PRIMARY KEY (id, seq));",
  );
  db.prepare("INSERT INTO records VALUES ('r', 0, '')").run();
  const begin = db.prepare("BEGIN IMMEDIATE");
  const update = db.prepare("UPDATE records SET version = ?, head = ? WHERE id = 'r' AND version = ?");
  const insert = db.prepare("INSERT INTO entries VALUES ('r', ?, ?)");
  const commit = db.prepare("COMMIT");
  const text = "x".repeat(500);
  for (let i = 0; i < COUNT; i++) {
    begin.run();
    update.run(i + 1, text, i);
    insert.run(i + 1, text);
    commit.run();
  }
  db.close();
  return COUNT;
}

/** The store's append alone: what the App's path does, without reading a history. */
async function appends(folder: string, writers: number): Promise<number> {
  const store = new SqliteRepository(nextFile(folder));
  const { advance, createRecord, recordId, timestamp } = await import("../src/core/index.js");
  const at = { timestamp: timestamp(0), source: { kind: "api" } as const };
  const writer = async (index: number) => {
    const {
      transitions: _,
      entries: created,
      ...first
    } = createRecord(
      { ref: `acme/shop#${index}`, refNumber: index, repo: "acme/shop" },
      { recordId: recordId(`r-${index}`), lifecycle: ROUND, ...at },
    );
    await store.append({ head: first, expectedVersion: 0, entries: created });
    let before = first;
    for (let i = 0; i < COUNT / writers; i++) {
      const draft = {
        kind: "transition",
        toState: i % 2 === 0 ? "b" : "a",
        trigger: "turn",
        occurredAt: null,
        people: [],
        metadata: { i },
      } as const;
      const { head, entries } = advance(ROUND, before, [draft], at);
      await store.append({ head, expectedVersion: before.version, entries });
      before = head;
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, index) => writer(index)));
  await store.close();
  return COUNT;
}

/** Through the service, which returns each record with its whole history: seven steps a record, as a library's user would. */
async function transitions(folder: string, writers: number): Promise<number> {
  const repository = new SqliteRepository(nextFile(folder));
  const service = new LoopService({ repository } satisfies LoopServiceOptions);
  const path = [
    LoopState.TASK_QUEUED,
    LoopState.PR_CREATED,
    LoopState.CI_PENDING,
    LoopState.CI_PASSED,
    LoopState.MERGED,
    LoopState.CLOSED,
  ];
  const each = Math.ceil(COUNT / writers / (path.length + 1));
  const writer = async () => {
    for (let i = 0; i < each; i++) {
      const { recordId }: { recordId: RecordId } = await service.create({
        ref: "acme/shop#1",
        refNumber: 1,
        repo: "acme/shop",
      });
      for (const state of path) await service.transition(recordId, state, "step", { workerId: "w-1" });
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  await repository.close();
  return each * writers * (path.length + 1);
}
