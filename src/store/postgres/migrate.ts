import type { PoolClient } from "pg";
import { LoopForgeError } from "../../core/index.js";
import type { Row } from "../row.js";
import type { PostgresDatabase } from "./database.js";

/** A script for a schema (its name quoted), or what moves what is there from one version to the next. */
export type Migration<Statements> = ((schema: string) => string) | Upgrade<Statements>;

export interface Upgrade<Statements> {
  /** In no transaction, and so some at a time. It may be run again, and by two at once. */
  readonly upgrade: (db: PostgresDatabase<Statements>) => Promise<void>;
}

/** What LoopForge keeps in a schema for one purpose. */
export interface PostgresTables<Statements> {
  /** As the server's list of connections shows it. */
  readonly applicationName: string;
  /** The variable that names its place. */
  readonly variable: "LOOPFORGE_STORE" | "LOOPFORGE_INBOX";
  /** The table with one row and one number: how many of the migrations it has had. */
  readonly versionTable: string;
  /** What brings a schema up to date, in order. */
  readonly migrations: readonly Migration<Statements>[];
  /** A number of LoopForge's own: one at a time makes or changes the tables. */
  readonly lock: number;
  /** Why they need PostgreSQL's own default isolation, `read committed`, and no other; absent where any will do. */
  readonly needsReadCommitted?: boolean;
  readonly statementsIn: (schema: string) => Statements;
}

const LOCK = "SELECT pg_advisory_xact_lock($1, hashtext($2))";

/** It asks the catalogue's tables: functions such as `to_regclass` may answer what was true before the wait for the lock. */
const WHAT_IS_THERE = `
  SELECT current_setting('server_encoding') AS encoding, current_setting('transaction_isolation') AS isolation,
    EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1) AS has_schema,
    EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = $2) AS has_tables`;

/**
 * Makes the tables, or brings them up to date, in the transaction that the client is in, and under a lock: of two processes that open at
 * once, one makes them and the other sees them. A user who may only read and write is enough where they are made.
 * @param place the server, for messages
 * @returns what is to be moved next, and the version after that; null where all is up to date
 */
export async function migrate<Statements>(
  client: PoolClient,
  { variable, versionTable, migrations, lock, needsReadCommitted = false }: PostgresTables<Statements>,
  schema: string,
  place: string,
): Promise<{ readonly upgrade: Upgrade<Statements>["upgrade"]; readonly version: number } | null> {
  await client.query(LOCK, [lock, schema]);
  const found = (await client.query<Row>(WHAT_IS_THERE, [schema, versionTable])).rows[0];
  if (found?.encoding !== "UTF8") {
    throw unusable(`${place} keeps text as ${found?.encoding}: name a database with encoding UTF8 in ${variable}`);
  }
  if (needsReadCommitted && found.isolation !== "read committed") {
    throw unusable(
      `${place} has default_transaction_isolation = ${found.isolation}: "read committed" is needed, PostgreSQL's own default, for the user in ${variable}`,
    );
  }
  const inSchema = `"${schema}"`;
  if (!found.has_schema) await client.query(`CREATE SCHEMA ${inSchema}`);
  const table = `${inSchema}.${versionTable}`;
  const kept = found.has_tables ? (await client.query<Row>(`SELECT version FROM ${table}`)).rows[0] : undefined;
  const version = Number(kept?.version ?? 0);
  if (version > migrations.length) {
    throw unusable(
      `The schema ${schema} of ${place} has version ${version}, made by a newer LoopForge; this one knows ${migrations.length}. Upgrade LoopForge, or name another (?schema=… in ${variable}).`,
    );
  }
  let reached = version;
  for (const migration of migrations.slice(version)) {
    if (typeof migration !== "function") break;
    await client.query(migration(inSchema));
    reached++;
  }
  if (reached > version) await client.query(`UPDATE ${table} SET version = $1`, [reached]);
  const next = migrations[reached];
  return typeof next === "object" ? { upgrade: next.upgrade, version: reached + 1 } : null;
}

/** Notes that what was there is moved, where nobody has noted it. */
export async function noteUpgraded<Statements>(
  db: PostgresDatabase<Statements>,
  { versionTable }: PostgresTables<Statements>,
  schema: string,
  version: number,
): Promise<void> {
  await db.all(`UPDATE "${schema}".${versionTable} SET version = $1 WHERE version < $1`, version);
}

function unusable(message: string): LoopForgeError {
  return new LoopForgeError("store_schema", message);
}
