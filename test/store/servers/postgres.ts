import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { Client } from "pg";
import { reach } from "./reach.js";

const DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/test";

/** A PostgreSQL server for tests. */
export interface PostgresServer {
  readonly url: string;
  /** A store's URL that names a schema of its own, which is not there yet, and so the sessions of whoever opens it. */
  readonly newStore: () => string;
  /** Runs one statement as the tests' own user, beside the store. */
  readonly query: (sql: string, values?: unknown[]) => Promise<readonly Record<string, unknown>[]>;
  /** Resolves when a store of a process that was killed has no session any more: until then, what it had asked for is still done. */
  readonly isLeft: (store: string) => Promise<void>;
  /** Removes every schema that `newStore` named. */
  readonly clean: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The server that POSTGRES_URL names, or null with a printed reason when it cannot be reached. */
export function reachPostgres(): Promise<PostgresServer | null> {
  const url = process.env.POSTGRES_URL || DEFAULT_URL;
  return reach("PostgreSQL (POSTGRES_URL)", async () => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    await client.connect();
    const schemas: string[] = [];
    return {
      url,
      newStore: () => {
        const schema = `loopforge_test_${randomUUID().replaceAll("-", "")}`;
        schemas.push(schema);
        return withParameter(withParameter(url, "schema", schema), "application_name", schema);
      },
      query: async (sql, values) => (await client.query<Record<string, unknown>>(sql, values)).rows,
      isLeft: async (store) => {
        const name = new URL(store).searchParams.get("application_name");
        const sessions = async () =>
          (await client.query("SELECT FROM pg_stat_activity WHERE application_name = $1", [name])).rowCount;
        while (await sessions()) await setTimeout(5);
      },
      clean: async () => {
        for (const schema of schemas.splice(0)) await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      },
      close: () => client.end(),
    };
  });
}

/** The URL with one parameter more. */
export function withParameter(url: string, name: string, value: string): string {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed.href;
}
