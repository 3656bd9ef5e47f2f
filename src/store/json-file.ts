import {
  LoopForgeError,
  type LoopRecord,
  type RecordHead,
  type RecordId,
  type StoredEntry,
  withHistory,
} from "../core/index.js";
import { checkAppend } from "./check-append.js";
import { deleteRecord } from "./delete-record.js";
import { headOf } from "./head-of.js";
import { inOrder } from "./in-order.js";
import { appendTo, type Kept } from "./json-file/contents.js";
import { JsonFileFacts } from "./json-file/facts.js";
import { JsonFileItems } from "./json-file/items.js";
import { JsonFileKeeper } from "./json-file/keeper.js";
import { JsonFilePeople } from "./json-file/people.js";
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
import type { Append, Appended, EntryRange, Facts, Items, ListQuery, LoopStore, Page, People } from "./repository.js";
import { saveRecord } from "./save-record.js";

/**
 * A store in one JSON file that a person can read, and edit while LoopForge does not run. All of it is in memory, and all of it is written
 * at every change: for small numbers, some thousands of entries. One process at a time.
 */
export class JsonFileRepository implements LoopStore {
  readonly people: People;
  readonly items: Items;
  readonly facts: Facts;
  readonly #keeper: JsonFileKeeper;
  readonly #clock: () => Date;

  private constructor(keeper: JsonFileKeeper, clock: () => Date) {
    this.#keeper = keeper;
    this.#clock = clock;
    this.people = new JsonFilePeople(keeper);
    this.items = new JsonFileItems(keeper, clock);
    this.facts = new JsonFileFacts(keeper, clock);
  }

  /**
   * Reads the file, if it is there, and takes its lock.
   * @throws LoopForgeError `store_unavailable` (for one, where another process has it: it says which), `corrupt_ledger`, `store_schema`
   */
  static async open(file: string, options: StoreOptions = {}): Promise<JsonFileRepository> {
    return new JsonFileRepository(await JsonFileKeeper.open(file, new Date()), options.clock ?? systemClock);
  }

  save(record: LoopRecord): Promise<void> {
    return saveRecord(this, record);
  }

  async get(recordId: RecordId): Promise<LoopRecord | null> {
    const kept = this.#kept(recordId);
    return kept?.head ? whole(kept.head, checked(kept)) : null;
  }

  delete(recordId: RecordId): Promise<void> {
    return deleteRecord(this, recordId, this.#clock);
  }

  async listByState(state: string, limit?: number): Promise<readonly LoopRecord[]> {
    const heads = this.#after(null, state).slice(0, pageLimit(limit));
    return heads.map((head) => whole(head, this.#kept(head.recordId)));
  }

  async append(write: Append): Promise<Appended> {
    checkAppend(write);
    return this.#keeper.write((contents) => appendTo(contents, write));
  }

  async head(recordId: RecordId): Promise<RecordHead | null> {
    const kept = this.#kept(recordId);
    return kept?.head ? headOf(checked(kept).head ?? kept.head) : null;
  }

  async entries(recordId: RecordId, range: EntryRange = {}): Promise<readonly StoredEntry[]> {
    const { after = 0, newest = false } = range;
    const found = (this.#kept(recordId)?.entries ?? []).filter((entry) => entry.seq > after);
    const limit = range.limit ?? found.length;
    return newest ? found.slice(Math.max(0, found.length - limit)) : found.slice(0, limit);
  }

  async list(query: ListQuery = {}): Promise<Page<RecordHead>> {
    const limit = pageLimit(query.limit);
    const found = this.#after(query.cursor === undefined ? null : readHeadCursor(query.cursor), query.state);
    return pageOf(found.slice(0, limit + 1).map(headOf), limit, cursorAfterHead);
  }

  async ledgers(query: Omit<ListQuery, "state"> = {}): Promise<Page<RecordId>> {
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? "" : readIdCursor(query.cursor);
    const found = [...this.#keeper.contents.records.values()].filter((kept) => kept.entries.length > 0);
    const ids = found.map((kept) => kept.recordId).filter((id) => id > after);
    return pageOf(ids.sort().slice(0, limit + 1), limit, cursorAfterId);
  }

  async findByLink(link: string): Promise<readonly RecordId[]> {
    const found = [...this.#keeper.contents.records.values()].filter(({ head }) => head?.links.includes(link));
    return found.map((kept) => kept.recordId).sort();
  }

  close(): Promise<void> {
    return this.#keeper.close();
  }

  #kept(recordId: RecordId): Kept | undefined {
    return this.#keeper.contents.records.get(recordId);
  }

  #after(position: Position | null, state: string | undefined): readonly RecordHead[] {
    const found: RecordHead[] = [];
    for (const { head } of this.#keeper.contents.records.values()) {
      const isWanted = head && (state === undefined || head.state === state);
      if (isWanted && (!position || inOrder(position, head) < 0)) found.push(head);
    }
    return found.sort(inOrder);
  }
}

/** @throws LoopForgeError `corrupt_ledger` when the file says of the record what its entries do not. */
function checked(kept: Kept): Kept {
  if (kept.tampered) throw new LoopForgeError("corrupt_ledger", kept.tampered.why);
  return kept;
}

function whole(head: RecordHead, kept: Kept | undefined): LoopRecord {
  return withHistory(headOf(head), [...(kept?.entries ?? [])]);
}
