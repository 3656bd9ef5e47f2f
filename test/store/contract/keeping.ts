import { expect, it } from "vitest";
import { type JsonObject, MAX_ENTRY_BYTES, type RecordHead, recordId } from "../../../src/core/index.js";
import { headOf } from "../../../src/store/head-of.js";
import { aNote, aRecord, breaksOf, bytesOf, creation, fullHead, moment, step } from "../../builders/records.js";
import type { Suite } from "../contract.js";

const DEEP: JsonObject = {
  "": "",
  text: 'Zeile\n\t"quoted" \\ \u0000 \u2028 é ≠ é 🚦 </script>',
  numbers: [0, -1, 1.5, 1e21, 5e-324, Number.MAX_SAFE_INTEGER],
  nested: { a: [{ b: [[], {}, null, true, false] }] },
  snake_case: { camelCase: 1, toString: "own", constructor: null },
};

export function keeping({ open, history }: Suite): void {
  it("gives back every field of a head as it was", async () => {
    const store = await open();
    const record = aRecord({ ref: "größe/🚦#7", prUrl: "https://github.com/acme/shop/pull/8", prNumber: 8 });
    const full: RecordHead = { ...fullHead(step(record).head), state: "merged" };
    await store.append(creation(record));
    await store.append({ ...step(record), head: full });

    expect(await store.head(record.recordId)).toEqual(full);
  });

  it("gives back a head whose fields are empty", async () => {
    const store = await open();
    const record = aRecord({ ref: "", repo: "", refNumber: null });
    await store.append(creation(record));

    expect(await store.head(record.recordId)).toEqual(headOf(record));
    expect(await store.get(record.recordId)).toEqual(record);
  });

  it("knows nothing of a record that was never written", async () => {
    const store = await open();
    const id = recordId("nobody");

    expect(await store.head(id)).toBeNull();
    expect(await store.get(id)).toBeNull();
    expect(await store.entries(id)).toEqual([]);
  });

  it("gives back entries byte for byte, in a chain that verifies", async () => {
    const store = await open();
    const record = aRecord({ created: { metadata: DEEP } });
    const more = step(record, [aNote(DEEP), aNote({}), aNote({ ключ: "значение" })]);
    await store.append(creation(record));
    await store.append(more);

    expect(await store.entries(record.recordId)).toEqual(bytesOf([...record.entries, ...more.entries]));
    expect(await breaksOf(store, record.recordId)).toEqual([]);
  });

  it("shows what a history moved and what was in it", async () => {
    const store = await open();
    const record = aRecord({ created: { metadata: DEEP } });
    await store.append(creation(record));

    const kept = await store.get(record.recordId);
    const metadata = { ref: record.ref, repo: record.repo, ...DEEP };
    expect(kept?.transitions).toEqual([
      { fromState: null, toState: "issue_created", trigger: "created", timestamp: moment(0), metadata },
    ]);
  });

  it("reads any stretch of a long history", async () => {
    const store = await open();
    const record = aRecord();
    await store.append(creation(record));
    let head: RecordHead = record;
    for (let left = history - 1; left > 0; left -= 50) {
      const write = step(
        head,
        Array.from({ length: Math.min(50, left) }, (_, index) => aNote({ left: left - index })),
      );
      await store.append(write);
      head = write.head;
    }
    const seqs = async (range?: Parameters<typeof store.entries>[1]) =>
      (await store.entries(record.recordId, range)).map((entry) => entry.seq);
    const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

    expect(await seqs()).toEqual(from(1, history));
    expect(await seqs({ after: history - 3 })).toEqual(from(history - 2, history));
    expect(await seqs({ after: 10, limit: 5 })).toEqual(from(11, 15));
    expect(await seqs({ limit: 2 })).toEqual([1, 2]);
    expect(await seqs({ newest: true, limit: 3 })).toEqual(from(history - 2, history));
    expect(await seqs({ newest: true, after: history - 2, limit: 10 })).toEqual(from(history - 1, history));
    expect(await seqs({ after: history })).toEqual([]);
    expect(await seqs({ after: 5, limit: 0 })).toEqual([]);
    expect((await store.get(record.recordId))?.entries).toHaveLength(history);
    expect(await breaksOf(store, record.recordId)).toEqual([]);
  });

  it("keeps an entry of the greatest size; a greater one is refused before anything is written", async () => {
    const store = await open();
    const record = aRecord();
    await store.append(creation(record));
    const empty = step(record, [aNote({ text: "" })]).entries[0]?.text ?? "";
    const fits = "é".repeat(Math.floor((MAX_ENTRY_BYTES - Buffer.byteLength(empty)) / 2));

    expect(() => step(record, [aNote({ text: `${fits}é` })])).toThrow(
      expect.objectContaining({ code: "entry_too_large" }),
    );
    const write = step(record, [aNote({ text: fits })]);
    await store.append(write);
    expect(await store.entries(record.recordId, { after: 1 })).toEqual(bytesOf(write.entries));
  });

  it("is not changed by what is done to an object that it gave out", async () => {
    const store = await open();
    const record = aRecord();
    await store.append(creation(record));
    const given = await store.head(record.recordId);
    Object.assign(given ?? {}, { state: "merged", version: 77 });

    expect(await store.head(record.recordId)).toMatchObject({ state: "issue_created", version: 1 });
  });
}
