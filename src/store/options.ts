import type { Disk } from "./disk.js";

/** What every shipped store takes, beside where it keeps its data. */
export interface StoreOptions {
  /** The time for what a store dates by itself: the entry that closes a deleted record's ledger, and what has expired. */
  readonly clock?: () => Date;
  /** SQLite's way to the disk; the system's own by default. */
  readonly disk?: Disk;
}

export const systemClock = () => new Date();
