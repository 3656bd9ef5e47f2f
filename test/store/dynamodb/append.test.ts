import { randomUUID } from "node:crypto";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { type LoopRecord, MAX_ENTRY_BYTES, type RecordHead } from "../../../src/core/index.js";
import { entryKey } from "../../../src/store/dynamodb/keys.js";
import type { DynamoDBRepository } from "../../../src/store/dynamodb.js";
import { aMove, aNote, aRecord, breaksOf, creation, step } from "../../builders/records.js";
import { countingUnits } from "../servers/capacity.js";
import { clientAt, givenDynamoDB } from "../servers/dynamodb.js";
import { givenStore } from "../servers/dynamodb-tables.js";
import { givenFaulty } from "../servers/faulty.js";

const local = await givenDynamoDB();

describe.skipIf(!local)("an append on DynamoDB", () => {
  const client = clientAt(local?.endpoint);

  describe("costs", () => {
    it("ten write units for a transition without a link, eight without an idempotency key, however long the history is", async () => {
      const counted = countingUnits(clientAt(local?.endpoint));
      const { store } = await givenStore(counted.client);
      const record = aRecord();
      await store.append(creation(record));
      let head: RecordHead = record;
      for (const history of [10, 100, 1000]) {
        head = await lengthened(store, head, history - 2);
        const keyed = step(head, [aMove(`keyed-${history}`)], history);
        await store.append({ ...keyed, idempotencyKey: randomUUID() });
        expect(counted.last()).toBe(10);
        const bare = step(keyed.head, [aMove(`bare-${history}`)], history + 1);
        await store.append(bare);
        expect(counted.last()).toBe(8);
        head = bare.head;
      }
    });

    it("two write units more for a head of one to two kilobytes: the index does not hold it", async () => {
      const counted = countingUnits(clientAt(local?.endpoint));
      const { store } = await givenStore(counted.client);
      const broken = Array.from({ length: 14 }, (_, seq) => ({
        ...{ seq, rules: ["merged_before_ci_passed"], pull: "1#8", justifiedBy: [], correctedBy: null },
      }));
      const record: LoopRecord = { ...aRecord(), broken };
      await store.append(creation(record));
      await store.append(step(record, [aMove("task_queued")], 9));

      expect(JSON.stringify(broken).length).toBeGreaterThan(1024);
      expect(counted.last()).toBe(10);
    });
  });

  it("that loses is not sent twice, whatever the SDK's own settings for trying again", async () => {
    const line = await givenFaulty(local?.endpoint ?? "");
    const { store } = await givenStore(clientAt(line.endpoint));
    const record = aRecord();
    await store.append(creation(record));
    const before = line.asked.length;

    await expect(store.append(creation(record))).rejects.toThrow(expect.objectContaining({ code: "version_conflict" }));
    expect(line.asked.length - before).toBe(1);
    await line.stop();
  });

  it("that meets an entry which the head does not name says that the ledger is not LoopForge's alone", async () => {
    const { store, name } = await givenStore(client);
    const record = aRecord();
    await store.append(creation(record));
    const { record_id } = entryKey(record.recordId, 2);
    const Item = { record_id: { S: record_id }, seq: { N: "2" }, text: { S: "{}" }, hash: { S: "" } };
    await client.send(new PutItemCommand({ TableName: `${name}-ledger`, Item }));

    await expect(store.append(step(record))).rejects.toThrow(
      expect.objectContaining({ code: "corrupt_ledger", message: expect.stringContaining("entry 2") }),
    );
    expect(await store.head(record.recordId)).toMatchObject({ version: 1 });
  });

  describe("of more than DynamoDB takes is refused in one line, and nothing is written", () => {
    const MEGABYTE_QUARTER = "x".repeat(MAX_ENTRY_BYTES - 1000);
    const links = (count: number) => Array.from({ length: count }, (_, index) => `issue:1#${index}`);
    const tooMuch: Record<string, [code: string, write: () => ReturnType<typeof creation>]> = {
      "101 items": ["usage", () => creation(aRecord({ links: links(98) }))],
      "more than 4 MB": [
        "usage",
        () =>
          step(
            aRecord(),
            Array.from({ length: 17 }, () => aNote({ MEGABYTE_QUARTER })),
          ),
      ],
      "a head of more than 400 KB": ["entry_too_large", () => creation(aRecord({ labels: ["x".repeat(410_000)] }))],
      "a label without a name": ["usage", () => creation(aRecord({ labels: { "": "x" } }))],
      "a link of more than 2 KB": ["usage", () => creation(aRecord({ links: ["x".repeat(2050)] }))],
    };

    it.each(Object.entries(tooMuch))("%s", async (_name, [code, write]) => {
      const { store } = await givenStore(client);
      const one = write();

      await expect(store.append(one)).rejects.toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(/^.+$/) }),
      );
      expect(await store.head(one.head.recordId)).toBeNull();
      expect(await store.ledgers()).toEqual({ items: [], cursor: null });
    });

    it("100 items are written", async () => {
      const { store } = await givenStore(client);
      const record = aRecord({ links: links(97) });
      await store.append(creation(record));

      expect(await store.head(record.recordId)).toMatchObject({ links: links(97) });
    });
  });

  it("of many megabytes in all is read back whole, over several answers", async () => {
    const { store } = await givenStore(client);
    const record = aRecord();
    await store.append(creation(record));
    const text = "é".repeat(60_000);
    const write = step(
      record,
      Array.from({ length: 20 }, (_, index) => aNote({ index, text })),
    );
    await store.append(write);
    const seqs = async (range = {}) => (await store.entries(record.recordId, range)).map((entry) => entry.seq);

    expect(await seqs()).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    expect(await seqs({ newest: true, limit: 12 })).toEqual(Array.from({ length: 12 }, (_, index) => index + 10));
    expect(await breaksOf(store, record.recordId)).toEqual([]);
  });
});

/** Adds entries to a record until its ledger has so many. */
async function lengthened(store: DynamoDBRepository, from: RecordHead, length: number): Promise<RecordHead> {
  let head = from;
  while (head.ledger.length < length) {
    const missing = Math.min(90, length - head.ledger.length);
    const write = step(
      head,
      Array.from({ length: missing }, (_, index) => aNote({ index })),
      1,
    );
    await store.append(write);
    head = write.head;
  }
  return head;
}
