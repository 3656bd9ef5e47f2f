/**
 * Scripts that bring a schema up to date, in order; one that was released is never changed, a later one changes what it made.
 *
 * `ready_at` is set on the oldest unfinished delivery of each key and on no other, as in SQLite: 0 it is due; otherwise the moment, in
 * milliseconds, of its retry or of the end of its lease. Whatever may change which one that is holds its key's lock, so that no two
 * decide at once and none is forgotten; a claim takes no such lock, and passes over rows that others are at.
 *
 * Only what acknowledges a delivery, or is a person's word, waits for the disk: a lease or an end that a crash of the database takes away
 * comes to no more than the same work once again.
 */
export const MIGRATIONS: readonly ((schema: string) => string)[] = [
  (schema) => tablesUnder(prefixIn(schema)),
  (schema) => holdsUnder(prefixIn(schema)),
];

/** What the names of all tables and functions begin with. */
export function prefixIn(schema: string): string {
  return `${schema}.loopforge_inbox_`;
}

function tablesUnder(p: string): string {
  return `
  CREATE TABLE ${p}version (version integer NOT NULL);
  INSERT INTO ${p}version VALUES (0);

  CREATE SEQUENCE ${p}places;
  CREATE TABLE ${p}deliveries (
    guid text COLLATE "C" PRIMARY KEY,
    place bigint NOT NULL UNIQUE DEFAULT nextval('${p}places'),
    event text NOT NULL,
    action text,
    key text COLLATE "C" NOT NULL,
    received_at text NOT NULL,
    payload_sha256 text NOT NULL,
    status text COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'leased', 'done', 'failed')),
    attempt integer NOT NULL DEFAULT 0,
    ready_at bigint,
    lease text,
    error text,
    ended_at bigint
  );
  CREATE INDEX loopforge_inbox_ready ON ${p}deliveries (ready_at, place) WHERE ready_at IS NOT NULL;
  CREATE INDEX loopforge_inbox_unfinished ON ${p}deliveries (key, place) WHERE ended_at IS NULL;
  CREATE INDEX loopforge_inbox_by_status ON ${p}deliveries (status, place);
  CREATE INDEX loopforge_inbox_done ON ${p}deliveries (ended_at) WHERE status = 'done';
  CREATE TABLE ${p}bodies (guid text COLLATE "C" PRIMARY KEY, body bytea NOT NULL);

  -- In parts, so that writers side by side seldom wait for each other's.
  CREATE TABLE ${p}tallies (
    name text COLLATE "C" NOT NULL, part integer NOT NULL, count bigint NOT NULL, PRIMARY KEY (name, part)
  );
  CREATE FUNCTION ${p}count(p_name text, p_change bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ${p}tallies AS t (name, part, count) VALUES (p_name, pg_backend_pid() % 32, p_change)
    ON CONFLICT (name, part) DO UPDATE SET count = t.count + excluded.count
  $$;

  CREATE FUNCTION ${p}wait_for_disk(p_wait boolean) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT p_wait THEN
      PERFORM set_config('synchronous_commit', 'off', true);
    ELSIF current_setting('synchronous_commit') = 'off' THEN
      PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
  END $$;

  -- Until the end of the transaction. What is read after it sees all that was done under it before.
  CREATE FUNCTION ${p}lock_key(p_key text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(1280265033, hashtext(p_key))
  $$;

  -- The oldest unfinished one of a key becomes due, unless it stands there already.
  CREATE FUNCTION ${p}promote(p_key text) RETURNS void LANGUAGE sql AS $$
    UPDATE ${p}deliveries SET ready_at = 0 WHERE ready_at IS NULL AND guid = (
      SELECT guid FROM ${p}deliveries WHERE key = p_key AND ended_at IS NULL ORDER BY place LIMIT 1
    )
  $$;

  -- Behind the others of its key: its turn has passed. False when it is not set aside any more.
  CREATE FUNCTION ${p}requeue(p_guid text, p_key text) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM ${p}lock_key(p_key);
    UPDATE ${p}deliveries
      SET place = nextval('${p}places'), status = 'waiting', attempt = 0, error = NULL, ended_at = NULL
      WHERE guid = p_guid AND status = 'failed';
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM ${p}promote(p_key);
    PERFORM ${p}count('unfinished', 1);
    RETURN true;
  END $$;

  -- Refusals are answers and no errors, which would fill the server's log.
  CREATE FUNCTION ${p}put(
    p_guid text, p_event text, p_action text, p_key text, p_received_at text, p_sha256 text, p_body bytea, p_limit bigint
  ) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    known record;
  BEGIN
    PERFORM ${p}wait_for_disk(true);
    LOOP
      SELECT key, status, payload_sha256 INTO known FROM ${p}deliveries WHERE guid = p_guid;
      IF NOT FOUND THEN
        IF (SELECT sum(count) FROM ${p}tallies WHERE name = 'unfinished') >= p_limit THEN RETURN 'full'; END IF;
        PERFORM ${p}lock_key(p_key);
        INSERT INTO ${p}deliveries (guid, event, action, key, received_at, payload_sha256, ready_at)
          VALUES (p_guid, p_event, p_action, p_key, p_received_at, p_sha256,
            CASE WHEN EXISTS (SELECT FROM ${p}deliveries WHERE key = p_key AND ended_at IS NULL) THEN NULL ELSE 0 END)
          ON CONFLICT (guid) DO NOTHING;
        IF FOUND THEN
          INSERT INTO ${p}bodies (guid, body) VALUES (p_guid, p_body);
          PERFORM ${p}count('unfinished', 1);
          RETURN 'stored';
        END IF;
      ELSIF known.payload_sha256 <> p_sha256 THEN
        RETURN 'mismatch';
      ELSIF known.status <> 'failed' THEN
        RETURN 'duplicate';
      ELSIF ${p}requeue(p_guid, known.key) THEN
        RETURN 'requeued';
      END IF;
      -- Somebody else was faster: what is known of it has changed.
    END LOOP;
  END $$;

  CREATE FUNCTION ${p}claim(p_limit integer, p_now bigint, p_until bigint, p_lease text)
  RETURNS TABLE (
    place bigint, guid text, event text, action text, key text, received_at text, payload_sha256 text, attempt integer, body bytea
  ) LANGUAGE plpgsql AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM ${p}wait_for_disk(false);
    UPDATE ${p}deliveries SET ready_at = 0, status = 'waiting' WHERE guid IN (
      SELECT guid FROM ${p}deliveries WHERE ready_at > 0 AND ready_at <= p_now FOR UPDATE SKIP LOCKED
    );
    RETURN QUERY
      WITH due AS MATERIALIZED (
        SELECT guid FROM ${p}deliveries WHERE ready_at = 0 ORDER BY place LIMIT p_limit FOR UPDATE SKIP LOCKED
      ), leased AS (
        UPDATE ${p}deliveries d SET status = 'leased', attempt = d.attempt + 1, ready_at = p_until, lease = p_lease
        FROM due WHERE d.guid = due.guid RETURNING d.*
      )
      SELECT l.place, l.guid, l.event, l.action, l.key, l.received_at, l.payload_sha256, l.attempt, b.body
      FROM leased l JOIN ${p}bodies b ON b.guid = l.guid ORDER BY l.place;
  END $$;

  CREATE FUNCTION ${p}finish(p_guid text, p_key text, p_lease text, p_status text, p_error text, p_now bigint)
  RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM ${p}wait_for_disk(false);
    PERFORM ${p}lock_key(p_key);
    UPDATE ${p}deliveries SET status = p_status, error = p_error, ended_at = p_now, ready_at = NULL, lease = NULL
      WHERE guid = p_guid AND lease = p_lease;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM ${p}promote(p_key);
    IF p_status = 'done' THEN
      DELETE FROM ${p}bodies WHERE guid = p_guid;
      PERFORM ${p}count('done', 1);
    END IF;
    PERFORM ${p}count('unfinished', -1);
    RETURN true;
  END $$;

  CREATE FUNCTION ${p}retry_now(p_guid text) RETURNS boolean LANGUAGE plpgsql AS $$
  DECLARE
    known record;
  BEGIN
    PERFORM ${p}wait_for_disk(true);
    SELECT key, status INTO known FROM ${p}deliveries WHERE guid = p_guid;
    IF known.status = 'failed' THEN RETURN ${p}requeue(p_guid, known.key); END IF;
    UPDATE ${p}deliveries SET ready_at = 0 WHERE guid = p_guid AND status = 'waiting' AND ready_at > 0;
    RETURN EXISTS (SELECT FROM ${p}deliveries WHERE guid = p_guid AND status = 'waiting');
  END $$;

  CREATE FUNCTION ${p}drop(p_guid text) RETURNS boolean LANGUAGE plpgsql AS $$
  DECLARE
    known record;
    gone record;
  BEGIN
    PERFORM ${p}wait_for_disk(true);
    SELECT key INTO known FROM ${p}deliveries WHERE guid = p_guid;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM ${p}lock_key(known.key);
    DELETE FROM ${p}deliveries WHERE guid = p_guid AND status IN ('waiting', 'failed') RETURNING ended_at INTO gone;
    IF NOT FOUND THEN RETURN false; END IF;
    DELETE FROM ${p}bodies WHERE guid = p_guid;
    PERFORM ${p}promote(known.key);
    IF gone.ended_at IS NULL THEN PERFORM ${p}count('unfinished', -1); END IF;
    RETURN true;
  END $$;

  CREATE FUNCTION ${p}purge(p_before bigint, p_limit integer) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE
    purged bigint;
  BEGIN
    DELETE FROM ${p}deliveries WHERE guid IN (
      SELECT guid FROM ${p}deliveries WHERE status = 'done' AND ended_at < p_before ORDER BY ended_at LIMIT p_limit
      FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS purged = ROW_COUNT;
    IF purged > 0 THEN PERFORM ${p}count('done', -purged); END IF;
    RETURN purged;
  END $$;
  `;
}

/**
 * What held a delivery up, and how often in a row; and when its wait began, so that no wait is longer than its own length: a delivery whose
 * wait begins in the future is due, for the clock was set back.
 */
function holdsUnder(p: string): string {
  return `
  ALTER TABLE ${p}deliveries ADD COLUMN waits_from bigint;
  ALTER TABLE ${p}deliveries ADD COLUMN held_up_by text;
  ALTER TABLE ${p}deliveries ADD COLUMN holds integer NOT NULL DEFAULT 0;

  CREATE OR REPLACE FUNCTION ${p}requeue(p_guid text, p_key text) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM ${p}lock_key(p_key);
    UPDATE ${p}deliveries
      SET place = nextval('${p}places'), status = 'waiting', attempt = 0, error = NULL, ended_at = NULL, held_up_by = NULL, holds = 0
      WHERE guid = p_guid AND status = 'failed';
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM ${p}promote(p_key);
    PERFORM ${p}count('unfinished', 1);
    RETURN true;
  END $$;

  DROP FUNCTION ${p}claim(integer, bigint, bigint, text);
  CREATE FUNCTION ${p}claim(p_limit integer, p_now bigint, p_until bigint, p_lease text)
  RETURNS TABLE (
    place bigint, guid text, event text, action text, key text, received_at text, payload_sha256 text, attempt integer, holds integer,
    body bytea
  ) LANGUAGE plpgsql AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM ${p}wait_for_disk(false);
    UPDATE ${p}deliveries SET ready_at = 0, status = 'waiting' WHERE guid IN (
      SELECT guid FROM ${p}deliveries WHERE ready_at > 0 AND ready_at <= p_now FOR UPDATE SKIP LOCKED
    );
    RETURN QUERY
      WITH due AS MATERIALIZED (
        SELECT guid FROM ${p}deliveries WHERE ready_at = 0 ORDER BY place LIMIT p_limit FOR UPDATE SKIP LOCKED
      ), leased AS (
        UPDATE ${p}deliveries d
        SET status = 'leased', attempt = d.attempt + 1, waits_from = p_now, ready_at = p_until, lease = p_lease
        FROM due WHERE d.guid = due.guid RETURNING d.*
      )
      SELECT l.place, l.guid, l.event, l.action, l.key, l.received_at, l.payload_sha256, l.attempt, l.holds, b.body
      FROM leased l JOIN ${p}bodies b ON b.guid = l.guid ORDER BY l.place;
  END $$;

  CREATE OR REPLACE FUNCTION ${p}finish(
    p_guid text, p_key text, p_lease text, p_status text, p_error text, p_now bigint
  ) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM ${p}wait_for_disk(false);
    PERFORM ${p}lock_key(p_key);
    UPDATE ${p}deliveries
      SET status = p_status, error = p_error, ended_at = p_now, ready_at = NULL, lease = NULL, held_up_by = NULL
      WHERE guid = p_guid AND lease = p_lease;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM ${p}promote(p_key);
    IF p_status = 'done' THEN
      DELETE FROM ${p}bodies WHERE guid = p_guid;
      PERFORM ${p}count('done', 1);
    END IF;
    PERFORM ${p}count('unfinished', -1);
    RETURN true;
  END $$;
  `;
}
