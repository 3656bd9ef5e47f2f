import type { Pool, PoolClient } from "pg";
import { LoopForgeError } from "../core/index.js";
import { loadDriver } from "./driver.js";
import { postgresFailure } from "./postgres-failure.js";
import { postgresPlace } from "./postgres-place.js";
import { LOCK_MIGRATION, MIGRATIONS, type Statements, statementsIn, WHAT_IS_THERE } from "./postgres-sql.js";
import { type RetryOptions, withRetry } from "./retry.js";
import { integerIn, type Row } from "./row.js";

type Value = string | number | boolean | null | Uint8Array | readonly (string | number)[];

const CONNECT_MS = 5_000;
const ANSWER_MS = 30_000;

/** A pool of connections to one schema of a PostgreSQL server, its tables made and up to date. */
export class PostgresDatabase {
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
  static async open(url: string, retry: RetryOptions): Promise<PostgresDatabase> {
    const { connectionString, schema, pool: max, name } = postgresPlace(url);
    const pg = await loadDriver("PostgreSQL", ["pg"], () => import("pg"));
    const pool = new pg.Pool({
      connectionString,
      max,
      connectionTimeoutMillis: CONNECT_MS,
      // The client's own: servers behind a pooler take no settings of a connection.
      query_timeout: ANSWER_MS,
      keepAlive: true,
      fallback_application_name: "loopforge",
      // The process may end although connections wait for more work.
      allowExitOnIdle: true,
    });
    // A connection that breaks while nobody uses it: the pool makes another when one is needed.
    pool.on("error", () => {});
    const database = new PostgresDatabase(pool, name, statementsIn(`"${schema}"`), retry);
    try {
      await database.#bringUpToDate(schema);
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

  /** A user who may only read and write is enough where the tables are made: nothing is tried that is not needed. */
  async #bringUpToDate(schema: string): Promise<void> {
    const found = await this.one(WHAT_IS_THERE, schema);
    if (found?.encoding !== "UTF8") {
      throw new LoopForgeError(
        "store_schema",
        `${this.#place} keeps text as ${String(found?.encoding)}: name a database with encoding UTF8 in LOOPFORGE_STORE`,
      );
    }
    const version = found.has_tables ? integerIn((await this.one(this.sql.version)) ?? {}, "version") : 0;
    this.#check(version, schema);
    if (version < MIGRATIONS.length) await withRetry(() => this.#migrate(schema), this.#retry);
  }

  async #migrate(schema: string): Promise<void> {
    let client: PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      await migrate(client, this.sql, schema, (version) => this.#check(version, schema));
      client.release();
    } catch (error) {
      // Closing the connection undoes what it had begun.
      client?.release(true);
      throw postgresFailure(error, this.#place);
    }
  }

  #check(version: number, schema: string): void {
    if (version <= MIGRATIONS.length) return;
    throw new LoopForgeError(
      "store_schema",
      `The schema ${schema} of ${this.#place} has version ${version}, made by a newer LoopForge; this one knows ${MIGRATIONS.length}. Upgrade LoopForge, or name another (?schema=… in LOOPFORGE_STORE).`,
    );
  }
}

/** In one transaction and under a lock: of two processes that open at once, one makes the tables and the other sees them. */
async function migrate(
  client: PoolClient,
  sql: Statements,
  schema: string,
  check: (version: number) => void,
): Promise<void> {
  await client.query("BEGIN");
  await client.query(LOCK_MIGRATION, [schema]);
  const { rows: found } = await client.query<Row>(WHAT_IS_THERE, [schema]);
  if (!found[0]?.has_schema) await client.query(sql.createSchema);
  const { rows: kept } = found[0]?.has_tables ? await client.query<Row>(sql.version) : { rows: [{ version: 0 }] };
  const version = integerIn(kept[0] ?? {}, "version");
  check(version);
  for (const script of MIGRATIONS.slice(version)) await client.query(script(`"${schema}"`));
  await client.query(sql.setVersion, [MIGRATIONS.length]);
  await client.query("COMMIT");
}
