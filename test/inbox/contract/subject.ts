import type { Inbox } from "../../../src/inbox/inbox.js";

/** The storage of an inbox, empty at first. */
export interface InboxStorage {
  /** One more handle on it: what another process sees, or this one after a restart. */
  readonly open: () => Promise<Inbox>;
  /** Called after each test, when every handle is closed. */
  readonly dispose: () => Promise<void>;
}

/** What a test of the contract works on: renewed for each one. */
export interface Subject {
  inbox: Inbox;
  open: () => Promise<Inbox>;
}
