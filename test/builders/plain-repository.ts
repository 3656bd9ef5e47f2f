import { decodeRecord, encodeRecord, type LoopRecord, type RecordId, versionConflict } from "../../src/core/index.js";
import type { Repository } from "../../src/store/repository.js";

/** What a user of the library may write for a backend of their own: four methods, and a record a row of JSON text. */
export class PlainRepository implements Repository {
  readonly #rows = new Map<RecordId, string>();

  async save(record: LoopRecord): Promise<void> {
    const kept = await this.get(record.recordId);
    if (kept && kept.version >= record.version) throw versionConflict(record.recordId, record.version - 1);
    this.#rows.set(record.recordId, JSON.stringify(encodeRecord(record)));
  }

  async get(recordId: RecordId): Promise<LoopRecord | null> {
    const row = this.#rows.get(recordId);
    return row === undefined ? null : decodeRecord(JSON.parse(row));
  }

  async delete(recordId: RecordId): Promise<void> {
    this.#rows.delete(recordId);
  }

  async listByState(state: string, limit = 100): Promise<readonly LoopRecord[]> {
    const records = [...this.#rows.values()].map((row) => decodeRecord(JSON.parse(row)));
    const found = records.filter((record) => record.state === state);
    return found.sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1)).slice(0, limit);
  }
}
