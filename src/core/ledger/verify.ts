import type { Hash, RecordId } from "../brand.js";
import { LoopForgeError } from "../errors.js";
import type { Json } from "../json.js";
import { canonicalJson } from "./canonical.js";
import { type Entry, entryHash, parseEntry, type StoredEntry } from "./entry.js";
import { movesState } from "./record.js";

/** One place where a ledger does not hold, and what is wrong there. */
export interface Break {
  readonly recordId: RecordId;
  /** The entry's place; 0 for the record's head. */
  readonly seq: number;
  readonly problem: string;
}

/** What a record's head says its ledger must end in. */
export interface LedgerEnd {
  readonly state: string;
  readonly ledger: { readonly length: number; readonly hash: Hash | null };
}

/**
 * Holds one record's ledger against itself and against its head. Finds every changed, removed, inserted, reordered and cut-off
 * entry. Take entries in one at a time: a ledger of any length is checked in constant memory.
 */
export class LedgerVerifier {
  readonly breaks: Break[] = [];
  readonly #recordId: RecordId;
  #seq = 0;
  #hash: Hash | null = null;
  #state: string | null = null;
  #last: Entry | null = null;

  constructor(recordId: RecordId) {
    this.#recordId = recordId;
  }

  get length(): number {
    return this.#seq;
  }

  /** The hash of the newest entry taken in: what anyone who noted it can hold against a later copy. */
  get hash(): Hash | null {
    return this.#hash;
  }

  add(stored: StoredEntry): void {
    const report = (problem: string) => this.breaks.push({ recordId: this.#recordId, seq: stored.seq, problem });
    if (entryHash(stored.text) !== stored.hash) report("its text was changed: the hash does not fit");
    if (stored.seq !== this.#seq + 1) {
      report(
        stored.seq > this.#seq + 1 ? `${gap(this.#seq + 1, stored.seq - 1)} missing before it` : "it stands twice",
      );
    }
    const entry = this.#parse(stored.text, report);
    if (entry) this.#chain(entry, stored, report);
    this.#seq = stored.seq;
    this.#hash = stored.hash;
  }

  /** Call last. `head` is null where the record was deleted: its ledger must then end in a `deleted` entry. */
  finish(head: LedgerEnd | null): readonly Break[] {
    const report = (problem: string) => this.breaks.push({ recordId: this.#recordId, seq: 0, problem });
    if (head === null) {
      if (this.#last?.kind !== "deleted") report("the record is gone, and its ledger does not say that it was deleted");
      return this.breaks;
    }
    if (this.#last?.kind === "deleted") report("the record is there, and its ledger says that it was deleted");
    if (head.ledger.length > this.#seq) report(`${gap(this.#seq + 1, head.ledger.length)} cut off the end`);
    if (head.ledger.length < this.#seq)
      report(`the ledger goes on after entry ${head.ledger.length}, which the record calls the last`);
    if (head.ledger.length === this.#seq && head.ledger.hash !== this.#hash)
      report("the last entry is not the one that the record names");
    if (head.ledger.length === this.#seq && this.#state !== null && head.state !== this.#state) {
      report(`the record says ${head.state}, its ledger ends in ${this.#state}`);
    }
    return this.breaks;
  }

  #parse(text: string, report: (problem: string) => void): Entry | null {
    try {
      if (canonicalJson(JSON.parse(text) as Json) !== text) report("its text is not in canonical form");
      return parseEntry(text);
    } catch (error) {
      if (error instanceof LoopForgeError) report(error.message);
      else if (error instanceof RangeError) report("its text is nested too deep");
      else if (error instanceof SyntaxError || error instanceof TypeError) report("its text is not JSON");
      else throw error;
      return null;
    }
  }

  #chain(entry: Entry, stored: StoredEntry, report: (problem: string) => void): void {
    if (entry.recordId !== this.#recordId) report(`it belongs to ${entry.recordId}`);
    if (entry.seq !== stored.seq) report(`its text says entry ${entry.seq}`);
    if (entry.prevHash !== this.#hash) report("it does not follow the entry before it");
    if (movesState(entry)) {
      if (entry.fromState !== this.#state) report(`it leaves ${entry.fromState}, but the record was in ${this.#state}`);
      this.#state = entry.toState;
    }
    this.#last = entry;
  }
}

function gap(first: number, last: number): string {
  return first === last ? `entry ${first} is` : `entries ${first} to ${last} are`;
}
