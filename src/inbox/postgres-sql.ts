/** A delivery as a row of numbers and texts: 64-bit integers come from the driver as text otherwise. */
const INFO = `guid, place::float8, event, action, key, received_at, payload_sha256, status, attempt, ready_at::float8, error,
  ended_at::float8`;

/** One at a time makes or changes the tables; the number is LoopForge's own, the text the schema. */
export const LOCK_MIGRATION = "SELECT pg_advisory_xact_lock(1280265034, hashtext($1))";
/** Asked of the catalogue's tables: functions such as `to_regclass` may answer what was true before the wait for the lock. */
export const WHAT_IS_THERE = `
  SELECT current_setting('server_encoding') AS encoding, current_setting('transaction_isolation') AS isolation,
    EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1) AS has_schema,
    EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'loopforge_inbox_version') AS has_tables`;

/** Every statement, for the tables of one schema (its name quoted). */
export function statementsIn(schema: string) {
  const p = prefixIn(schema);
  const page = (where: string) =>
    `SELECT ${INFO} FROM ${p}deliveries WHERE ${where} place < $1 ORDER BY place DESC LIMIT $2`;
  return {
    createSchema: `CREATE SCHEMA ${schema}`,
    version: `SELECT version FROM ${p}version`,
    setVersion: `UPDATE ${p}version SET version = $1`,

    put: `SELECT ${p}put($1, $2, $3, $4, $5, $6, $7, $8) AS outcome`,
    ignore: `SELECT ${p}count(
      CASE WHEN EXISTS (SELECT FROM ${p}tallies WHERE name = $1) OR (SELECT count(DISTINCT name) FROM ${p}tallies) < $3
        THEN $1 ELSE $2 END, 1)`,

    claim: `SELECT * FROM ${p}claim($1, $2, $3, $4)`,
    nextDue: `SELECT min(ready_at)::float8 AS at FROM ${p}deliveries WHERE ready_at > $1`,
    extend: `UPDATE ${p}deliveries SET status = 'leased', ready_at = $3 WHERE guid = $1 AND lease = $2 RETURNING guid`,
    retry: `UPDATE ${p}deliveries SET status = 'waiting', error = $3, ready_at = $4, lease = NULL
      WHERE guid = $1 AND lease = $2 RETURNING guid`,
    release: `UPDATE ${p}deliveries SET status = 'waiting', attempt = attempt - 1, ready_at = 0, lease = NULL
      WHERE guid = $1 AND lease = $2 RETURNING guid`,
    finish: `SELECT ${p}finish($1, $2, $3, $4, $5, $6) AS kept`,

    list: page(""),
    listByStatus: page("status = $3 AND"),
    show: `SELECT ${INFO}, body FROM ${p}deliveries LEFT JOIN ${p}bodies USING (guid) WHERE guid = $1`,
    retryNow: `SELECT ${p}retry_now($1) AS kept`,
    drop: `SELECT ${p}drop($1) AS kept`,
    purge: `SELECT ${p}purge($1, $2)::float8 AS purged`,

    countLeased: `SELECT count(*)::float8 AS count FROM ${p}deliveries WHERE status = 'leased' AND ready_at > $1`,
    countFailed: `SELECT count(*)::float8 AS count FROM ${p}deliveries WHERE status = 'failed'`,
    tallies: `SELECT name, sum(count)::float8 AS count FROM ${p}tallies GROUP BY name`,
    oldestWaiting: `SELECT received_at FROM ${p}deliveries WHERE status = 'waiting' ORDER BY place LIMIT 1`,
  } as const;
}

export type Statements = ReturnType<typeof statementsIn>;

/** What the names of all tables and functions begin with. */
export function prefixIn(schema: string): string {
  return `${schema}.loopforge_inbox_`;
}
