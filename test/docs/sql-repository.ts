import Database from "libsql";
import {
  decodeRecord,
  encodeRecord,
  LoopForgeError,
  type LoopRecord,
  type RecordId,
  type Repository,
  versionConflict,
} from "../../src/index.js";

const TABLE = `CREATE TABLE IF NOT EXISTS loops (
  record_id TEXT PRIMARY KEY, state TEXT, updated_at TEXT, version INTEGER, ledger_length INTEGER, ledger_hash TEXT, record TEXT)`;
const INSERT = "INSERT INTO loops VALUES (@id, @state, @at, @version, @length, @hash, @record) ON CONFLICT DO NOTHING";
const UPDATE = `UPDATE loops SET state = @state, updated_at = @at, version = @version, ledger_length = @length,
  ledger_hash = @hash, record = @record WHERE record_id = @id AND version = @before`;

interface Row {
  readonly version: number;
  readonly ledger_length: number;
  readonly ledger_hash: string | null;
  /** Null once the record was deleted: its id is not used again. */
  readonly record: string | null;
}

/** A table of a SQL database: a row a record, the whole record as JSON. */
export class SqlRepository implements Repository {
  readonly #db: Database.Database;

  constructor(file: string) {
    this.#db = new Database(file, { timeout: 5000 });
    this.#db.exec(TABLE);
  }

  async save(record: LoopRecord): Promise<void> {
    const { recordId, version, ledger } = record;
    const kept = this.#row(recordId);
    if (kept?.record === null) throw new LoopForgeError("record_exists", `Record ${recordId} was deleted`);
    if (kept?.version === version && kept.ledger_hash === ledger.hash) return;

    const begins = kept === undefined || record.entries[kept.ledger_length - 1]?.hash === kept.ledger_hash;
    const isNewer = kept === undefined || kept.version < version;
    const values = {
      ...{ id: recordId, state: record.state, at: record.updatedAt, version, length: ledger.length, hash: ledger.hash },
      record: JSON.stringify(encodeRecord(record)),
    };
    // The database decides between writers at once: a row that was not there before, or is still at the version that was read.
    const write = () =>
      kept ? this.#db.prepare(UPDATE).run({ ...values, before: kept.version }) : this.#db.prepare(INSERT).run(values);
    if (!begins || !isNewer || write().changes === 0) throw versionConflict(recordId, version - 1);
  }

  async get(recordId: RecordId): Promise<LoopRecord | null> {
    const row = this.#row(recordId);
    return row?.record ? decodeRecord(JSON.parse(row.record)) : null;
  }

  async delete(recordId: RecordId): Promise<void> {
    this.#db.prepare("UPDATE loops SET state = NULL, record = NULL WHERE record_id = ?").run(recordId);
  }

  async listByState(state: string, limit = 100): Promise<readonly LoopRecord[]> {
    const sql = "SELECT record FROM loops WHERE state = ? ORDER BY updated_at, record_id LIMIT ?";
    const rows = this.#db.prepare(sql).all(state, limit) as { record: string }[];
    return rows.map((row) => decodeRecord(JSON.parse(row.record)));
  }

  #row(recordId: RecordId): Row | undefined {
    const sql = "SELECT version, ledger_length, ledger_hash, record FROM loops WHERE record_id = ?";
    return this.#db.prepare(sql).get(recordId) as Row | undefined;
  }
}
