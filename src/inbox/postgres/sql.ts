import type { PostgresTables } from "../../store/postgres/migrate.js";
import { MIGRATIONS, prefixIn } from "./schema.js";

/** A delivery as a row of numbers and texts: 64-bit integers come from the driver as text otherwise. */
const INFO = `guid, place::float8, event, action, key, received_at, payload_sha256, status, attempt, ready_at::float8, error,
  ended_at::float8, held_up_by`;

/** Every statement, for the tables of one schema (its name quoted). */
function statementsIn(schema: string) {
  const p = prefixIn(schema);
  const page = (where: string) =>
    `SELECT ${INFO} FROM ${p}deliveries WHERE ${where} place < $1 ORDER BY place DESC LIMIT $2`;
  return {
    put: `SELECT ${p}put($1, $2, $3, $4, $5, $6, $7, $8) AS outcome`,
    ignore: `SELECT ${p}count(
      CASE WHEN EXISTS (SELECT FROM ${p}tallies WHERE name = $1) OR (SELECT count(DISTINCT name) FROM ${p}tallies) < $3
        THEN $1 ELSE $2 END, 1)`,

    claim: `SELECT * FROM ${p}claim($1, $2, $3, $4)`,
    nextDue: `SELECT min(ready_at)::float8 AS at FROM ${p}deliveries WHERE ready_at > $1`,
    recall: `UPDATE ${p}deliveries SET ready_at = 0, status = 'waiting' WHERE guid IN (
      SELECT guid FROM ${p}deliveries
      WHERE ready_at > 0 AND waits_from > CASE status WHEN 'leased' THEN $2::bigint ELSE $1::bigint END FOR UPDATE SKIP LOCKED)`,
    extend: `UPDATE ${p}deliveries SET status = 'leased', waits_from = $3, ready_at = $4
      WHERE guid = $1 AND lease = $2 RETURNING guid`,
    retry: `UPDATE ${p}deliveries SET status = 'waiting', error = $3, waits_from = $4, ready_at = $5, held_up_by = $6::text, lease = NULL,
        attempt = CASE WHEN $6::text IS NULL THEN attempt ELSE attempt - 1 END,
        holds = CASE WHEN $6::text IS NULL THEN 0 ELSE holds + 1 END
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

/** The inbox's tables. */
export const INBOX_TABLES: PostgresTables<Statements> = {
  ...{ applicationName: "loopforge-inbox", variable: "LOOPFORGE_INBOX", lock: 1280265034 },
  ...{ versionTable: "loopforge_inbox_version", migrations: MIGRATIONS, statementsIn },
  // Under any other, who waited for a key's lock would not see what was done under it, and a delivery could be forgotten.
  needsReadCommitted: true,
};
