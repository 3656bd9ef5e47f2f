import { describe, expect, it } from "vitest";
import { appendSurely } from "../../src/store/append-surely.js";
import { MemoryRepository } from "../../src/store/memory.js";
import type { Append } from "../../src/store/repository.js";
import { type Outlook, ServerFailure } from "../../src/store/retry.js";
import { aMove, aNote, aRecord, creation, step } from "../builders/records.js";

const CONFLICT = expect.objectContaining({ code: "version_conflict" });

/** A store behind a connection that breaks once: before or after the store has done what it was asked. */
async function given(outlook: Outlook, breaks: "before" | "after") {
  const store = new MemoryRepository();
  const record = aRecord();
  await store.append(creation(record));
  let isWhole = false;
  const attempt = async (write: Append) => {
    if (isWhole) return store.append(write);
    isWhole = true;
    if (breaks === "after") await store.append(write);
    throw new ServerFailure(outlook, "store_unavailable", "The connection broke");
  };
  const append = (write: Append, meanwhile = async () => {}) =>
    appendSurely(store, write, attempt, { sleep: meanwhile, random: () => 0 });
  return { store, record, append };
}

describe("an append through a connection that breaks", () => {
  it("before it was done is done when it is tried again", async () => {
    const { store, record, append } = await given("unknown", "before");

    expect(await append(step(record))).toEqual({ replayed: false, first: 2, last: 2 });
    expect(await store.entries(record.recordId)).toHaveLength(2);
  });

  it("after it was done is found to be done", async () => {
    const { store, record, append } = await given("unknown", "after");

    expect(await append(step(record, [aNote(), aNote()]))).toEqual({ replayed: false, first: 2, last: 3 });
    expect(await store.entries(record.recordId)).toHaveLength(3);
  });

  it("is found to be done although others have gone on from it", async () => {
    const { store, record, append } = await given("unknown", "after");
    const write = step(record);
    const meanwhile = async () => void (await store.append(step(write.head, [aMove("task_queued")])));

    expect(await append(write, meanwhile)).toEqual({ replayed: false, first: 2, last: 2 });
  });

  it("is its own, and no replay, where its idempotency key is its own", async () => {
    const { record, append } = await given("unknown", "after");

    expect(await append({ ...step(record), idempotencyKey: "k" })).toEqual({ replayed: false, first: 2, last: 2 });
  });

  it("is a replay where another used the key", async () => {
    const { store, record, append } = await given("unknown", "before");
    const other = { ...step(record, [aNote({ by: "another" })]), idempotencyKey: "k" };
    const meanwhile = async () => void (await store.append(other));

    expect(await append({ ...step(record), idempotencyKey: "k" }, meanwhile)).toMatchObject({ replayed: true });
  });

  it("is found to be done where it changed the head only, and where it created or removed the record", async () => {
    const facts = await given("unknown", "after");
    expect(await facts.append(step(facts.record, []))).toEqual({ replayed: false, first: 2, last: 1 });

    const another = await given("unknown", "after");
    expect(await another.append(creation(aRecord()))).toEqual({ replayed: false, first: 1, last: 1 });

    const removal = await given("unknown", "after");
    const deleted = { ...aNote(), kind: "deleted", trigger: "deleted" } as const;
    const write = { ...step(removal.record, [deleted]), remove: true };
    expect(await removal.append(write)).toEqual({ replayed: false, first: 2, last: 2 });
  });

  it("conflicts with another's that was quicker", async () => {
    const { store, record, append } = await given("unknown", "before");
    const meanwhile = async () => void (await store.append(step(record, [aNote({ by: "another" })])));

    await expect(append(step(record), meanwhile)).rejects.toEqual(CONFLICT);
  });

  it("that was surely not done takes nothing of another's for its own, the very same command included", async () => {
    const { store, record, append } = await given("passing", "before");
    const meanwhile = async () => void (await store.append(step(record)));

    await expect(append(step(record), meanwhile)).rejects.toEqual(CONFLICT);
    expect(await store.entries(record.recordId)).toHaveLength(2);
  });
});
