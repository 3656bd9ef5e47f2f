import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AttributeValue, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { Client } from "pg";
import { onTestFinished } from "vitest";
import { DynamoDBConnection } from "../../../src/store/dynamodb/connection.js";
import { DynamoDBFacts } from "../../../src/store/dynamodb/facts.js";
import { SCHEMA_KEY, type Tables, tablesOf } from "../../../src/store/dynamodb/keys.js";
import { OldDynamoDBStore } from "../../../src/store/dynamodb/old-store.js";
import { DynamoDBRepository } from "../../../src/store/dynamodb.js";
import { JsonFileRepository } from "../../../src/store/json-file.js";
import { PostgresDatabase } from "../../../src/store/postgres/database.js";
import { OldPostgresStore } from "../../../src/store/postgres/old-store.js";
import { STORE_TABLES } from "../../../src/store/postgres/sql.js";
import { PostgresRepository } from "../../../src/store/postgres.js";
import { RedisConnection } from "../../../src/store/redis/connection.js";
import { RedisFacts } from "../../../src/store/redis/facts.js";
import { OldRedisStore } from "../../../src/store/redis/old-store.js";
import { RedisRepository } from "../../../src/store/redis.js";
import type { LoopStore } from "../../../src/store/repository.js";
import { SqliteDatabase, type Step } from "../../../src/store/sqlite/database.js";
import { TABLES } from "../../../src/store/sqlite/sql.js";
import { upgradeRecords } from "../../../src/store/sqlite/upgrade.js";
import { SqliteRepository } from "../../../src/store/sqlite.js";
import { type OldStore, upgradeStore } from "../../../src/store/upgrade.js";
import { testClock } from "../../sandbox/given.js";
import { clientAt, givenDynamoDB } from "../servers/dynamodb.js";
import { aName, removeTables } from "../servers/dynamodb-tables.js";
import { reachPostgres } from "../servers/postgres.js";
import { reachRedis } from "../servers/redis.js";

/** A few hours after what the fixtures have seen. */
export const clock = testClock("2026-01-05T12:00:00Z");

/** A copy of a store that the version before wrote. It goes with the test. */
export interface OldCopy {
  readonly url: string;
  open(): Promise<LoopStore>;
  /** Begins to upgrade it, and dies in the middle. Absent where the file is replaced whole or not at all. */
  readonly beginUpgrade?: () => Promise<void>;
}

export interface Backend {
  readonly name: string;
  /** Null where its server cannot be reached. */
  readonly copy: (() => Promise<OldCopy>) | null;
}

/** Every backend that keeps what it was told. To be called once in a test file. */
export async function givenBackends(): Promise<readonly Backend[]> {
  const [postgres, redis, dynamodb] = [await reachPostgres(), await reachRedis(undefined), await givenDynamoDB()];
  return [
    { name: "SQLite", copy: copyOfSqlite },
    { name: "a JSON file", copy: copyOfJson },
    { name: "PostgreSQL", copy: postgres && (() => copyOfPostgres(postgres)) },
    { name: "Redis", copy: redis && (() => copyOfRedis(redis)) },
    { name: "DynamoDB", copy: dynamodb && (() => copyOfDynamoDB(dynamodb.endpoint)) },
  ];
}

async function copyOfSqlite(): Promise<OldCopy> {
  const file = copyOfFile("loopforge.sqlite");
  return {
    url: `sqlite:${file}`,
    open: async () => new SqliteRepository(file, { clock }),
    beginUpgrade: async () => {
      const step = upgradeRecords();
      let steps = 0;
      const dying: Step = (db) => {
        if (steps++ > 0) throw new Killed();
        return step(db);
      };
      untilKilled(() => new SqliteDatabase(file, [...TABLES, () => dying]));
    },
  };
}

async function copyOfJson(): Promise<OldCopy> {
  const file = copyOfFile("loops.json");
  return { url: `json:${file}`, open: () => JsonFileRepository.open(file, { clock }) };
}

async function copyOfPostgres(server: NonNullable<Awaited<ReturnType<typeof reachPostgres>>>): Promise<OldCopy> {
  const url = server.newStore();
  onTestFinished(() => server.clean());
  const schema = new URL(url).searchParams.get("schema") ?? "";
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query(readFileSync(fixture("postgres.sql"), "utf8").replaceAll("loopforge_fixture", schema));
  await client.end();
  return {
    url,
    open: () => PostgresRepository.open(url, { clock }),
    beginUpgrade: async () => {
      const upgrade = (db: ConstructorParameters<typeof OldPostgresStore>[0]) =>
        upgradeStore(dying(new OldPostgresStore(db)), clock());
      const migrations = [...STORE_TABLES.migrations.slice(0, 2), { upgrade }];
      await rejectsKilled(PostgresDatabase.open(url, { ...STORE_TABLES, migrations }, {}));
    },
  };
}

type RedisValue =
  | { readonly string: string }
  | { readonly hash: Readonly<Record<string, string>> }
  | { readonly list: readonly string[] }
  | { readonly set: readonly string[] }
  | { readonly zset: readonly string[] };

async function copyOfRedis(server: NonNullable<Awaited<ReturnType<typeof reachRedis>>>): Promise<OldCopy> {
  const url = server.newStore();
  onTestFinished(() => server.clean());
  const prefix = `{${new URL(url).searchParams.get("prefix")}}:`;
  const dump = JSON.parse(readFileSync(fixture("redis.json"), "utf8")) as Readonly<Record<string, RedisValue>>;
  for (const [name, value] of Object.entries(dump)) {
    const key = prefix + name;
    if ("string" in value) await server.redis.set(key, value.string);
    else if ("hash" in value) await server.redis.hset(key, value.hash);
    else if ("list" in value) await server.redis.rpush(key, ...value.list);
    else if ("set" in value) await server.redis.sadd(key, ...value.set);
    else {
      for (let i = 0; i < value.zset.length; i += 2) {
        await server.redis.zadd(key, Number(value.zset[i + 1]), String(value.zset[i]));
      }
    }
  }
  return {
    url,
    open: () => RedisRepository.open(url, { clock }),
    beginUpgrade: async () => {
      const connection = await RedisConnection.open(url, {});
      const store = new OldRedisStore(connection, new RedisFacts(connection, clock));
      await rejectsKilled(upgradeStore(dying(store), clock()));
      await connection.close();
    },
  };
}

type Items = readonly Record<string, AttributeValue>[];

async function copyOfDynamoDB(endpoint: string): Promise<OldCopy> {
  const client = clientAt(endpoint);
  const name = aName();
  const tables = tablesOf(name);
  onTestFinished(() => removeTables(client, name));
  const maker = new DynamoDBRepository(name, { client });
  await maker.ensureTables();
  const dump = JSON.parse(readFileSync(fixture("dynamodb.json"), "utf8")) as Readonly<
    Record<Exclude<keyof Tables, "facts">, Items>
  >;
  for (const [table, items] of Object.entries(dump)) {
    const TableName = tables[table as keyof Tables];
    for (const Item of items) await client.send(new PutItemCommand({ TableName, Item }));
  }
  if (!dump.links.some(({ link }) => link?.S === SCHEMA_KEY.link)) throw new Error("The fixture says no schema");
  return {
    url: `dynamodb:${name}?region=local&endpoint=${endpoint}`,
    open: async () => {
      const store = new DynamoDBRepository(name, { client, clock });
      await store.ready();
      return store;
    },
    beginUpgrade: async () => {
      const db = new DynamoDBConnection(client);
      const store = new OldDynamoDBStore(db, tables, new DynamoDBFacts(db, tables, clock));
      await rejectsKilled(upgradeStore(dying(store), clock()));
    },
  };
}

class Killed extends Error {}

const HEADS_BEFORE_THE_END = 2;

/** The store of a process that dies when the facts of one more head are added, and the head has them still. */
function dying(store: OldStore): OldStore {
  let replaced = 0;
  return {
    facts: store.facts,
    heads: () => store.heads(),
    head: (id) => store.head(id),
    entries: (id) => store.entries(id),
    replace: async (old, head) => {
      if (replaced++ >= HEADS_BEFORE_THE_END) throw new Killed();
      return store.replace(old, head);
    },
    waiting: () => store.waiting(),
    removeWaiting: (item) => store.removeWaiting(item),
  };
}

function untilKilled(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (error instanceof Killed) return;
    throw error;
  }
  throw new Error("It was not killed");
}

async function rejectsKilled(work: Promise<unknown>): Promise<void> {
  const error: unknown = await work.then(
    () => new Error("It was not killed"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Killed)) throw error;
}

function copyOfFile(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "loopforge-old-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(fixture(name), join(folder, name));
  return join(folder, name);
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../../fixtures/stores/${name}`, import.meta.url));
}
