import type { Inbox, InboxOptions } from "../../../src/inbox/inbox.js";

/** The storage of an inbox, empty at first. */
export interface InboxStorage {
  /** One more handle on it: what another process sees, or this one after a restart. */
  readonly open: (options?: InboxOptions) => Promise<Inbox>;
  /** Called after each test, when every handle is closed. */
  readonly dispose: () => Promise<void>;
}

/** In what inboxes may differ; what is not named here, all of them do alike. */
export interface Capabilities {
  /** One worker at a time works it, so that the leases which that one finds at its start are nobody's. */
  readonly exclusive: boolean;
  /** Of different keys, the oldest delivery is handed out first. */
  readonly ordersKeys: boolean;
  /** When a lease that has run out is no lease any more: as soon as anything is claimed, or by the time alone. */
  readonly leasesEnd: "at a claim" | "by the clock";
  /** Whether it hides what waits by a clock of its own, which the stand-in of a test has in common with the test. */
  readonly hidesByItsOwnClock: boolean;
  /** Whether what was dropped, or is known to be done, is out of the counts at once. */
  readonly countsExactly: boolean;
  /** How many random interleavings are tried: fewer where each takes long. */
  readonly runs: number;
}

/** What a test of the contract works on: renewed for each one. */
export interface Subject {
  inbox: Inbox;
  open: (options?: InboxOptions) => Promise<Inbox>;
  readonly can: Capabilities;
}
