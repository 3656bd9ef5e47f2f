import { expect, it } from "vitest";
import { openEntry, recordId } from "../../../src/core/index.js";
import { aMove, aRecord, breaksOf, creation, grown, moment, step } from "../../builders/records.js";
import type { Suite } from "../contract.js";

const EXISTS = expect.objectContaining({ code: "record_exists" });
const CONFLICT = expect.objectContaining({ code: "version_conflict" });

export function deleting({ open }: Suite): void {
  it("takes a record out of everything but the ledgers", async () => {
    const store = await open();
    const [record, other] = [aRecord({ id: "a", links: ["pull:1#8"] }), aRecord({ id: "b", links: ["pull:1#8"] })];
    for (const one of [record, other]) await store.append(creation(one));
    await store.delete(record.recordId);

    expect(await store.get(record.recordId)).toBeNull();
    expect(await store.head(record.recordId)).toBeNull();
    expect((await store.list()).items.map((head) => head.recordId)).toEqual(["b"]);
    expect((await store.listByState("issue_created")).map((one) => one.recordId)).toEqual(["b"]);
    expect(await store.findByLink("pull:1#8")).toEqual(["b"]);
    expect((await store.ledgers()).items).toEqual(["a", "b"]);
  });

  it("closes the ledger with an entry that says so, dated by the store's clock", async () => {
    const store = await open({ clock: () => new Date(moment(500)) });
    const record = grown(aRecord(), [aMove("task_queued")]);
    await store.save(record);
    await store.delete(record.recordId);
    const entries = (await store.entries(record.recordId)).map(openEntry);

    expect(entries.map((entry) => entry.kind)).toEqual(["created", "transition", "deleted"]);
    expect(entries.at(-1)).toMatchObject({ timestamp: moment(500), fromState: "task_queued", lifecycle: "strict" });
    expect(await breaksOf(store, record.recordId)).toEqual([]);
  });

  it("does nothing to a record that is not there, or not any more", async () => {
    const store = await open();
    const record = aRecord();
    await store.append(creation(record));
    await store.delete(recordId("nobody"));
    await store.delete(record.recordId);
    await store.delete(record.recordId);

    expect(await store.entries(record.recordId)).toHaveLength(2);
    expect((await store.ledgers()).items).toEqual([record.recordId]);
  });

  it("deletes once when two delete and a third writes", async () => {
    const store = await open();
    const record = aRecord();
    await store.append(creation(record));
    const write = store.append(step(record)).catch((error: unknown) => expect(error).toEqual(CONFLICT));
    await Promise.all([write, store.delete(record.recordId), store.delete(record.recordId)]);
    const kinds = (await store.entries(record.recordId)).map((entry) => openEntry(entry).kind);

    expect(kinds.filter((kind) => kind === "deleted")).toHaveLength(1);
    expect(await store.head(record.recordId)).toBeNull();
    expect(await breaksOf(store, record.recordId)).toEqual([]);
  });

  it("keeps the id of a deleted record taken: its ledger is not begun anew, nor gone on with", async () => {
    const store = await open();
    const record = aRecord();
    await store.append(creation(record));
    await store.delete(record.recordId);

    await expect(store.append(creation(record))).rejects.toEqual(EXISTS);
    await expect(store.save(aRecord({ id: record.recordId, ref: "another" }))).rejects.toEqual(EXISTS);
    await expect(store.append(step(record))).rejects.toEqual(CONFLICT);
    expect(await store.entries(record.recordId)).toHaveLength(2);
    expect(await breaksOf(store, record.recordId)).toEqual([]);
  });

  it("still answers a replay of what was written before", async () => {
    const store = await open();
    const record = aRecord();
    const write = { ...creation(record), idempotencyKey: "delivery-1" };
    await store.append(write);
    await store.delete(record.recordId);

    expect(await store.append(write)).toEqual({ replayed: true, first: 1, last: 1 });
    expect(await store.head(record.recordId)).toBeNull();
  });
}
