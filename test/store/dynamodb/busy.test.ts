import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DynamoDBRepository } from "../../../src/store/dynamodb.js";
import { aMove, aNote, aRecord, breaksOf, creation, step } from "../../builders/records.js";
import { clientAt, givenDynamoDB } from "../servers/dynamodb.js";
import { givenStore } from "../servers/dynamodb-tables.js";
import { type Fault, type Faulty, givenFaulty } from "../servers/faulty.js";

const local = await givenDynamoDB();

describe.skipIf(!local)("when DynamoDB is busy, a store", () => {
  const client = clientAt(local?.endpoint);
  let line: Faulty;
  const waits: number[] = [];
  const patient = { random: () => 0.5, sleep: async (ms: number) => void waits.push(ms) };

  beforeEach(async () => {
    line = await givenFaulty(local?.endpoint ?? "");
    waits.length = 0;
    vi.stubEnv("AWS_ACCESS_KEY_ID", "local").stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await line.stop();
  });

  /** A store behind the line, with a client that it made itself, and a record in it. */
  const given = async () => {
    const { store, name } = await givenStore(client);
    const record = aRecord();
    await store.append(creation(record));
    const behind = new DynamoDBRepository(name, { endpoint: line.endpoint, region: "local", ...patient });
    return { behind, store, record };
  };
  const writes = () => line.asked.filter(({ operation }) => operation === "TransactWriteItems");

  it("tries again, each time after a random wait up to twice as long, as one and the same transaction", async () => {
    const { behind, store, record } = await given();
    line.fail("TransactWriteItems", cancelled("TransactionConflict"), cancelled("ThrottlingError"));
    line.fail("TransactWriteItems", cancelled("ProvisionedThroughputExceeded"), failed("ThrottlingException"));

    expect(await behind.append(step(record))).toEqual({ replayed: false, first: 2, last: 2 });
    expect(waits).toEqual([25, 50, 100, 200]);
    expect(new Set(writes().map(({ body }) => body.ClientRequestToken)).size).toBe(1);
    expect(writes()).toHaveLength(5);
    expect(await breaksOf(store, record.recordId)).toEqual([]);
  });

  it.each(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])(
    "gives up after six tries that all met %s, in one line",
    async (code) => {
      const { behind, store, record } = await given();
      line.fail("TransactWriteItems", ...Array.from({ length: 6 }, () => cancelled(code)));

      await expect(behind.append(step(record))).rejects.toThrow(
        expect.objectContaining({ code: "store_unavailable", message: expect.stringMatching(`^.*busy.*${code}.*$`) }),
      );
      expect(writes()).toHaveLength(6);
      expect(await store.entries(record.recordId)).toHaveLength(1);
    },
  );

  it("knows its own write again when the answer to it was lost", async () => {
    const { behind, store, record } = await given();
    line.fail("TransactWriteItems", "lost");
    const write = step(record, [aNote(), aNote()]);

    expect(await behind.append(write)).toEqual({ replayed: false, first: 2, last: 3 });
    line.fail("TransactWriteItems", "lost");
    const keyed = { ...step(write.head), idempotencyKey: "delivery-1" };
    expect(await behind.append(keyed)).toEqual({ replayed: false, first: 4, last: 4 });
    expect(writes()).toHaveLength(4);
    expect(await store.entries(record.recordId)).toHaveLength(4);
  });

  it("tries again when the machine's clock was wrong, by DynamoDB's", async () => {
    const { behind, record } = await given();
    const message = "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z";
    line.fail("TransactWriteItems", failed("InvalidSignatureException", { message }));

    expect(await behind.append(step(record))).toMatchObject({ first: 2 });
  });

  it("lets a condition that failed beside a conflict decide", async () => {
    const { behind, record } = await given();
    line.fail("TransactWriteItems", cancelled("ConditionalCheckFailed", "TransactionConflict"));

    await expect(behind.append(step(record))).rejects.toThrow(expect.objectContaining({ code: "version_conflict" }));
    expect(writes()).toHaveLength(1);
  });

  it("lists records as they are now, though the index is behind: none that is gone, nor one that is elsewhere", async () => {
    const { behind, store, record } = await given();
    const [gone, moved] = [aRecord(), aRecord()];
    for (const one of [gone, moved]) await store.append(creation(one));
    await store.delete(gone.recordId);
    const move = step(moved, [aMove("task_queued")], 9);
    await store.append(move);
    const stale = [gone, moved, record].map(({ recordId, updatedAt }) => ({
      record_id: { S: recordId },
      updated_at: { S: updatedAt },
    }));
    const ids = async (query = {}) => {
      line.fail("Query", "through", { status: 200, body: { Items: stale } });
      return (await behind.list(query)).items.map(({ recordId }) => recordId);
    };

    expect(await ids({ state: "issue_created" })).toEqual([record.recordId]);
    expect(await ids()).toEqual([record.recordId, moved.recordId]);
  });

  it("asks again for heads that a list was not given", async () => {
    const { behind, record } = await given();
    const table = line.asked.length;
    line.fail("BatchGetItem", {
      status: 200,
      body: { Responses: {}, UnprocessedKeys: await unprocessed(behind, line) },
    });

    expect((await behind.list()).items.map(({ recordId }) => recordId)).toEqual([record.recordId]);
    expect(line.asked.slice(table).filter(({ operation }) => operation === "BatchGetItem")).toHaveLength(3);
  });
});

/** The answer to a transaction that was cancelled, for these reasons, one an action. */
function cancelled(...codes: string[]): Fault {
  const CancellationReasons = codes.map((Code) => ({ Code, Message: `because of ${Code}` }));
  const Message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(", ")}]`;
  return { ...failed("TransactionCanceledException", { Message, CancellationReasons }) };
}

function failed(type: string, more: object = { message: "Slow down" }): Exclude<Fault, string> {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, ...more } };
}

/** What DynamoDB answers when it did nothing of a list's read: the request itself. */
async function unprocessed(store: DynamoDBRepository, line: Faulty): Promise<unknown> {
  await store.list();
  return line.asked.findLast(({ operation }) => operation === "BatchGetItem")?.body.RequestItems;
}
