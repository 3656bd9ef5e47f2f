/**
 * `ready_at` is set on the oldest unfinished delivery of each key and on no other, so that a claim reads what it takes and nothing
 * else: 0 it is due; otherwise the moment, in milliseconds, of its retry or of the end of its lease, and `waits_from` is the moment at
 * which that wait began. `held_up_by` and `holds` say by what, and how often in a row, it was held up. Bodies stand apart, so that a change
 * of status does not copy one. Triggers keep count of what is unfinished, so that no way to end or to take up a delivery
 * forgets to.
 */
export const INBOX_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY,
    guid TEXT NOT NULL UNIQUE,
    event TEXT NOT NULL,
    action TEXT,
    key TEXT NOT NULL,
    received_at TEXT NOT NULL,
    payload_sha256 TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'leased', 'done', 'failed')),
    attempt INTEGER NOT NULL DEFAULT 0,
    ready_at INTEGER,
    lease TEXT,
    error TEXT,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS deliveries_ready ON deliveries (ready_at, seq) WHERE ready_at IS NOT NULL;
  CREATE INDEX IF NOT EXISTS deliveries_unfinished ON deliveries (key, seq) WHERE ended_at IS NULL;
  CREATE INDEX IF NOT EXISTS deliveries_by_status ON deliveries (status, seq);
  CREATE INDEX IF NOT EXISTS deliveries_done ON deliveries (ended_at) WHERE status = 'done';
  CREATE TABLE IF NOT EXISTS bodies (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS tallies (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO tallies (name, count) VALUES ('unfinished', 0);
  CREATE TRIGGER deliveries_come AFTER INSERT ON deliveries WHEN NEW.ended_at IS NULL BEGIN
    UPDATE tallies SET count = count + 1 WHERE name = 'unfinished';
  END;
  CREATE TRIGGER deliveries_end AFTER UPDATE OF ended_at ON deliveries WHEN (OLD.ended_at IS NULL) <> (NEW.ended_at IS NULL) BEGIN
    UPDATE tallies SET count = count + iif(NEW.ended_at IS NULL, 1, -1) WHERE name = 'unfinished';
  END;
  CREATE TRIGGER deliveries_go AFTER DELETE ON deliveries WHEN OLD.ended_at IS NULL BEGIN
    UPDATE tallies SET count = count - 1 WHERE name = 'unfinished';
  END;
  `,
  `
  ALTER TABLE deliveries ADD COLUMN waits_from INTEGER;
  ALTER TABLE deliveries ADD COLUMN held_up_by TEXT;
  ALTER TABLE deliveries ADD COLUMN holds INTEGER NOT NULL DEFAULT 0;
  `,
];

/** Every statement of the inbox; the tests ask SQLite for the plan of each. */
export const SQL = {
  isInbox: "SELECT count(*) AS tables FROM sqlite_schema WHERE name IN ('deliveries', 'bodies', 'tallies')",

  insert: `INSERT INTO deliveries (guid, event, action, key, received_at, payload_sha256, ready_at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, CASE WHEN EXISTS (SELECT 1 FROM deliveries WHERE key = ?4 AND ended_at IS NULL) THEN NULL ELSE 0 END
    WHERE true ON CONFLICT (guid) DO NOTHING RETURNING seq`,
  insertBody: "INSERT INTO bodies (seq, body) VALUES (?, ?)",
  known: "SELECT seq, status, payload_sha256 FROM deliveries WHERE guid = ?",
  unfinished: "SELECT count FROM tallies WHERE name = 'unfinished'",

  fallDue: "UPDATE deliveries SET ready_at = 0, status = 'waiting' WHERE ready_at > 0 AND ready_at <= ?",
  recall: `UPDATE deliveries SET ready_at = 0, status = 'waiting'
    WHERE ready_at > 0 AND waits_from > CASE status WHEN 'leased' THEN ?2 ELSE ?1 END`,
  due: `SELECT d.seq, guid, event, action, key, received_at, payload_sha256, attempt, holds, body
    FROM deliveries d JOIN bodies USING (seq) WHERE ready_at = 0 ORDER BY d.seq LIMIT ?`,
  lease: `UPDATE deliveries SET status = 'leased', attempt = attempt + 1, waits_from = ?, ready_at = ?, lease = ?
    WHERE seq = ?`,
  nextDue: "SELECT min(ready_at) AS at FROM deliveries WHERE ready_at > ?",

  extend: "UPDATE deliveries SET status = 'leased', waits_from = ?, ready_at = ? WHERE guid = ? AND lease = ?",
  done: `UPDATE deliveries SET status = 'done', ended_at = ?, ready_at = NULL, lease = NULL, error = NULL, held_up_by = NULL
    WHERE guid = ? AND lease = ? RETURNING seq, key`,
  retry: `UPDATE deliveries SET status = 'waiting', error = ?1, waits_from = ?2, ready_at = ?3, held_up_by = ?4, lease = NULL,
    attempt = attempt - iif(?4 IS NULL, 0, 1), holds = iif(?4 IS NULL, 0, holds + 1)
    WHERE guid = ?5 AND lease = ?6`,
  setAside: `UPDATE deliveries SET status = 'failed', error = ?, ended_at = ?, ready_at = NULL, lease = NULL, held_up_by = NULL
    WHERE guid = ? AND lease = ? RETURNING seq, key`,
  release: `UPDATE deliveries SET status = 'waiting', attempt = attempt - 1, ready_at = 0, lease = NULL
    WHERE guid = ? AND lease = ?`,
  releaseAll: "UPDATE deliveries SET status = 'waiting', ready_at = 0, lease = NULL WHERE status = 'leased'",

  deleteBody: "DELETE FROM bodies WHERE seq = ?",
  /** The oldest unfinished one of a key becomes due, unless it stands there already. */
  promote: `UPDATE deliveries SET ready_at = 0
    WHERE seq = (SELECT min(seq) FROM deliveries WHERE key = ? AND ended_at IS NULL) AND ready_at IS NULL`,

  list: "SELECT * FROM deliveries WHERE seq < ? ORDER BY seq DESC LIMIT ?",
  listByStatus: "SELECT * FROM deliveries WHERE status = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
  show: "SELECT d.*, body FROM deliveries d LEFT JOIN bodies USING (seq) WHERE guid = ?",
  retryNow: "UPDATE deliveries SET ready_at = 0 WHERE guid = ? AND status = 'waiting' AND ready_at > 0",
  newSeq: "SELECT max(seq) + 1 AS seq FROM deliveries",
  requeue: `UPDATE deliveries SET seq = ?, status = 'waiting', attempt = 0, error = NULL, ended_at = NULL,
    held_up_by = NULL, holds = 0 WHERE seq = ?
    RETURNING key`,
  moveBody: "UPDATE bodies SET seq = ? WHERE seq = ?",
  drop: "DELETE FROM deliveries WHERE guid = ? AND status IN ('waiting', 'failed') RETURNING seq, key",

  countFailed: "SELECT count(*) AS count FROM deliveries WHERE status = 'failed'",
  countLeased: "SELECT count(*) AS count FROM deliveries WHERE status = 'leased' AND ready_at > ?",
  oldestWaiting: "SELECT received_at FROM deliveries WHERE status = 'waiting' ORDER BY seq LIMIT 1",
  purge: `DELETE FROM deliveries WHERE seq IN
    (SELECT seq FROM deliveries INDEXED BY deliveries_done WHERE status = 'done' AND ended_at < ? ORDER BY ended_at LIMIT ?)`,

  tally:
    "INSERT INTO tallies (name, count) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
  tallies: "SELECT name, count FROM tallies",
  tallied: "SELECT (SELECT count(*) FROM tallies) AS names, EXISTS (SELECT 1 FROM tallies WHERE name = ?) AS known",
} as const;
