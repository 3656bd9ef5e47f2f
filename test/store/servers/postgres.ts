import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { reach } from "./reach.js";

const DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/test";

/** A PostgreSQL server for tests. */
export interface PostgresServer {
  readonly url: string;
  /** A store's URL that names a schema of its own, which is not there yet. */
  readonly newStore: () => string;
  /** Runs one statement as the tests' own user, beside the store. */
  readonly query: (sql: string, values?: unknown[]) => Promise<readonly Record<string, unknown>[]>;
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
        return withParameter(url, "schema", schema);
      },
      query: async (sql, values) => (await client.query<Record<string, unknown>>(sql, values)).rows,
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
