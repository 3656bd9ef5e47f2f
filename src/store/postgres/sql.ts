import { systemClock } from "../options.js";
import { upgradeStore } from "../upgrade.js";
import type { Migration, PostgresTables } from "./migrate.js";
import { OldPostgresStore } from "./old-store.js";

const IS_EARLIER = "(excluded.at, excluded.received_at, excluded.value) < (kept.at, kept.received_at, kept.value)";
const EARLIER = (column: string) => `CASE WHEN ${IS_EARLIER} THEN excluded.${column} ELSE kept.${column} END`;

/**
 * What brings a schema up to date, in order; a script that was released is never changed, a later one changes what it made.
 *
 * Every text compares by its bytes (collation C), as in the other stores, so that a list has one order everywhere. Heads and entries are
 * text, not `jsonb`, which would change them: it sorts keys, writes numbers its own way and cannot hold U+0000.
 */
const MIGRATIONS: readonly Migration<Statements>[] = [
  (s) => `
  CREATE TABLE ${s}.schema_version (version integer NOT NULL);
  INSERT INTO ${s}.schema_version VALUES (0);

  CREATE TABLE ${s}.records (
    record_id text COLLATE "C" PRIMARY KEY,
    state text COLLATE "C" NOT NULL,
    updated_at text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    head text NOT NULL
  );
  CREATE INDEX records_by_state ON ${s}.records (state, updated_at, record_id);

  CREATE TABLE ${s}.entries (
    record_id text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    text text NOT NULL,
    hash text NOT NULL,
    CONSTRAINT entries_key PRIMARY KEY (record_id, seq)
  );

  CREATE FUNCTION ${s}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $refuse_change$
  BEGIN
    RAISE EXCEPTION 'The entries of a LoopForge ledger are never changed or removed';
  END $refuse_change$;
  CREATE TRIGGER entries_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON ${s}.entries
    FOR EACH STATEMENT EXECUTE FUNCTION ${s}.refuse_change();

  CREATE TABLE ${s}.links (
    link text COLLATE "C" NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (link, record_id)
  );

  CREATE TABLE ${s}.idempotency (
    record_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    PRIMARY KEY (record_id, key)
  );

  CREATE TABLE ${s}.people (
    person text COLLATE "C" PRIMARY KEY,
    user_id bigint NOT NULL UNIQUE,
    login text NOT NULL,
    type text NOT NULL,
    salt bytea NOT NULL
  );

  CREATE TABLE ${s}.items (
    collection text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    value text NOT NULL,
    expires_at text COLLATE "C",
    PRIMARY KEY (collection, id)
  );
  CREATE INDEX items_by_expiry ON ${s}.items (expires_at) WHERE expires_at IS NOT NULL;

  -- One append in one round trip, and so in one transaction. A refusal is an answer and no error, which would fill the server's log.
  CREATE FUNCTION ${s}.append(
    p_record_id text, p_expected bigint, p_version bigint, p_state text, p_updated_at text, p_head text,
    p_first bigint, p_last bigint, p_texts text[], p_hashes text[],
    p_linked text[], p_unlinked text[], p_key text, p_remove boolean,
    OUT outcome text, OUT first bigint, OUT last bigint
  ) LANGUAGE plpgsql AS $append$
  BEGIN
    -- What is acknowledged is kept, whatever the server's settings prefer.
    IF current_setting('synchronous_commit') = 'off' THEN
      PERFORM set_config('synchronous_commit', 'on', true);
    END IF;

    IF p_key IS NOT NULL THEN
      SELECT 'replayed', i.first, i.last INTO outcome, first, last
        FROM ${s}.idempotency i WHERE i.record_id = p_record_id AND i.key = p_key;
      IF FOUND THEN RETURN; END IF;
    END IF;

    IF p_remove THEN
      DELETE FROM ${s}.records WHERE record_id = p_record_id AND version = p_expected;
    ELSIF p_expected = 0 THEN
      INSERT INTO ${s}.records (record_id, state, updated_at, version, head)
        VALUES (p_record_id, p_state, p_updated_at, p_version, p_head) ON CONFLICT (record_id) DO NOTHING;
    ELSE
      UPDATE ${s}.records SET state = p_state, updated_at = p_updated_at, version = p_version, head = p_head
        WHERE record_id = p_record_id AND version = p_expected;
    END IF;

    IF NOT FOUND THEN
      -- Who got there first, while this waited for the row, may have had this key.
      SELECT 'replayed', i.first, i.last INTO outcome, first, last
        FROM ${s}.idempotency i WHERE i.record_id = p_record_id AND i.key = p_key;
      IF NOT FOUND THEN outcome := 'conflict'; END IF;
      RETURN;
    END IF;

    -- From here on the record's row is this transaction's alone. The key of entries refuses one whose place is taken.
    INSERT INTO ${s}.entries (record_id, seq, text, hash)
      SELECT p_record_id, p_first + e.place - 1, e.text, e.hash
      FROM unnest(p_texts, p_hashes) WITH ORDINALITY AS e (text, hash, place);
    IF p_key IS NOT NULL THEN
      INSERT INTO ${s}.idempotency (record_id, key, first, last) VALUES (p_record_id, p_key, p_first, p_last);
    END IF;
    IF cardinality(p_unlinked) > 0 THEN
      DELETE FROM ${s}.links WHERE link = ANY (p_unlinked) AND record_id = p_record_id;
    END IF;
    IF cardinality(p_linked) > 0 THEN
      INSERT INTO ${s}.links (link, record_id) SELECT unnest(p_linked), p_record_id ON CONFLICT DO NOTHING;
    END IF;
    outcome := 'written';
    first := p_first;
    last := p_last;
  END $append$;
  `,
  (s) => `
  CREATE TABLE ${s}.facts (
    entity text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    at text COLLATE "C" NOT NULL,
    received_at text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    expires_at text COLLATE "C" NOT NULL,
    PRIMARY KEY (entity, key)
  );
  CREATE INDEX facts_by_expiry ON ${s}.facts (expires_at);

  -- Of two facts with the same key the earlier stays, with the later expiry. A fact that changes nothing writes nothing.
  CREATE FUNCTION ${s}.add_facts(
    p_entities text[], p_keys text[], p_at text[], p_received_at text[], p_values text[], p_expires_at text, p_now text
  ) RETURNS void LANGUAGE plpgsql AS $add_facts$
  BEGIN
    -- What is acknowledged is kept, whatever the server's settings prefer.
    IF current_setting('synchronous_commit') = 'off' THEN
      PERFORM set_config('synchronous_commit', 'on', true);
    END IF;

    INSERT INTO ${s}.facts AS kept (entity, key, at, received_at, value, expires_at)
      SELECT added.entity, added.key, added.at, added.received_at, added.value, p_expires_at
      FROM unnest(p_entities, p_keys, p_at, p_received_at, p_values)
        WITH ORDINALITY AS added (entity, key, at, received_at, value, place)
      ORDER BY added.place
      ON CONFLICT (entity, key) DO UPDATE SET
        at = ${EARLIER("at")},
        received_at = ${EARLIER("received_at")},
        value = ${EARLIER("value")},
        expires_at = greatest(excluded.expires_at, kept.expires_at)
      WHERE ${IS_EARLIER} OR excluded.expires_at > kept.expires_at;

    -- Some at a time, and without waiting for a row that somebody else is at.
    DELETE FROM ${s}.facts WHERE (entity, key) IN (
      SELECT f.entity, f.key FROM ${s}.facts f WHERE f.expires_at <= p_now LIMIT 100 FOR UPDATE SKIP LOCKED
    );
  END $add_facts$;
  `,
  { upgrade: (db) => upgradeStore(new OldPostgresStore(db), systemClock()) },
];

/** Whoever writes into an entry's place, or begins a deleted record's ledger anew, is told so under this name. */
export const ENTRIES_KEY = "entries_key";

/** Every statement, for the tables of one schema (its name quoted). */
function statementsIn(s: string) {
  const aliveAt = (now: string) => `(expires_at IS NULL OR expires_at > ${now})`;
  const entriesAfter = `SELECT seq, text, hash FROM ${s}.entries WHERE record_id = $1 AND seq > $2`;
  const pageIn = (state: string) => `
    SELECT updated_at, record_id, head FROM ${s}.records
    WHERE state = ${state} AND (updated_at, record_id) > ($1, $2)
    ORDER BY updated_at, record_id LIMIT $3`;

  return {
    append: `SELECT outcome, first, last FROM ${s}.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    /** The head with the copies of what is queried by, which must say the same. */
    head: `SELECT record_id, state, updated_at, version, head FROM ${s}.records WHERE record_id = $1`,
    /** A page begins after a time and an id; the first one after two empty texts. */
    headsInState: pageIn("$4"),
    /** The first of all states are among the first of each: lists of every state need no index of their own. */
    heads: `
      WITH RECURSIVE states (name) AS (
        SELECT min(state) FROM ${s}.records
        UNION ALL
        SELECT (SELECT min(state) FROM ${s}.records WHERE state > states.name) FROM states WHERE states.name IS NOT NULL
      )
      SELECT page.head FROM states CROSS JOIN LATERAL (${pageIn("states.name")}) AS page
      ORDER BY page.updated_at, page.record_id LIMIT $3`,

    /** A limit of null is none. */
    oldestEntries: `${entriesAfter} ORDER BY seq LIMIT $3`,
    newestEntries: `${entriesAfter} ORDER BY seq DESC LIMIT $3`,
    /** Of many records, of each as many as its head knows of. */
    histories: `
      SELECT e.record_id, e.seq, e.text, e.hash FROM unnest($1::text[], $2::bigint[]) AS wanted (record_id, length)
      JOIN ${s}.entries e ON e.record_id = wanted.record_id AND e.seq <= wanted.length
      ORDER BY e.record_id, e.seq`,
    /** Steps from id to id through the key: what it costs depends on how many ledgers there are, not on their lengths. */
    ledgersAfter: `
      WITH RECURSIVE ledgers (record_id) AS (
        SELECT min(record_id) FROM ${s}.entries WHERE record_id > $1
        UNION ALL
        SELECT (SELECT min(record_id) FROM ${s}.entries WHERE record_id > ledgers.record_id) FROM ledgers
        WHERE ledgers.record_id IS NOT NULL
      )
      SELECT record_id FROM ledgers WHERE record_id IS NOT NULL LIMIT $2`,
    recordsLinked: `SELECT record_id FROM ${s}.links WHERE link = $1 ORDER BY record_id`,

    personOfUser: `SELECT person, user_id, login, type, salt FROM ${s}.people WHERE user_id = $1`,
    person: `SELECT person, user_id, login, type, salt FROM ${s}.people WHERE person = $1`,
    /** Of two at once, the second waits for the first and is answered the first's person. */
    upsertPerson: `
      INSERT INTO ${s}.people (person, user_id, login, type, salt) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (user_id) DO UPDATE SET login = excluded.login, type = excluded.type RETURNING person`,
    deletePerson: `DELETE FROM ${s}.people WHERE person = $1 RETURNING person`,

    item: `SELECT value FROM ${s}.items WHERE collection = $1 AND id = $2 AND ${aliveAt("$3")}`,
    items: `SELECT id, value FROM ${s}.items WHERE collection = $1 AND ${aliveAt("$2")} ORDER BY id`,
    /** Takes some of what has expired away on the way, but waits for nobody who is at one of those. */
    putItem: `
      WITH expired AS (
        DELETE FROM ${s}.items WHERE (collection, id) IN (
          SELECT collection, id FROM ${s}.items
          WHERE expires_at <= $5 AND (collection, id) <> ($1, $2) LIMIT 100 FOR UPDATE SKIP LOCKED
        )
      )
      INSERT INTO ${s}.items (collection, id, value, expires_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT (collection, id) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`,
    deleteItem: `DELETE FROM ${s}.items WHERE collection = $1 AND id = $2`,

    addFacts: `SELECT ${s}.add_facts($1, $2, $3, $4, $5, $6, $7)`,
    factsOf: `
      SELECT entity, key, at, received_at, value FROM ${s}.facts
      WHERE entity = ANY ($1::text[]) AND expires_at > $2 ORDER BY entity, key`,
    renewFacts: `
      UPDATE ${s}.facts SET expires_at = $2
      WHERE entity = ANY ($1::text[]) AND expires_at < $2 AND expires_at > $3`,
    factsAfter: `
      SELECT entity, key, at, received_at, value, expires_at FROM ${s}.facts
      WHERE (entity, key) > ($1, $2) AND expires_at > $3 ORDER BY entity, key LIMIT $4`,

    /** Heads of schema 1, with more that have the word in them: it is faster to find than to parse. */
    oldHeads: `
      SELECT record_id, head FROM ${s}.records
      WHERE record_id > $1 AND strpos(head, '"facts":') > 0 ORDER BY record_id LIMIT $2`,
    replaceHead: `UPDATE ${s}.records SET head = $2 WHERE record_id = $1 AND head = $3 RETURNING record_id`,
    waiting: `SELECT collection, id, value FROM ${s}.items WHERE collection >= 'parked:' AND collection < 'parked;' LIMIT $1`,
  } as const;
}

export type Statements = ReturnType<typeof statementsIn>;

/** The store's tables. */
export const STORE_TABLES: PostgresTables<Statements> = {
  ...{ applicationName: "loopforge", variable: "LOOPFORGE_STORE", lock: 1280265031 },
  ...{ versionTable: "schema_version", migrations: MIGRATIONS, statementsIn },
};
