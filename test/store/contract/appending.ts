import { expect, it } from "vitest";
import { isVersionConflict, type LoopRecord } from "../../../src/core/index.js";
import type { LoopStore } from "../../../src/store/repository.js";
import { aMove, aNote, aRecord, breaksOf, bytesOf, creation, step } from "../../builders/records.js";
import type { Suite } from "../contract.js";

const CONFLICT = expect.objectContaining({ code: "version_conflict" });
const CORRUPT = expect.objectContaining({ code: "corrupt_ledger" });

export function appending({ open, writers }: Suite): void {
  const created = async (store: LoopStore, record = aRecord()): Promise<LoopRecord> => {
    await store.append(creation(record));
    return record;
  };

  it("says which entries it wrote", async () => {
    const store = await open();
    const record = aRecord();

    expect(await store.append(creation(record))).toEqual({ replayed: false, first: 1, last: 1 });
    const two = step(record, [aNote(), aNote()]);
    expect(await store.append(two)).toEqual({ replayed: false, first: 2, last: 3 });
    expect(await store.append(step(two.head, []))).toEqual({ replayed: false, first: 4, last: 3 });
  });

  it("refuses who read an older version, and writes nothing of it", async () => {
    const store = await open();
    const record = await created(store, aRecord({ links: ["issue:1#7"] }));
    const winner = step(record, [aMove("task_queued")]);
    await store.append(winner);
    const loser = {
      ...step(record, [aNote({ lost: true }), aNote()], 9),
      linked: ["pull:1#9"],
      unlinked: ["issue:1#7"],
    };

    await expect(store.append(loser)).rejects.toEqual(CONFLICT);
    expect(await store.head(record.recordId)).toEqual(winner.head);
    expect(await store.entries(record.recordId)).toEqual(bytesOf([...record.entries, ...winner.entries]));
    expect(await store.findByLink("pull:1#9")).toEqual([]);
    expect(await store.findByLink("issue:1#7")).toEqual([record.recordId]);
  });

  it("refuses to create a record that is there, and to go on with one that is not", async () => {
    const store = await open();
    const record = await created(store);

    await expect(store.append(creation(record))).rejects.toEqual(CONFLICT);
    await expect(store.append(step(aRecord()))).rejects.toEqual(CONFLICT);
  });

  it("lets one of many creators of the same record win", async () => {
    const store = await open();
    const tries = Array.from({ length: 10 }, (_, index) =>
      store.append(creation(aRecord({ id: "contested", ref: `try-${index}` }))),
    );
    const outcomes = await Promise.allSettled(tries);

    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toEqual(CONFLICT);
  });

  it("loses no command and doubles none when many writers race for one record", async () => {
    const store = await open();
    const record = await created(store);
    const command = async (number: number) => {
      for (;;) {
        const head = await store.head(record.recordId);
        if (!head) throw new Error("The record is gone");
        try {
          return await store.append(step(head, [aNote({ number })]));
        } catch (error) {
          if (!isVersionConflict(error)) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, number) => command(number)));

    const texts = (await store.entries(record.recordId, { after: 1 })).map((entry) => entry.text);
    const numbers = texts.map((text) => Number(/"number":(\d+)/.exec(text)?.[1]));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: writers }, (_, number) => number));
    expect(await breaksOf(store, record.recordId)).toEqual([]);
    expect((await store.head(record.recordId))?.version).toBe(writers + 1);
  });

  it("keeps writers of different records out of each other's way", async () => {
    const store = await open();
    const records = await Promise.all(Array.from({ length: 20 }, () => created(store)));
    await Promise.all(records.map((record) => store.append(step(record, [aNote({ of: record.recordId })]))));

    for (const { recordId } of records) expect(await breaksOf(store, recordId)).toEqual([]);
  });

  it("writes once under one idempotency key, and answers a replay with what was written then", async () => {
    const store = await open();
    const record = await created(store);
    const write = { ...step(record, [aNote(), aNote()]), idempotencyKey: "delivery-1" };
    const first = await store.append(write);
    await store.append(step(write.head));

    expect(await store.append(write)).toEqual({ ...first, replayed: true });
    expect(await store.append({ ...step(record), idempotencyKey: "delivery-1" })).toEqual({ ...first, replayed: true });
    expect(await store.entries(record.recordId)).toHaveLength(4);
  });

  it("answers a replay of a creation", async () => {
    const store = await open();
    const write = { ...creation(aRecord()), idempotencyKey: "delivery-1" };
    await store.append(write);

    expect(await store.append(write)).toEqual({ replayed: true, first: 1, last: 1 });
  });

  it("writes once for two at the same time under one idempotency key", async () => {
    const store = await open();
    const record = await created(store);
    const write = { ...step(record), idempotencyKey: "delivery-1" };
    const answers = await Promise.all([store.append(write), store.append(write)]);

    expect(answers.map((answer) => answer.replayed).sort()).toEqual([false, true]);
    expect(await store.entries(record.recordId)).toHaveLength(2);
  });

  it("does not spend the key of a write that lost", async () => {
    const store = await open();
    const record = await created(store);
    const winner = step(record);
    await store.append(winner);

    await expect(store.append({ ...step(record), idempotencyKey: "delivery-1" })).rejects.toEqual(CONFLICT);
    const again = await store.append({ ...step(winner.head), idempotencyKey: "delivery-1" });
    expect(again).toEqual({ replayed: false, first: 3, last: 3 });
  });

  it("takes the same key for another record as another", async () => {
    const store = await open();
    const [one, other] = [await created(store), await created(store)];

    for (const record of [one, other]) {
      expect(await store.append({ ...step(record), idempotencyKey: "delivery-1" })).toMatchObject({ replayed: false });
    }
  });

  it("refuses entries that do not run up to where the head says that the ledger ends", async () => {
    const store = await open();
    const record = await created(store);
    const write = step(record, [aNote(), aNote()]);
    const foreign = step(aRecord(), [aNote(), aNote()]);
    const wrong = [
      { ...write, entries: write.entries.slice(0, 1) },
      { ...write, entries: write.entries.toReversed() },
      { ...write, entries: foreign.entries },
      { ...write, head: { ...write.head, ledger: record.ledger } },
      { ...write, head: { ...write.head, version: record.version } },
      { ...write, remove: true },
      { ...creation(aRecord()), entries: [] },
    ];

    for (const one of wrong) await expect(store.append(one)).rejects.toEqual(CORRUPT);
    expect(await store.get(record.recordId)).toEqual(record);
  });
}
