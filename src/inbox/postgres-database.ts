import type { Pool, PoolClient } from "pg";
import { LoopForgeError } from "../core/index.js";
import { loadDriver } from "../store/driver.js";
import { postgresFailure } from "../store/postgres-failure.js";
import { postgresPlace } from "../store/postgres-place.js";
import { type RetryOptions, withRetry } from "../store/retry.js";
import type { Row } from "../store/row.js";
import { MIGRATIONS } from "./postgres-schema.js";
import { LOCK_MIGRATION, prefixIn, type Statements, statementsIn, WHAT_IS_THERE } from "./postgres-sql.js";

export type Value = string | number | null | Uint8Array;

const CONNECT_MS = 5_000;
/** A body of 25 MB takes a while over a slow line. */
const ANSWER_MS = 60_000;

/** A pool of connections to an inbox in one schema of a PostgreSQL server, its tables made and up to date. */
export class InboxDatabase {
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
  static async open(url: string, retry: RetryOptions): Promise<InboxDatabase> {
    const { connectionString, schema, pool: max, name } = postgresPlace(url);
    const pg = await loadDriver("PostgreSQL", ["pg"], () => import("pg"));
    const pool = new pg.Pool({
      connectionString,
      max,
      connectionTimeoutMillis: CONNECT_MS,
      // The client's own: servers behind a pooler take no settings of a connection.
      query_timeout: ANSWER_MS,
      keepAlive: true,
      fallback_application_name: "loopforge-inbox",
      allowExitOnIdle: true,
    });
    // A connection that breaks while nobody uses it: the pool makes another when one is needed.
    pool.on("error", () => {});
    const database = new InboxDatabase(pool, name, statementsIn(`"${schema}"`), retry);
    try {
      await withRetry(() => database.#bringUpToDate(schema), retry);
    } catch (error) {
      await pool.end();
      throw error;
    }
    return database;
  }

  /** One statement, tried again while the server is away for a moment: for what may be done twice. */
  all(text: string, ...values: Value[]): Promise<readonly Row[]> {
    return withRetry(async () => {
      try {
        return (await this.#pool.query<Row>(text, values)).rows;
      } catch (error) {
        throw postgresFailure(error, this.#place);
      }
    }, this.#retry);
  }

  async one(text: string, ...values: Value[]): Promise<Row | undefined> {
    return (await this.all(text, ...values))[0];
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  async #bringUpToDate(schema: string): Promise<void> {
    let client: PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      await migrate(client, this.sql, schema, this.#place);
      client.release();
    } catch (error) {
      // Closing the connection undoes what it had begun.
      client?.release(true);
      throw postgresFailure(error, this.#place);
    }
  }
}

/**
 * In one transaction and under a lock: of two processes that open at once, one makes the tables and the other sees them. A user who may
 * only read and write is enough where they are made.
 */
async function migrate(client: PoolClient, sql: Statements, schema: string, place: string): Promise<void> {
  await client.query("BEGIN");
  await client.query(LOCK_MIGRATION, [schema]);
  const found = (await client.query<Row>(WHAT_IS_THERE, [schema])).rows[0];
  if (found?.encoding !== "UTF8") {
    throw new LoopForgeError(
      "store_schema",
      `${place} keeps text as ${String(found?.encoding)}: name a database with encoding UTF8 in LOOPFORGE_INBOX`,
    );
  }
  // Under any other, who waited for a key's lock would not see what was done under it, and a delivery could be forgotten.
  if (found.isolation !== "read committed") {
    throw new LoopForgeError(
      "store_schema",
      `${place} has default_transaction_isolation = ${String(found.isolation)}: the inbox needs "read committed", PostgreSQL's own default, for the user in LOOPFORGE_INBOX`,
    );
  }
  if (!found.has_schema) await client.query(sql.createSchema);
  const version = found.has_tables ? Number((await client.query<Row>(sql.version)).rows[0]?.version) : 0;
  if (version > MIGRATIONS.length) {
    throw new LoopForgeError(
      "store_schema",
      `The inbox in the schema ${schema} of ${place} has version ${version}, made by a newer LoopForge; this one knows ${MIGRATIONS.length}. Upgrade LoopForge, or name another (?schema=… in LOOPFORGE_INBOX).`,
    );
  }
  if (version < MIGRATIONS.length) {
    for (const script of MIGRATIONS.slice(version)) await client.query(script(prefixIn(`"${schema}"`)));
    await client.query(sql.setVersion, [MIGRATIONS.length]);
  }
  await client.query("COMMIT");
}
