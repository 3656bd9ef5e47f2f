import {
  type LoopRecord,
  type RecordHead,
  type RecordId,
  type StoredEntry,
  versionConflict,
  withHistory,
} from "../core/index.js";
import { checkAppend, firstSeq } from "./check-append.js";
import { deleteRecord } from "./delete-record.js";
import { headOf } from "./head-of.js";
import { inOrder } from "./in-order.js";
import { MemoryFacts } from "./memory/facts.js";
import { MemoryItems } from "./memory/items.js";
import { MemoryPeople } from "./memory/people.js";
import { type StoreOptions, systemClock } from "./options.js";
import {
  cursorAfterHead,
  cursorAfterId,
  type Position,
  pageLimit,
  pageOf,
  readHeadCursor,
  readIdCursor,
} from "./paging.js";
import { recordTaken } from "./record-taken.js";
import type { Append, Appended, EntryRange, Facts, Items, ListQuery, LoopStore, Page, People } from "./repository.js";
import { saveRecord } from "./save-record.js";

interface Kept {
  /** Null once the record was deleted. */
  head: RecordHead | null;
  readonly entries: StoredEntry[];
  readonly written: Map<string, Appended>;
}

/** A store in the memory of this process, gone with it: for tests, trials and short-lived tools. */
export class MemoryRepository implements LoopStore {
  readonly people: People = new MemoryPeople();
  readonly items: Items;
  readonly facts: Facts;
  readonly #clock: () => Date;
  readonly #kept = new Map<RecordId, Kept>();
  readonly #linked = new Map<string, Set<RecordId>>();

  constructor(options: StoreOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.items = new MemoryItems(this.#clock);
    this.facts = new MemoryFacts(this.#clock);
  }

  save(record: LoopRecord): Promise<void> {
    return saveRecord(this, record);
  }

  async get(recordId: RecordId): Promise<LoopRecord | null> {
    const kept = this.#kept.get(recordId);
    return kept?.head ? withHistory(kept.head, [...kept.entries]) : null;
  }

  delete(recordId: RecordId): Promise<void> {
    return deleteRecord(this, recordId, this.#clock);
  }

  async listByState(state: string, limit?: number): Promise<readonly LoopRecord[]> {
    const found = this.#after(null, state).slice(0, pageLimit(limit));
    const records = await Promise.all(found.map((head) => this.get(head.recordId)));
    return records.filter((record) => record !== null);
  }

  async append(write: Append): Promise<Appended> {
    checkAppend(write);
    const { recordId } = write.head;
    const kept: Kept = this.#kept.get(recordId) ?? { head: null, entries: [], written: new Map() };
    const before = write.idempotencyKey === undefined ? undefined : kept.written.get(write.idempotencyKey);
    if (before) return { ...before, replayed: true };
    if (write.expectedVersion === 0 && !kept.head && kept.entries.length > 0) throw recordTaken(recordId);
    if ((kept.head?.version ?? 0) !== write.expectedVersion) throw versionConflict(recordId, write.expectedVersion);

    this.#kept.set(recordId, kept);
    for (const entry of write.entries) kept.entries.push(entry);
    this.#link(write);
    kept.head = write.remove ? null : headOf(write.head);
    const appended = { replayed: false, first: firstSeq(write), last: write.head.ledger.length };
    if (write.idempotencyKey !== undefined) kept.written.set(write.idempotencyKey, appended);
    return appended;
  }

  async head(recordId: RecordId): Promise<RecordHead | null> {
    const head = this.#kept.get(recordId)?.head;
    return head ? headOf(head) : null;
  }

  async entries(recordId: RecordId, range: EntryRange = {}): Promise<readonly StoredEntry[]> {
    const found = this.#kept.get(recordId)?.entries.slice(range.after ?? 0) ?? [];
    const limit = range.limit ?? found.length;
    return range.newest ? found.slice(Math.max(0, found.length - limit)) : found.slice(0, limit);
  }

  async list(query: ListQuery = {}): Promise<Page<RecordHead>> {
    const limit = pageLimit(query.limit);
    const found = this.#after(query.cursor === undefined ? null : readHeadCursor(query.cursor), query.state);
    return pageOf(found.slice(0, limit + 1).map(headOf), limit, cursorAfterHead);
  }

  async ledgers(query: Omit<ListQuery, "state"> = {}): Promise<Page<RecordId>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? "" : readIdCursor(query.cursor);
    const found = [...this.#kept.keys()].filter((recordId) => recordId > after).sort();
    return pageOf(found.slice(0, limit + 1), limit, cursorAfterId);
  }

  async findByLink(link: string): Promise<readonly RecordId[]> {
    return [...(this.#linked.get(link) ?? [])].sort();
  }

  async close(): Promise<void> {}

  #link({ head, expectedVersion, linked, unlinked = [], remove }: Append): void {
    for (const link of remove ? [...unlinked, ...head.links] : unlinked) {
      const records = this.#linked.get(link);
      records?.delete(head.recordId);
      if (records?.size === 0) this.#linked.delete(link);
    }
    if (remove) return;
    for (const link of (expectedVersion === 0 ? head.links : linked) ?? []) {
      const records = this.#linked.get(link) ?? new Set();
      this.#linked.set(link, records.add(head.recordId));
    }
  }

  #after(position: Position | null, state: string | undefined): readonly RecordHead[] {
    const found: RecordHead[] = [];
    for (const { head } of this.#kept.values()) {
      const wanted = head && (state === undefined || head.state === state);
      if (wanted && (!position || inOrder(position, head) < 0)) found.push(head);
    }
    return found.sort(inOrder);
  }
}
