import { afterEach, beforeEach, describe } from "vitest";
import type { Inbox } from "../../src/inbox/inbox.js";
import { describeClaim } from "./contract/claim.js";
import { describeInterleavings } from "./contract/interleavings.js";
import { describePerson } from "./contract/person.js";
import { describePut } from "./contract/put.js";
import type { InboxStorage, Subject } from "./contract/subject.js";

/** What every inbox must do. A new one only names itself and says how its storage is made and opened. */
export function describeInbox(name: string, create: () => Promise<InboxStorage>): void {
  describe(name, () => {
    const subject = {} as Subject;
    let storage: InboxStorage;
    let opened: Inbox[];

    beforeEach(async () => {
      storage = await create();
      opened = [];
      subject.open = async () => {
        const handle = await storage.open();
        opened.push(handle);
        return handle;
      };
      subject.inbox = await subject.open();
    });
    afterEach(async () => {
      for (const handle of opened) await handle.close();
      await storage.dispose();
    });

    describePut(subject);
    describeClaim(subject);
    describePerson(subject);
  });

  describe(name, () => describeInterleavings(create));
}
