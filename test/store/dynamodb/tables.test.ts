import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SCHEMA_KEY, tablesOf } from "../../../src/store/dynamodb/keys.js";
import { DynamoDBRepository } from "../../../src/store/dynamodb.js";
import { openStore } from "../../../src/store/open.js";
import { aMove, aRecord, creation, fullHead, moment, step } from "../../builders/records.js";
import { clientAt, givenDynamoDB } from "../servers/dynamodb.js";
import { aName, givenStore, removeTables } from "../servers/dynamodb-tables.js";
import { oneLine } from "../servers/one-line.js";

const local = await givenDynamoDB();
const MARKER = { link: { S: SCHEMA_KEY.link }, record_id: { S: SCHEMA_KEY.record_id } };

describe.skipIf(!local)("tables on DynamoDB", () => {
  const client = clientAt(local?.endpoint);
  const describeTable = async (TableName: string) => (await client.send(new DescribeTableCommand({ TableName }))).Table;
  const removeIndex = async (TableName: string) => {
    const GlobalSecondaryIndexUpdates = [{ Delete: { IndexName: "state-index" } }];
    await client.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates }));
    await vi.waitUntil(async () => !(await describeTable(TableName))?.GlobalSecondaryIndexes, { timeout: 10_000 });
  };

  beforeEach(() => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "local").stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  describe("ensureTables", () => {
    it("makes what the design says: heads with their index, ledger, links that expire, people, facts that expire", async () => {
      const { name } = await givenStore(client);
      const keys = async (table: string) => (await describeTable(table))?.KeySchema?.map((key) => key.AttributeName);

      expect(await keys(name)).toEqual(["record_id"]);
      expect(await keys(`${name}-ledger`)).toEqual(["record_id", "seq"]);
      expect(await keys(`${name}-links`)).toEqual(["link", "record_id"]);
      expect(await keys(`${name}-people`)).toEqual(["person"]);
      expect(await keys(`${name}-facts`)).toEqual(["entity", "fact"]);
      expect((await describeTable(name))?.GlobalSecondaryIndexes).toMatchObject([
        {
          IndexName: "state-index",
          KeySchema: [{ AttributeName: "state" }, { AttributeName: "updated_at" }],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ]);
      const expiry = async (table: string) =>
        (await client.send(new DescribeTimeToLiveCommand({ TableName: table }))).TimeToLiveDescription;
      expect(await expiry(`${name}-links`)).toEqual({ AttributeName: "expires_at", TimeToLiveStatus: "ENABLED" });
      expect(await expiry(`${name}-facts`)).toEqual({ AttributeName: "expires", TimeToLiveStatus: "ENABLED" });
    });

    it("changes nothing the second time, nor when several do it at once", async () => {
      const name = aName();
      const stores = [1, 2, 3].map(() => new DynamoDBRepository(name, { client }));
      await Promise.all(stores.map((store) => store.ensureTables()));
      const record = aRecord();
      await stores[0]?.append(creation(record));
      await stores[1]?.ensureTables();

      expect(await stores[2]?.get(record.recordId)).toEqual(record);
      await removeTables(client, name);
    });

    it("adds an index that is missing to a table that is there", async () => {
      const { name, store } = await givenStore(client);
      const record = aRecord();
      await store.append(creation(record));
      await removeIndex(name);
      const again = new DynamoDBRepository(name, { client });
      await again.ensureTables();

      expect((await again.list()).items.map((head) => head.recordId)).toEqual([record.recordId]);
    });
  });

  describe("that do not fit are refused in one line, before anything is written:", () => {
    const refusedBy = async (name: string, options = {}) => {
      const record = aRecord();
      const error: unknown = await new DynamoDBRepository(name, { client, ...options })
        .append(creation(record))
        .catch((reason: unknown) => reason);
      const { TableNames = [] } = await client.send(new ListTablesCommand());
      for (const TableName of Object.values(tablesOf(name)).filter((table) => TableNames.includes(table))) {
        const { Items = [] } = await client.send(new ScanCommand({ TableName }));
        expect(Items.filter(({ link }) => link?.S !== SCHEMA_KEY.link)).toEqual([]);
      }
      return error;
    };

    it("none there", async () => {
      expect(await refusedBy(aName())).toEqual(
        oneLine("store_schema", /is not there.*LOOPFORGE_STORE.*AWS_REGION.*ensureTables/),
      );
    });

    it("one missing", async () => {
      const { name } = await givenStore(client);
      const tables = tablesOf(name);
      await removeTables(client, tables.ledger);

      expect(await refusedBy(name)).toEqual(oneLine("store_schema", /-ledger is not there.*LOOPFORGE_STORE/));
    });

    it("those of an earlier LoopForge, without facts, which ensureTables makes", async () => {
      const { name } = await givenStore(client);
      await client.send(new DeleteTableCommand({ TableName: tablesOf(name).facts }));

      expect(await refusedBy(name)).toEqual(
        oneLine("store_schema", /-facts is not there.*earlier LoopForge.*serverless\.yml.*ensureTables=true/),
      );
      const again = new DynamoDBRepository(name, { client });
      await again.ensureTables();
      expect(await again.facts.list()).toEqual({ items: [], cursor: null });
    });

    it("no index", async () => {
      const { name } = await givenStore(client);
      await removeIndex(name);

      expect(await refusedBy(name)).toEqual(oneLine("store_schema", /has no index state-index.*LOOPFORGE_STORE/));
    });

    it("an index for another number of stateShards", async () => {
      const { name } = await givenStore(client);

      expect(await refusedBy(name, { stateShards: 8 })).toEqual(
        oneLine("store_schema", /state \+ updated_at instead of state_shard \+ updated_at.*stateShards/),
      );
    });

    it("somebody else's", async () => {
      const { name } = await givenStore(client);
      await removeTables(client, `${name}-people`);
      const somebodys = {
        TableName: `${name}-people`,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      } as const;
      await client.send(
        new CreateTableCommand({
          ...somebodys,
          KeySchema: [...somebodys.KeySchema],
          AttributeDefinitions: [...somebodys.AttributeDefinitions],
        }),
      );

      expect(await refusedBy(name)).toEqual(oneLine("store_schema", /has the key id instead of person/));
    });

    it("a newer LoopForge's", async () => {
      const { name } = await givenStore(client);
      const Item = { ...MARKER, version: { N: "3" } };
      await client.send(new PutItemCommand({ TableName: `${name}-links`, Item }));

      expect(await refusedBy(name)).toEqual(oneLine("store_schema", /schema 3.*newer LoopForge.*LOOPFORGE_STORE/));
    });
  });

  it("are checked again after a check that failed", async () => {
    const name = aName();
    const store = new DynamoDBRepository(name, { client });
    await expect(store.list()).rejects.toThrow(oneLine("store_schema", /is not there/));
    await store.ensureTables();

    expect(await store.list()).toEqual({ items: [], cursor: null });
    await removeTables(client, name);
  });

  it("that somebody else made are marked with their schema by the first append", async () => {
    const { name } = await givenStore(client);
    const marker = { TableName: `${name}-links`, Key: MARKER };
    await client.send(new DeleteItemCommand(marker));
    await new DynamoDBRepository(name, { client }).append(creation(aRecord()));

    expect((await client.send(new GetItemCommand(marker))).Item).toMatchObject({ version: { N: "2" } });
  });

  it("hold heads in attributes of their own, and keep attributes that somebody else added", async () => {
    const { name, store } = await givenStore(client);
    const made = aRecord();
    const record = { ...made, ...fullHead(made), labels: ["bug"], prUrl: null, autoMerge: false };
    await store.append(creation(record));
    const Key = { record_id: { S: record.recordId } };
    const UpdateExpression = "SET cost_center = :text, big = :big";
    const ExpressionAttributeValues = { ":text": { S: "4711" }, ":big": { N: "1E+30" } };
    await client.send(new UpdateItemCommand({ TableName: name, Key, UpdateExpression, ExpressionAttributeValues }));
    const write = step(record, [aMove("task_queued")], 5);
    await store.append(write);

    const { Item } = await client.send(new GetItemCommand({ TableName: name, Key }));
    expect(Item).toMatchObject({
      ...{ cost_center: { S: "4711" }, state: { S: "task_queued" }, updated_at: { S: moment(5) } },
      ...{ auto_merge: { BOOL: false }, pr_url: { NULL: true }, ref_number: { N: "7" }, labels: { L: [{ S: "bug" }] } },
    });
    expect(Item?.broken?.L?.[0]?.M?.justified_by).toEqual({ L: [{ N: "3" }, { N: "4" }] });
    expect(Item?.merges?.L?.[0]?.M).toEqual({ pull: { S: "1#8" }, seq: { N: "2" } });
    expect(await store.head(record.recordId)).toEqual(write.head);
  });

  it("hold the plain state beside the partition of a state that is spread", async () => {
    const { name, store } = await givenStore(client, { stateShards: 4 });
    const records = Array.from({ length: 30 }, () => aRecord());
    await Promise.all(records.map((record) => store.append(creation(record))));
    const { Items = [] } = await client.send(new ScanCommand({ TableName: name }));

    expect(new Set(Items.map((item) => item.state?.S))).toEqual(new Set(["issue_created"]));
    expect(new Set(Items.map((item) => item.state_shard?.S)).size).toBe(4);
    const more = new DynamoDBRepository(name, { client, stateShards: 8 });
    await Promise.all(records.slice(0, 10).map((record) => more.append(step(record))));
    expect((await more.list({ state: "issue_created" })).items).toHaveLength(30);
  });

  it("keep no item beyond its time: DynamoDB deletes it by its own clock", async () => {
    const { name, store } = await givenStore(client);
    await store.items.put("waiting", "a", 1, { expiresAt: "2126-01-01T00:00:00.500Z" as ReturnType<typeof moment> });
    const Key = { link: { S: "items#waiting" }, record_id: { S: "a" } };

    expect((await client.send(new GetItemCommand({ TableName: `${name}-links`, Key }))).Item).toMatchObject({
      expires_at: { N: String(Date.UTC(2126, 0, 1) / 1000 + 1) },
    });
  });

  describe("named by LOOPFORGE_STORE", () => {
    it("are opened, and made where it says so", async () => {
      const name = aName();
      const url = `dynamodb:${name}?region=local&endpoint=${local?.endpoint}`;
      const made = await openStore(`${url}&ensureTables=true&stateShards=2`);
      const record = aRecord();
      await made.append(creation(record));
      await made.close();

      const opened = await openStore(`${url}&stateShards=2`);
      expect(opened).toBeInstanceOf(DynamoDBRepository);
      expect(await opened.get(record.recordId)).toEqual(record);
      await opened.close();
      await expect(openStore(url)).rejects.toThrow(oneLine("store_schema", /stateShards/));
      await removeTables(client, name);
    });

    it("cannot be used with credentials that DynamoDB refuses", async () => {
      vi.stubEnv("AWS_ACCESS_KEY_ID", "not-letters-and-digits");

      await expect(openStore(`dynamodb:loopforge?region=local&endpoint=${local?.endpoint}`)).rejects.toThrow(
        oneLine("store_unavailable", /credentials.*AWS_ACCESS_KEY_ID/),
      );
    });
  });
});
