/**
 * Scripts that make the tables, in order; one that was released is never changed.
 *
 * `records` holds heads as JSON text, with copies of what is queried by. What every append writes to is kept small, measured in
 * appends a second: `entries` is in the order of writing (clustered by record, 64 writers side by side get a third less), and
 * `records` has one index, not one more for lists of every state.
 */
export const TABLES = [
  `
  CREATE TABLE records (
    record_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    head TEXT NOT NULL
  ) STRICT;
  CREATE INDEX records_by_state ON records (state, updated_at, record_id);

  CREATE TABLE entries (
    record_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    text TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (record_id, seq)
  ) STRICT;

  CREATE TABLE links (
    link TEXT NOT NULL,
    record_id TEXT NOT NULL,
    PRIMARY KEY (link, record_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE idempotency (
    record_id TEXT NOT NULL,
    key TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (record_id, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE people (
    person TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL UNIQUE,
    login TEXT NOT NULL,
    type TEXT NOT NULL,
    salt BLOB NOT NULL
  ) STRICT;

  CREATE TABLE items (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at TEXT,
    PRIMARY KEY (collection, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX items_by_expiry ON items (expires_at) WHERE expires_at IS NOT NULL;
  `,
  `
  CREATE TABLE facts (
    entity TEXT NOT NULL,
    key TEXT NOT NULL,
    at TEXT NOT NULL,
    received_at TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (entity, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX facts_by_expiry ON facts (expires_at);
  `,
] as const;

/** Takes an id from both places, so that a deleted record's is not used again. */
export const INSERT_HEAD = `
  INSERT INTO records (record_id, state, updated_at, version, head)
  SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM entries WHERE record_id = ?1)
  ON CONFLICT DO NOTHING`;
export const UPDATE_HEAD = `
  UPDATE records SET state = ?, updated_at = ?, version = ?, head = ? WHERE record_id = ? AND version = ?`;
export const DELETE_HEAD = "DELETE FROM records WHERE record_id = ? AND version = ?";
/** The head with the copies of what is queried by, which must say the same. */
export const HEAD = "SELECT record_id, state, updated_at, version, head FROM records WHERE record_id = ?";

const PAGE_IN_STATE = (columns: string, state: string) => `
  SELECT ${columns} FROM records
  WHERE state = ${state} AND (updated_at, record_id) > (?1, ?2)
  ORDER BY updated_at, record_id LIMIT ?3`;
/** A page begins after a time and an id; the first one after two empty texts. */
export const HEADS_IN_STATE = PAGE_IN_STATE("head", "?4");
/** The first of all states are among the first of each. */
export const HEADS = `
  WITH RECURSIVE states (name) AS (
    SELECT min(state) FROM records
    UNION ALL
    SELECT (SELECT min(state) FROM records WHERE state > states.name) FROM states WHERE states.name IS NOT NULL
  )
  SELECT head FROM states JOIN records ON records.rowid IN (${PAGE_IN_STATE("rowid", "states.name")})
  ORDER BY updated_at, record_id LIMIT ?3`;

export const INSERT_ENTRY =
  "INSERT INTO entries (record_id, seq, text, hash) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
const ENTRIES_AFTER = "SELECT seq, text, hash FROM entries WHERE record_id = ? AND seq > ?";
/** A limit below 0 is none. */
export const OLDEST_ENTRIES = `${ENTRIES_AFTER} ORDER BY seq LIMIT ?`;
export const NEWEST_ENTRIES = `${ENTRIES_AFTER} ORDER BY seq DESC LIMIT ?`;

/** Steps from id to id through the key of `entries`: what it costs depends on how many ledgers there are, not on their lengths. */
export const LEDGERS_AFTER = `
  WITH RECURSIVE ledgers (record_id) AS (
    SELECT min(record_id) FROM entries WHERE record_id > ?
    UNION ALL
    SELECT (SELECT min(record_id) FROM entries WHERE record_id > ledgers.record_id) FROM ledgers
    WHERE ledgers.record_id IS NOT NULL
  )
  SELECT record_id FROM ledgers WHERE record_id IS NOT NULL LIMIT ?`;

export const INSERT_LINK = "INSERT INTO links (link, record_id) VALUES (?, ?) ON CONFLICT DO NOTHING";
export const DELETE_LINK = "DELETE FROM links WHERE link = ? AND record_id = ?";
export const RECORDS_LINKED = "SELECT record_id FROM links WHERE link = ? ORDER BY record_id";

export const INSERT_KEY =
  "INSERT INTO idempotency (record_id, key, first, last) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
export const WRITTEN = "SELECT first, last FROM idempotency WHERE record_id = ? AND key = ?";

export const PERSON_OF_USER = "SELECT person, user_id, login, type, salt FROM people WHERE user_id = ?";
export const PERSON = "SELECT person, user_id, login, type, salt FROM people WHERE person = ?";
export const UPSERT_PERSON = `
  INSERT INTO people (person, user_id, login, type, salt) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (user_id) DO UPDATE SET login = excluded.login, type = excluded.type`;
export const DELETE_PERSON = "DELETE FROM people WHERE person = ?";

const ALIVE = "(expires_at IS NULL OR expires_at > ?)";
export const ITEM = `SELECT value FROM items WHERE collection = ? AND id = ? AND ${ALIVE}`;
export const ITEMS = `SELECT id, value FROM items WHERE collection = ? AND ${ALIVE} ORDER BY id`;
export const UPSERT_ITEM = `
  INSERT INTO items (collection, id, value, expires_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (collection, id) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`;
export const DELETE_ITEM = "DELETE FROM items WHERE collection = ? AND id = ?";
export const DELETE_EXPIRED = "DELETE FROM items WHERE expires_at <= ?";

const IS_EARLIER = `(excluded.at, excluded.received_at, excluded.value) < (facts.at, facts.received_at, facts.value)`;
const EARLIER = (column: string) => `CASE WHEN ${IS_EARLIER} THEN excluded.${column} ELSE facts.${column} END`;
/**
 * Adds rows that stand in one JSON text: of two facts with the same key the earlier stays, with the later expiry.
 * A fact that changes nothing writes nothing. "WHERE true" tells SQLite that ON CONFLICT does not belong to a join.
 */
export const ADD_FACTS = `
  INSERT INTO facts (entity, key, at, received_at, value, expires_at)
  SELECT value ->> 'entity', value ->> 'key', value ->> 'at', value ->> 'receivedAt', value ->> 'value', value ->> 'expiresAt'
  FROM json_each(?) WHERE true
  ON CONFLICT (entity, key) DO UPDATE SET
    at = ${EARLIER("at")},
    received_at = ${EARLIER("received_at")},
    value = ${EARLIER("value")},
    expires_at = max(excluded.expires_at, facts.expires_at)
  WHERE ${IS_EARLIER} OR excluded.expires_at > facts.expires_at`;
export const FACTS_OF = `
  SELECT entity, key, at, received_at, value FROM facts
  WHERE entity IN (SELECT value FROM json_each(?)) AND expires_at > ? ORDER BY entity, key`;
export const RENEW_FACTS = `
  UPDATE facts SET expires_at = ?1
  WHERE entity IN (SELECT value FROM json_each(?2)) AND expires_at < ?1 AND expires_at > ?3`;
export const FACTS_AFTER = `
  SELECT entity, key, at, received_at, value, expires_at FROM facts
  WHERE (entity, key) > (?, ?) AND expires_at > ? ORDER BY entity, key LIMIT ?`;
export const EXPIRED_FACT = "SELECT 1 FROM facts WHERE expires_at <= ? LIMIT 1";
/** Some at a time: many that expire together must not hold up a write. */
export const DELETE_EXPIRED_FACTS = `
  DELETE FROM facts WHERE (entity, key) IN (SELECT entity, key FROM facts WHERE expires_at <= ? LIMIT 100)`;
