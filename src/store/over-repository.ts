import { type LoopRecord, type RecordHead, versionConflict, withHistory } from "../core/index.js";
import { headOf } from "./head-of.js";
import { MemoryRepository } from "./memory.js";
import type { LoopStore, Repository } from "./repository.js";

/** The part of a store that the service writes records with. */
export type RecordStore = Pick<LoopStore, "head" | "entries" | "append" | "people">;

/** A store as the service needs it: a shipped backend as it is, a four-method repository of the user's own with the rest made of those. */
export function recordStore(repository: Repository): RecordStore {
  return isLoopStore(repository) ? repository : new OverRepository(repository);
}

function isLoopStore(repository: Repository): repository is LoopStore {
  return "append" in repository && "head" in repository;
}

/**
 * Reads and saves whole records. Writers in this process take turns; against writers elsewhere, the repository's own `save` is what
 * refuses a version that it has moved past. Pseudonyms last as long as the process.
 */
class OverRepository implements RecordStore {
  readonly people = new MemoryRepository().people;
  readonly #repository: Repository;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  async head(recordId: LoopRecord["recordId"]): Promise<RecordHead | null> {
    const record = await this.#repository.get(recordId);
    return record && headOf(record);
  }

  async entries(recordId: LoopRecord["recordId"]): Promise<LoopRecord["entries"]> {
    return (await this.#repository.get(recordId))?.entries ?? [];
  }

  append(write: Parameters<LoopStore["append"]>[0]): ReturnType<LoopStore["append"]> {
    const { recordId } = write.head;
    const turn = (this.#turns.get(recordId) ?? Promise.resolve()).then(() => this.#append(write));
    const settled = turn
      .catch(() => {})
      .then(() => {
        if (this.#turns.get(recordId) === settled) this.#turns.delete(recordId);
      });
    this.#turns.set(recordId, settled);
    return turn;
  }

  async #append({
    head,
    expectedVersion,
    entries,
  }: Parameters<LoopStore["append"]>[0]): ReturnType<LoopStore["append"]> {
    const known = await this.#repository.get(head.recordId);
    if ((known?.version ?? 0) !== expectedVersion) throw versionConflict(head.recordId, expectedVersion);
    await this.#repository.save(withHistory(head, [...(known?.entries ?? []), ...entries]));
    return { replayed: false, first: head.ledger.length - entries.length + 1, last: head.ledger.length };
  }
}
