import { afterEach, beforeEach, describe } from "vitest";
import type { Inbox } from "../../src/inbox/inbox.js";
import { describeBodies } from "./contract/bodies.js";
import { describeClaim } from "./contract/claim.js";
import { describeInterleavings } from "./contract/interleavings.js";
import { describeLimit } from "./contract/limit.js";
import { describePerson } from "./contract/person.js";
import { describePut } from "./contract/put.js";
import { describeSideBySide } from "./contract/side-by-side.js";
import type { Capabilities, InboxStorage, Subject } from "./contract/subject.js";

const ALL: Capabilities = {
  ...{ exclusive: true, ordersKeys: true, countsExactly: true, leasesEnd: "at a claim", runs: 60 },
  hidesByItsOwnClock: false,
};

/** What every inbox must do. A new one only names itself and says how its storage is made and opened, and in what it differs. */
export function describeInbox(
  name: string,
  create: () => Promise<InboxStorage>,
  differs: Partial<Capabilities> = {},
): void {
  const can = { ...ALL, ...differs };
  describe(`${name} as an Inbox`, () => {
    const subject = { can } as Subject;
    let storage: InboxStorage;
    let opened: Inbox[];

    beforeEach(async () => {
      storage = await create();
      opened = [];
      subject.open = async (options) => {
        const handle = await storage.open(options);
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
    describeBodies(subject);
    describeLimit(subject);
    describeClaim(subject);
    describePerson(subject);
    describeSideBySide(subject);
  });

  describe(`${name} as an Inbox`, () => describeInterleavings(create, can));
}
