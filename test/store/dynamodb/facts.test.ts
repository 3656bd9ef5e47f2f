import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it, onTestFinished } from "vitest";
import { type StoredFact, type Timestamp, timestamp } from "../../../src/core/index.js";
import { DynamoDBRepository } from "../../../src/store/dynamodb.js";
import { aFact, LATER } from "../../builders/facts.js";
import { moment } from "../../builders/records.js";
import { countingUnits } from "../servers/capacity.js";
import { clientAt, givenDynamoDB } from "../servers/dynamodb.js";
import { givenStore } from "../servers/dynamodb-tables.js";
import { type Asked, type Faulty, givenFaulty } from "../servers/faulty.js";

const local = await givenDynamoDB();
const MUCH_LATER = timestamp(Date.parse(LATER) + 1000);

describe.skipIf(!local)("facts on DynamoDB", () => {
  const client = clientAt(local?.endpoint);

  describe("cost", () => {
    it.each([1, 20])("one write unit each where they are new: %d", async (count) => {
      const counted = countingUnits(clientAt(local?.endpoint));
      const { store } = await givenStore(counted.client);
      await store.facts.add(
        Array.from({ length: 300 }, (_, index) => aFact({ key: `before:${index}` })),
        LATER,
      );
      counted.reset();
      const facts = Array.from({ length: count }, (_, index) => aFact({ key: `run:${index}`, value: A_CHECK_RUN }));
      await store.facts.add(facts, LATER);

      expect(counted.units()).toBe(count);
    });

    it.each<[string, Partial<StoredFact>, Timestamp, number]>([
      ["one request where it is known", {}, LATER, 1],
      ["one request where an earlier one is known that lives longer", { at: moment(9) }, moment(9), 1],
      ["two where its expiry is later", {}, MUCH_LATER, 2],
      ["two where it is the earlier one", { at: moment(-9) }, LATER, 2],
      ["two where it is the earlier one and its expiry is later", { at: moment(-9) }, MUCH_LATER, 2],
    ])("%s", async (_, change, expiresAt, requests) => {
      const { behind, line } = await given();
      await behind.facts.add([aFact()], LATER);
      const before = line.asked.length;
      await behind.facts.add([aFact(change)], expiresAt);

      expect(line.asked.slice(before).map(({ operation }) => operation)).toEqual(Array(requests).fill("UpdateItem"));
    });

    it("one query an entity", async () => {
      const { behind, line } = await given();
      await behind.facts.add([aFact({ key: "a" }), aFact({ key: "b" })], LATER);
      const before = line.asked.length;

      expect(await behind.facts.of([aFact().entity])).toHaveLength(2);
      expect(line.asked.slice(before)).toMatchObject([{ operation: "Query", body: { ConsistentRead: true } }]);
    });
  });

  it("are not asked for before they are written", async () => {
    const { behind, line } = await given();
    await behind.facts.add([aFact({ key: "a" }), aFact({ key: "b" })], LATER);

    const onFacts = line.asked.filter(({ operation, body }) => isOnFacts(body) && operation !== "DescribeTable");
    expect(onFacts.map(({ operation }) => operation)).toEqual(["UpdateItem", "UpdateItem"]);
  });

  it("are added although the answer was lost", async () => {
    const { behind, line } = await given();
    line.fail("UpdateItem", "lost", "lost");
    await behind.facts.add([aFact()], LATER);

    expect(await behind.facts.of([aFact().entity])).toEqual([aFact()]);
  });

  it("that expire between the two writes are added anew", async () => {
    const { behind, name } = await given();
    const { entity, key } = aFact();
    const Key = { entity: { S: entity }, fact: { S: key } };
    await behind.facts.add([aFact()], LATER);
    const vanishing = onSecondUpdate(clientAt(local?.endpoint), () =>
      client.send(new DeleteItemCommand({ TableName: `${name}-facts`, Key })),
    );
    await new DynamoDBRepository(name, { client: vanishing }).facts.add([aFact()], MUCH_LATER);

    expect((await behind.facts.list()).items).toEqual([{ fact: aFact(), expiresAt: MUCH_LATER }]);
  });

  it("that another writer changes between the two writes end as any order would have them", async () => {
    const { behind, name } = await given();
    await behind.facts.add([aFact()], LATER);
    const overtaken = onSecondUpdate(clientAt(local?.endpoint), () =>
      behind.facts.add([aFact({ at: moment(-5) })], LATER),
    );
    await new DynamoDBRepository(name, { client: overtaken }).facts.add([aFact({ at: moment(-1) })], MUCH_LATER);

    expect((await behind.facts.list()).items).toEqual([{ fact: aFact({ at: moment(-5) }), expiresAt: MUCH_LATER }]);
  });

  it("of a call that failed are not asked for any further", async () => {
    const { behind, line } = await given();
    const refused = { status: 400, body: { __type: "com.amazonaws.dynamodb.v20120810#AccessDeniedException" } };
    line.fail("UpdateItem", ...Array.from({ length: 200 }, () => refused));
    const facts = Array.from({ length: 200 }, (_, index) => aFact({ key: `run:${index}` }));

    await expect(behind.facts.add(facts, LATER)).rejects.toMatchObject({ code: "store_unavailable" });
    await behind.facts.list();
    expect(line.asked.filter(({ operation }) => operation === "UpdateItem").length).toBeLessThan(100);
  });

  it("that no write reaches an end with are given up, in one line", async () => {
    const { behind, line } = await given();
    const refusal = {
      status: 400,
      body: { __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", message: "No" },
    };
    line.fail("UpdateItem", ...Array.from({ length: 10 }, () => refusal));

    await expect(behind.facts.add([aFact()], LATER)).rejects.toThrow(
      expect.objectContaining({ code: "store_unavailable", message: expect.stringMatching(/^.*-facts changes.*$/) }),
    );
  });

  it("go by DynamoDB's own clock once they have expired, with a value in one attribute", async () => {
    const { behind, name } = await given();
    await behind.facts.add([aFact()], "2126-01-01T00:00:00.500Z" as Timestamp);
    const Key = { entity: { S: "pull:42#7" }, fact: { S: "review:1" } };

    expect((await client.send(new GetItemCommand({ TableName: `${name}-facts`, Key }))).Item).toEqual({
      ...Key,
      at: { S: "2026-01-01T00:00:00.000Z" },
      received_at: { S: "2026-01-01T00:00:02.000Z" },
      value: { S: '{"state":"approved"}' },
      expires: { N: String(Date.UTC(2126, 0, 1) / 1000 + 1) },
      expires_ms: { N: String(Date.UTC(2126, 0, 1) + 500) },
    });
  });

  it("with attributes that somebody else added are read all the same", async () => {
    const { behind, name } = await given();
    const Item = {
      ...{ entity: { S: "pull:42#7" }, fact: { S: "review:1" }, big: { N: "1E+30" }, list: { L: [] } },
      ...{
        at: { S: moment(0) },
        received_at: { S: moment(0) },
        value: { S: "{}" },
        expires_ms: { N: "4922899200000" },
      },
    };
    await client.send(new PutItemCommand({ TableName: `${name}-facts`, Item }));
    await behind.facts.add([aFact({ at: moment(-1) })], LATER);

    expect(await behind.facts.of([aFact().entity])).toEqual([aFact({ at: moment(-1) })]);
  });

  /** A store behind a line that counts, and its tables' name. */
  async function given(): Promise<{ behind: DynamoDBRepository; line: Faulty; name: string }> {
    const line = await givenFaulty(local?.endpoint ?? "");
    onTestFinished(() => line.stop());
    const { name } = await givenStore(client);
    const behind = new DynamoDBRepository(name, { client: clientAt(line.endpoint), sleep: async () => {} });
    await behind.ready();
    return { behind, line, name };
  }
});

/** About what a check run says. */
const A_CHECK_RUN = {
  name: "build / test (ubuntu-latest, node 22)",
  app_id: 15368,
  suite_id: 31_415_926_535,
  status: "completed",
  conclusion: "success",
  url: "https://github.com/acme/shop/actions/runs/1234567890/job/9876543210",
};

function isOnFacts({ TableName }: Asked["body"]): boolean {
  return String(TableName).endsWith("-facts");
}

/** Does something before the second update that a client sends. */
function onSecondUpdate(client: DynamoDBClient, work: () => Promise<unknown>): DynamoDBClient {
  let updates = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      if ("UpdateExpression" in args.input && ++updates === 2) await work();
      return next(args);
    },
    { step: "initialize" },
  );
  return client;
}
