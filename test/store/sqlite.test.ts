import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { SqliteDatabase } from "../../src/store/sqlite/database.js";
import { MIGRATIONS } from "../../src/store/sqlite/migrations.js";
import { SqliteRepository } from "../../src/store/sqlite.js";
import { aFact, LATER } from "../builders/facts.js";
import { aNote, aRecord, breaksOf, creation, moment, step } from "../builders/records.js";
import { describeLoopStore } from "./contract.js";
import { survivesKills, survivesTwoWriters } from "./crash/survives.js";
import { countingStatements } from "./servers/statements.js";

describeLoopStore("sqlite", async (options) => {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-"));
  const file = join(folder, "loopforge.db");
  const store = new SqliteRepository(file, options);
  return {
    store,
    reopen: async () => {
      await store.close();
      return new SqliteRepository(file, options);
    },
    remove: () => rm(folder, { recursive: true }),
  };
});

describe("a SQLite file", () => {
  const folders: string[] = [];
  const newFile = async () => {
    const folder = await mkdtemp(join(tmpdir(), "loopforge-"));
    folders.push(folder);
    return join(folder, "loopforge.db");
  };
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });

  it("that a newer LoopForge made is refused, in words that say what to do", async () => {
    const file = await newFile();
    await new SqliteRepository(file).close();
    new SqliteDatabase(file, [...MIGRATIONS, "CREATE TABLE later (id TEXT) STRICT"]).close();

    expect(() => new SqliteRepository(file)).toThrow(expect.objectContaining({ code: "store_schema" }));
    expect(() => new SqliteRepository(file)).toThrow(/newer LoopForge; .* Upgrade LoopForge/);
  });

  it("of an earlier LoopForge, which kept no facts, keeps them from now on", async () => {
    const file = await newFile();
    new SqliteDatabase(file, MIGRATIONS.slice(0, 1)).close();
    const store = new SqliteRepository(file);
    await store.facts.add([aFact()], LATER);

    expect(await store.facts.of([aFact().entity])).toEqual([aFact()]);
    await store.close();
  });

  it("takes a fact in with one statement that writes, however many it holds", async () => {
    const store = new SqliteRepository(await newFile());
    const statements = countingStatements();
    onTestFinished(statements.stop);
    for (const known of [0, 300]) {
      await store.facts.add(
        Array.from({ length: known }, (_, index) => aFact({ key: `run:${index}` })),
        LATER,
      );
      statements.reset();
      await store.facts.add([aFact({ key: `after:${known}` })], LATER);

      expect(statements.writing).toHaveLength(1);
    }
    await store.close();
  });

  it("that two have open takes the facts of both, and keeps the earlier of two", async () => {
    const file = await newFile();
    const [one, other] = [new SqliteRepository(file), new SqliteRepository(file)];
    const numbers = Array.from({ length: 30 }, (_, number) => number);
    await Promise.all(
      numbers.flatMap((number) => [
        one.facts.add([aFact({ key: "shared", at: moment(number) }), aFact({ key: `one:${number}` })], LATER),
        other.facts.add([aFact({ key: "shared", at: moment(-number) }), aFact({ key: `other:${number}` })], LATER),
      ]),
    );

    const kept = await one.facts.of([aFact().entity]);
    expect(kept).toHaveLength(61);
    expect(kept.find(({ key }) => key === "shared")?.at).toBe(moment(-29));
    for (const store of [one, other]) await store.close();
  });

  it("keeps the fields of a record that it does not know, through the next write", async () => {
    const file = await newFile();
    const store = new SqliteRepository(file);
    const record = aRecord();
    await store.append(creation(record));
    const db = new SqliteDatabase(file, MIGRATIONS);
    await db.write(() => db.run(`UPDATE records SET head = json_set(head, '$.later', json('{"deep":[1]}'))`));
    db.close();

    const known = await store.head(record.recordId);
    await store.append(step(known ?? record));

    expect(await store.head(record.recordId)).toMatchObject({ version: 2, extra: { later: { deep: [1] } } });
    await store.close();
  });

  it("that cannot be opened is one clear line", async () => {
    const file = join(await newFile(), "missing", "loopforge.db");
    const opening = () => new SqliteRepository(file);

    expect(opening).toThrow(expect.objectContaining({ code: "store_unavailable" }));
    expect(opening).toThrow(/^Cannot open the SQLite file .+$/);
  });

  it("refuses only the one that conflicts of many appends in one transaction", async () => {
    const store = new SqliteRepository(await newFile());
    const records = Array.from({ length: 30 }, () => aRecord());
    await Promise.all(records.map((record) => store.append(creation(record))));
    const late = { ...step(records[7] ?? aRecord()), idempotencyKey: "late" };
    await store.append(step(records[7] ?? aRecord()));
    const writes = records.map((record, index) => (index === 7 ? late : step(record, [aNote({ index })])));
    const outcomes = await Promise.allSettled(writes.map((write) => store.append(write)));

    expect(outcomes.map((outcome) => outcome.status)).toEqual(
      records.map((_, index) => (index === 7 ? "rejected" : "fulfilled")),
    );
    for (const record of records) {
      expect(await store.entries(record.recordId)).toHaveLength(2);
      expect(await breaksOf(store, record.recordId)).toEqual([]);
    }
    const head = await store.head(late.head.recordId);
    expect(await store.append({ ...step(head ?? late.head), idempotencyKey: "late" })).toMatchObject({
      replayed: false,
    });
    await store.close();
  });

  survivesKills({ urlOf: async () => `sqlite:${await newFile()}` });
  survivesTwoWriters({ urlOf: async () => `sqlite:${await newFile()}` });
});
