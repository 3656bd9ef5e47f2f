import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { entityOf } from "../../src/core/facts/entity.js";
import {
  type LoopRecord,
  openEntry,
  type PersonId,
  type RecordHead,
  recordId,
  timestamp,
} from "../../src/core/index.js";
import { appendLedger } from "../../src/store/append-ledger.js";
import { copyStore } from "../../src/store/copy.js";
import { headOf } from "../../src/store/head-of.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { openStore } from "../../src/store/open.js";
import type { KeptFact, LoopStore } from "../../src/store/repository.js";
import { aFact, LATER } from "../builders/facts.js";
import {
  aMove,
  aNote,
  anAccount,
  aRecord,
  breaksOf,
  bytesOf,
  creation,
  fullHead,
  moment,
  step,
} from "../builders/records.js";
import { aService } from "../builders/service.js";
import { clientAt, givenDynamoDB } from "./servers/dynamodb.js";
import { givenStore } from "./servers/dynamodb-tables.js";
import { oneLine } from "./servers/one-line.js";
import { reachPostgres } from "./servers/postgres.js";
import { reach } from "./servers/reach.js";
import { reachRedis } from "./servers/redis.js";
import { startRedis } from "./servers/redis-server.js";

const ALICE = anAccount({ id: 1, login: "alice" });
const BOT = anAccount({ id: 2, login: "merge-bot", type: "Bot" });
const ERIN = anAccount({ id: 4, login: "erin" });
const CAROL = anAccount({ id: 3, login: "carol" });
const SALT = new Uint8Array(32).fill(7);
/** Of the facts that {@link work} adds. */
const FACTS = 112;
const SOONER = timestamp(Date.parse(LATER) - 1);
const REVIEWED = recordId("record-1");
const LONG = recordId("long");
const BATCHED = recordId("batched");
const DELETED = recordId("deleted");
const WATCHED = recordId("watched");

const dynamodb = await givenDynamoDB();
const postgres = await reachPostgres();
const ownRedis = await reach("A Redis server of the test's own (program redis-server)", () => startRedis());
const redis = await reachRedis(ownRedis?.url);
afterAll(async () => {
  for (const server of [postgres, redis]) {
    await server?.clean();
    await server?.close();
  }
  await ownRedis?.remove();
});

/** Every shipped backend, and how an empty store of its kind is opened; null where it cannot be reached. */
const BACKENDS: readonly (readonly [name: string, open: (() => Promise<LoopStore>) | null])[] = [
  ["memory", inMemory],
  ["sqlite", async () => openStore(`sqlite:${join(await aFolder(), "loops.db")}`)],
  ["json", async () => openStore(`json:${join(await aFolder(), "loops.json")}`)],
  ["postgres", postgres && (() => openStore(postgres.newStore()))],
  ["redis", redis && (() => openStore(redis.newStore()))],
  ["dynamodb", dynamodb && inDynamoDB],
];
const PAIRS = BACKENDS.flatMap(([from, source]) =>
  BACKENDS.map(([to, target]) => ({ from, to, source, target, isReached: source !== null && target !== null })),
);

describe("a copy", () => {
  for (const { from, to, source, target, isReached } of PAIRS) {
    it.skipIf(!isReached)(
      `from ${from} to ${to} is the same: heads, texts, hashes, links, people, facts, deleted ones`,
      async () => {
        const original = await given(source);
        await work(original);
        const copy = await given(target);
        let told = 0;
        const summary = await copyStore(original, copy, () => {
          told += 1;
        });

        expect(summary).toEqual({ records: 5, entries: 6 + 150 + 91 + 4 + 2, skipped: 0 });
        expect(told).toBe(5);
        await expectSame(original, copy);
        expect(await copyStore(original, copy)).toEqual({ records: 0, entries: 0, skipped: 5 });
        await expectSame(original, copy);
      },
    );
  }

  describe.each(BACKENDS)("to %s that was interrupted", (_name, open) => {
    it.skipIf(!open)("between two records goes on with the next", async () => {
      const original = await given(inMemory);
      await work(original);
      const copy = await given(open);
      let told = 0;
      const killed = copyStore(original, copy, () => {
        told += 1;
        if (told === 2) throw new Error("killed");
      });
      await expect(killed).rejects.toThrow("killed");
      expect((await copy.ledgers()).items).toHaveLength(2);

      expect(await copyStore(original, copy)).toMatchObject({ records: 3, skipped: 2 });
      await expectSame(original, copy);
    });

    it.skipIf(!open)("in the middle of a long ledger, or of a deleted one, goes on there", async () => {
      const original = await given(inMemory);
      await work(original);
      const copy = await given(open);
      await begin(original, copy, LONG, 80);
      await begin(original, copy, DELETED, 2);
      const begun = await copy.entries(LONG);

      expect(begun).toHaveLength(80);
      expect(await copyStore(original, copy)).toEqual({ records: 5, entries: 6 + 70 + 91 + 2 + 2, skipped: 0 });
      await expectSame(original, copy);
    });

    it.skipIf(!open)("or finished follows what the original has done since", async () => {
      const original = await given(inMemory);
      await work(original);
      const copy = await given(open);
      await copyStore(original, copy);
      await goOn(original);

      expect(await copyStore(original, copy)).toEqual({ records: 4, entries: 1 + 0 + 90 + 1, skipped: 1 });
      await expectSame(original, copy);
    });
  });

  it("of large entries goes in parts that the narrowest store can take", async () => {
    const original = new MemoryRepository();
    const record = aRecord();
    await original.append(creation(record));
    let head: RecordHead = record;
    for (let turn = 0; turn < 30; turn++) head = await stepped(original, head, [aNote({ text: "é".repeat(100_000) })]);
    const copy = await given(dynamodb ? inDynamoDB : inMemory);

    expect(await copyStore(original, copy)).toMatchObject({ records: 1, entries: 31 });
    expect(await copy.head(record.recordId)).toEqual(headOf(head));
    expect(await breaksOf(copy, record.recordId)).toEqual([]);
  });

  it("has the comments and check runs that are the App's, and not what is short-lived", async () => {
    const [original, copy] = [new MemoryRepository(), new MemoryRepository()];
    await original.items.put("report", "pull:1#8", { comment: { id: 9, digest: null } });
    await original.items.put("parked:commit:1@abc", "1", { seen: true });
    await copyStore(original, copy);

    expect(await copy.items.list("report")).toEqual([{ id: "pull:1#8", value: { comment: { id: 9, digest: null } } }]);
    expect(await copy.items.list("parked:commit:1@abc")).toEqual([]);
  });

  it("has no fact that has expired at the source, and keeps the earlier of two", async () => {
    const original = new MemoryRepository({ clock: () => new Date(SOONER) });
    const copy = new MemoryRepository();
    const [earlier, later] = [aFact({ at: moment(1) }), aFact({ at: moment(2) })];
    await original.facts.add([later, aFact({ key: "other", at: moment(1) })], LATER);
    await original.facts.add([aFact({ key: "expired" })], SOONER);
    await copy.facts.add([earlier, aFact({ key: "other", at: moment(2) })], SOONER);
    await copyStore(original, copy);

    expect(await keptFacts(copy)).toEqual([
      { fact: aFact({ key: "other", at: moment(1) }), expiresAt: LATER },
      { fact: earlier, expiresAt: LATER },
    ]);
  });

  it("knows no person who was forgotten at the source", async () => {
    const [original, copy] = [new MemoryRepository(), new MemoryRepository()];
    await work(original);
    const alice = await original.people.identify(ALICE, SALT);
    await original.people.forget(alice);
    await copyStore(original, copy);

    expect(await copy.people.find(alice)).toBeNull();
    expect(await breaksOf(copy, REVIEWED)).toEqual([]);
  });

  describe("of a chain that does not hold is refused by name, and nothing of that record is written:", () => {
    it.each([
      [
        "a changed entry",
        "UPDATE entries SET text = replace(text, 'one', 'two') WHERE seq = 2",
        /entry 2: its text was changed/,
      ],
      ["a removed entry", "DELETE FROM entries WHERE seq = 2", /entry 3: entry 2 is missing before it/],
      ["an end that was cut off", "DELETE FROM entries WHERE seq = 3", /its record: entry 3 is cut off the end/],
      ["a record that is gone", "DELETE FROM records", /its record: the record is gone/],
    ])("%s", async (_, sql, reason) => {
      const file = join(await aFolder(), "loops.db");
      const original = await given(() => openStore(`sqlite:${file}`));
      const record = aRecord({ id: "broken" });
      await original.append(creation(record));
      await original.append(step(record, [aNote({ text: "one" }), aNote()]));
      const db = new Database(file);
      db.exec(sql);
      db.close();
      const copy = new MemoryRepository();

      await expect(copyStore(original, copy)).rejects.toThrow(oneLine("corrupt_ledger", reason));
      await expect(copyStore(original, copy)).rejects.toThrow(
        /^The ledger of broken cannot be copied: at the source, /,
      );
      expect((await copy.ledgers()).items).toEqual([]);
    });

    it("a copy that somebody changed", async () => {
      const original = new MemoryRepository();
      await work(original);
      const file = join(await aFolder(), "loops.db");
      const copy = await given(() => openStore(`sqlite:${file}`));
      await copyStore(original, copy);
      const db = new Database(file);
      db.exec("UPDATE entries SET text = replace(text, 'picked_up', 'made_up') WHERE record_id = 'record-1'");
      db.close();

      await expect(copyStore(original, copy)).rejects.toThrow(
        oneLine("corrupt_ledger", /record-1 cannot be copied: at the target, entry 2: its text was changed/),
      );
    });
  });

  it.each([
    ["of its own", (copy: LoopStore) => copy.append(creation(aRecord({ id: "taken", at: 9 })))],
    ["that was deleted", deleteOther],
    ["that is longer", longerOther],
  ])("to where the id has another record, %s, is refused, and that one stays as it is", async (_, other) => {
    const [original, copy] = [new MemoryRepository(), new MemoryRepository()];
    await original.append(creation(aRecord({ id: "taken" })));
    await other(copy);
    const before = await copy.entries(recordId("taken"));

    await expect(copyStore(original, copy)).rejects.toThrow(
      oneLine("record_exists", /The target has another record taken: nothing of this one was written/),
    );
    expect(await copy.entries(recordId("taken"))).toEqual(before);
  });

  it("to where the same record has gone on is refused, and that one stays as it is", async () => {
    const [original, copy] = [new MemoryRepository(), new MemoryRepository()];
    const record = aRecord({ id: "same" });
    await original.append(creation(record));
    await copyStore(original, copy);
    await copy.append(step(record));

    await expect(copyStore(original, copy)).rejects.toThrow(oneLine("record_exists", /same/));
    expect(await copy.entries(record.recordId)).toHaveLength(2);
  });
});

/**
 * Five records: one that people moved and were refused on, one with a long history, one whose history came in two writes, one that was
 * deleted, and one of which only its facts name somebody.
 */
async function work(store: LoopStore): Promise<void> {
  const service = aService({ repository: store, newSalt: () => SALT });
  const links = ["issue:1#7", "address:acme/shop#7"];
  const { recordId: id } = await service.create(
    { ref: "acme/shop#7", refNumber: 7, repo: "acme/shop", links, labels: ["bug", "größe: l"], autoMerge: true },
    { actor: ALICE },
  );
  const by = { actor: ALICE };
  await service.transition(id, "task_queued", "worker.picked_up", { "größe 🚦": [1.5, null, { deep: "\u2028" }] }, by);
  await service.transition(id, "merged", "pr.merged", {}, { actor: BOT });
  await service.transition(id, "pr_created", "pr.opened", { prUrl: "https://x/pull/8", prNumber: 8 }, { actor: BOT });
  await service.transition(id, "ci_pending", "ci.started");
  await service.transition(id, "ci_passed", "ci.passed");

  let head = await created(store, aRecord({ id: LONG, links: ["issue:1#7", "pull:1#8"] }));
  for (let turn = 0; turn < 5; turn++) head = await stepped(store, head, notes(29));
  await stepped(store, head, [...notes(3), aMove("task_queued")]);

  await stepped(store, await created(store, aRecord({ id: BATCHED })), notes(90));

  await stepped(store, await created(store, aRecord({ id: DELETED, links: ["issue:1#9"] })), notes(2));
  await store.delete(DELETED);

  const carol = await store.people.identify(CAROL, SALT);
  const watched = await stepped(store, await created(store, aRecord({ id: WATCHED })), notes(1));
  await store.append(changed(watched, { ...fullHead(watched), links: watched.links }));
  await store.facts.add([aFact({ key: "author", value: { author: carol } })], LATER);

  const erin = await store.people.identify(ERIN, SALT);
  const many = Array.from({ length: 110 }, (_, index) =>
    aFact({ key: `run:${index}`, value: { text: "größe 🚦", index } }),
  );
  await store.facts.add(many, LATER);
  await store.facts.add([aFact({ entity: entityOf.commit(42, "5f2c"), value: { reviewer: erin } })], SOONER);
}

/** A move, a write without an entry, a write of many entries, a deletion of a record with links; one record stays as it is. */
async function goOn(store: LoopStore): Promise<void> {
  await aService({ repository: store }).transition(REVIEWED, "awaiting_review", "review.requested");
  const watched = await headIn(store, WATCHED);
  await store.append({ ...changed(watched, { links: ["issue:1#10"] }), linked: ["issue:1#10"] });
  await stepped(store, await stepped(store, await headIn(store, BATCHED), notes(45)), notes(45));
  await store.delete(LONG);
}

async function expectSame(original: LoopStore, copy: LoopStore): Promise<void> {
  const { items: ids } = await original.ledgers();
  expect((await copy.ledgers()).items).toEqual(ids);
  const people = new Set<Parameters<LoopStore["people"]["find"]>[0]>();
  for (const id of ids) {
    const head = await original.head(id);
    const entries = await original.entries(id);
    expect(await copy.head(id)).toEqual(head);
    expect(bytesOf(await copy.entries(id))).toEqual(bytesOf(entries));
    expect(await breaksOf(copy, id)).toEqual([]);
    for (const entry of entries) for (const { person } of openEntry(entry).people) people.add(person);
  }
  const facts = await keptFacts(original);
  expect(facts).toHaveLength(FACTS);
  expect(await keptFacts(copy)).toEqual(facts);
  for (const { value } of facts.map(({ fact }) => fact))
    for (const named of [value.author, value.reviewer]) if (named) people.add(named as PersonId);
  for (const link of ["issue:1#7", "address:acme/shop#7", "pull:1#8", "issue:1#9", "issue:1#10"]) {
    expect(await copy.findByLink(link)).toEqual(await original.findByLink(link));
  }
  expect((await copy.list()).items).toEqual((await original.list()).items);
  const known = await Promise.all([...people].map((person) => copy.people.find(person)));
  expect(known.map((person) => person?.account.login).sort()).toEqual(["alice", "carol", "erin", "merge-bot"]);
  expect(known).toEqual(await Promise.all([...people].map((person) => original.people.find(person))));
}

/** Ordered by name: each store lists in an order of its own. */
async function keptFacts(store: LoopStore): Promise<readonly KeptFact[]> {
  const { items } = await store.facts.list({ limit: FACTS + 1 });
  return items.toSorted(({ fact: a }, { fact: b }) => (a.entity + a.key < b.entity + b.key ? -1 : 1));
}

/** A copy of one record that ended after so many entries. */
async function begin(from: LoopStore, to: LoopStore, id: LoopRecord["recordId"], length: number): Promise<void> {
  const all = await from.entries(id);
  const head = await from.head(id);
  const ledger = {
    head: head ?? { ...headOf(aRecord({ id })), version: all.length },
    length: all.length,
    isDeleted: head === null,
    read: async (after: number, limit: number) => {
      if (after >= length) throw new Error("killed");
      return all.slice(after, Math.min(length, after + limit));
    },
  };
  await expect(appendLedger(to, null, ledger)).rejects.toThrow("killed");
}

async function deleteOther(copy: LoopStore): Promise<void> {
  const record = aRecord({ id: "taken", at: 9 });
  await copy.append(creation(record));
  await copy.delete(record.recordId);
}

async function longerOther(copy: LoopStore): Promise<void> {
  await stepped(copy, await created(copy, aRecord({ id: "taken", at: 9 })), notes(5));
}

async function created(store: LoopStore, record: LoopRecord): Promise<RecordHead> {
  await store.append(creation(record));
  return record;
}

async function stepped(store: LoopStore, head: RecordHead, drafts: Parameters<typeof step>[1]): Promise<RecordHead> {
  const write = step(head, drafts);
  await store.append(write);
  return write.head;
}

/** A write that changes a head and has no entry. */
function changed(head: RecordHead, change: Partial<RecordHead>) {
  return {
    head: { ...headOf(head), ...change, version: head.version + 1 },
    expectedVersion: head.version,
    entries: [],
  };
}

async function headIn(store: LoopStore, id: LoopRecord["recordId"]): Promise<RecordHead> {
  const head = await store.head(id);
  if (!head) throw new Error(`There is no ${id}`);
  return head;
}

function notes(count: number) {
  return Array.from({ length: count }, (_, index) => aNote({ index, text: "größe 🚦" }));
}

function inMemory(): Promise<LoopStore> {
  return openStore("memory:");
}

async function inDynamoDB(): Promise<LoopStore> {
  return (await givenStore(clientAt(dynamodb?.endpoint))).store;
}

async function given(open: (() => Promise<LoopStore>) | null): Promise<LoopStore> {
  if (!open) throw new Error("The backend cannot be reached");
  const store = await open();
  onTestFinished(() => store.close());
  return store;
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-copy-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
