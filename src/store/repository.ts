import type {
  Account,
  EntityId,
  Json,
  LoopRecord,
  PersonId,
  RecordHead,
  RecordId,
  StoredEntry,
  StoredFact,
  Timestamp,
} from "../core/index.js";

/**
 * All that the library needs of a store, and all that you write for a backend of your own.
 */
export interface Repository {
  /**
   * Keeps the record as it is, in place of an older version of it.
   * @throws LoopForgeError `version_conflict` when what is kept is not older than `record.version`, unless it is the very same, or
   * when its history is not how the record's begins; `record_exists` when a deleted record had the id.
   */
  save(record: LoopRecord): Promise<void>;
  get(recordId: RecordId): Promise<LoopRecord | null>;
  /** Takes the record out of `get` and lists. Deleting one that is not there does nothing. */
  delete(recordId: RecordId): Promise<void>;
  /** Records in a state, the least recently updated first. */
  listByState(state: string, limit?: number): Promise<readonly LoopRecord[]>;
}

/** What the App needs on top: writes that cost the same however long the history is, and look-ups. Every shipped backend is one. */
export interface LoopStore extends Repository {
  /**
   * Writes entries and head together, or nothing. The one write of the App's path.
   * @throws LoopForgeError `version_conflict` when the record is not at `expectedVersion`; `record_exists` when it is to be new and a
   * deleted record's ledger has the id: reading again would not help.
   */
  append(write: Append): Promise<Appended>;
  /** The record without its history. */
  head(recordId: RecordId): Promise<RecordHead | null>;
  /** A stretch of a ledger. Of a deleted record, too. */
  entries(recordId: RecordId, range?: EntryRange): Promise<readonly StoredEntry[]>;
  /** Heads, the least recently updated first (ties by record id), a page at a time. */
  list(query?: ListQuery): Promise<Page<RecordHead>>;
  /** Every record that has a ledger, the deleted ones included, in the order of their ids. */
  ledgers(query?: Omit<ListQuery, "state">): Promise<Page<RecordId>>;
  /** The records that have the link, in the order of their ids. */
  findByLink(link: string): Promise<readonly RecordId[]>;
  readonly people: People;
  readonly items: Items;
  readonly facts: Facts;
  /** What an operator should know of how the store is set up, a line each. */
  readonly warnings?: readonly string[];
  /**
   * Whether what is written can still be found after a new start; absent where the storage is not this process's own.
   * @throws StorageBroken once it cannot, and from then on
   */
  check?(): Promise<void>;
  close(): Promise<void>;
}

export interface Append {
  /** The record after the write. Its `version` is one more than expected; a record saved as a whole may have gone further. */
  readonly head: RecordHead;
  /** The version that was read; 0 for a record that must not be there yet. */
  readonly expectedVersion: number;
  readonly entries: readonly StoredEntry[];
  /**
   * Links that the record has now and did not have before: a store writes what changed and compares nothing. Not needed for a new
   * record, all of whose links are new.
   */
  readonly linked?: readonly string[];
  /** Links that the record had before and does not have now. */
  readonly unlinked?: readonly string[];
  /** The same key on the same record writes once: a replay answers what was written the first time. */
  readonly idempotencyKey?: string;
  /** The record and its links go, its ledger stays: `entries` ends in one of kind `deleted`. */
  readonly remove?: boolean;
}

export interface Appended {
  /** True when the idempotency key had been used: nothing was written now. */
  readonly replayed: boolean;
  /** The entries written, then or now: from the first to the last `seq`; `last` is one less than `first` when there were none. */
  readonly first: number;
  readonly last: number;
}

export interface EntryRange {
  /** Only entries with a greater `seq`. */
  readonly after?: number;
  /** Only so many; all by default. */
  readonly limit?: number;
  /** Takes them from the end; what is returned is in order all the same. */
  readonly newest?: boolean;
}

export interface ListQuery {
  readonly state?: string;
  /** Where the last page ended. */
  readonly cursor?: string;
  /** At most so many; 100 by default. */
  readonly limit?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly cursor: string | null;
}

/** Who the pseudonyms are: the only place where a login is at rest. */
export interface People {
  /**
   * The person for an account: the known one, its login brought up to date, or a new one made with `salt`.
   * Two callers at once get the same person.
   */
  identify(account: Account, salt: Uint8Array): Promise<PersonId>;
  find(person: PersonId): Promise<KnownPerson | null>;
  /** Forgets a person: the pseudonym stays wherever it stands, and nothing leads from it to an account any more. */
  forget(person: PersonId): Promise<boolean>;
}

export interface KnownPerson {
  readonly person: PersonId;
  readonly account: Account;
  readonly salt: Uint8Array;
}

/**
 * What GitHub said about its issues, pull requests, commits and repositories: a set for each entity, which only grows. Adding a fact costs
 * the same however many are stored, and reading an entity is one query.
 */
export interface Facts {
  /**
   * Adds facts. Of two with the same entity and key, the one with the smaller (`at`, `receivedAt`) stays, whichever is added first: adding
   * is idempotent and independent of order. Facts of one call need not become visible together.
   * @param expiresAt from then on they may be gone; the later of two for the same fact counts
   */
  add(facts: readonly StoredFact[], expiresAt: Timestamp): Promise<void>;
  /** All facts of these entities that have not expired, ordered by entity and key (code units). Sees every add that has resolved. */
  of(entities: readonly EntityId[]): Promise<readonly StoredFact[]>;
  /** Lets all facts of these entities live until then at the least. */
  renew(entities: readonly EntityId[], expiresAt: Timestamp): Promise<void>;
  /** Every fact that has not expired, a page at a time, for copies: in an order of the store's own. */
  list(query?: Omit<ListQuery, "state">): Promise<Page<KeptFact>>;
}

/** A fact and how long it is kept. */
export interface KeptFact {
  readonly fact: StoredFact;
  readonly expiresAt: Timestamp;
}

/**
 * Small JSON values beside the records, in collections: observations that wait for their record, what was last published, places
 * where a long job goes on.
 */
export interface Items {
  get(collection: string, id: string): Promise<Json | null>;
  /** All of a collection that has not expired, in the order of their ids. */
  list(collection: string): Promise<readonly { readonly id: string; readonly value: Json }[]>;
  put(collection: string, id: string, value: Json, options?: { readonly expiresAt?: Timestamp }): Promise<void>;
  delete(collection: string, id: string): Promise<void>;
}
