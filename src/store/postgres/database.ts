import type { Pool, PoolClient } from "pg";
import { loadDriver } from "../driver.js";
import { type RetryOptions, withRetry } from "../retry.js";
import type { Row } from "../row.js";
import { postgresFailure } from "./failure.js";
import { migrate, noteUpgraded, type PostgresTables } from "./migrate.js";
import { postgresPlace } from "./place.js";

export type Value = string | number | boolean | null | Uint8Array | readonly (string | number)[];

const CONNECT_MS = 5_000;
/** An inbox's body of 25 MB takes a while over a slow line. */
const ANSWER_MS = 60_000;

/** A pool of connections to one schema of a PostgreSQL server, its tables made and up to date. */
export class PostgresDatabase<Statements> {
  readonly sql: Statements;
  readonly #pool: Pool;
  readonly #place: string;
  readonly #retry: RetryOptions;

  private constructor(pool: Pool, place: string, sql: Statements, retry: RetryOptions) {
    this.#pool = pool;
    this.#place = place;
    this.sql = sql;
    this.#retry = retry;
  }

  /** @throws LoopForgeError `usage`, `store_unavailable`; `store_schema` when a newer LoopForge made the tables */
  static async open<Statements>(
    url: string,
    tables: PostgresTables<Statements>,
    retry: RetryOptions,
  ): Promise<PostgresDatabase<Statements>> {
    const { connectionString, schema, pool: max, name } = postgresPlace(url);
    const pg = await loadDriver("PostgreSQL", ["pg"], () => import("pg"));
    const pool = new pg.Pool({
      connectionString,
      max,
      connectionTimeoutMillis: CONNECT_MS,
      // The client's own: servers behind a pooler take no settings of a connection.
      query_timeout: ANSWER_MS,
      keepAlive: true,
      fallback_application_name: tables.applicationName,
      // The process may end although connections wait for more work.
      allowExitOnIdle: true,
    });
    // A connection that breaks while nobody uses it: the pool makes another when one is needed.
    pool.on("error", () => {});
    const database = new PostgresDatabase(pool, name, tables.statementsIn(`"${schema}"`), retry);
    try {
      const bringOn = () => database.#transact((client) => migrate(client, tables, schema, name));
      for (let next = await withRetry(bringOn, retry); next !== null; next = await withRetry(bringOn, retry)) {
        await next.upgrade(database);
        await noteUpgraded(database, tables, schema, next.version);
      }
    } catch (error) {
      await pool.end();
      throw error;
    }
    return database;
  }

  /** One statement, tried again while the server is away for a moment: for what may be done twice. */
  all(text: string, ...values: Value[]): Promise<readonly Row[]> {
    return withRetry(() => this.ask(text, values), this.#retry);
  }

  async one(text: string, ...values: Value[]): Promise<Row | undefined> {
    return (await this.all(text, ...values))[0];
  }

  /** One statement, once. */
  async ask(text: string, values: readonly Value[]): Promise<readonly Row[]> {
    try {
      const { rows } = await this.#pool.query<Row>(text, [...values]);
      return rows;
    } catch (error) {
      throw postgresFailure(error, this.#place);
    }
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  async #transact<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      client.release();
      return result;
    } catch (error) {
      // Closing the connection undoes what it had begun.
      client?.release(true);
      throw postgresFailure(error, this.#place);
    }
  }
}
