import { LoopForgeError } from "../../src/core/index.js";
import type { Claim, Inbox } from "../../src/inbox/inbox.js";
import type { Reached } from "./faulty-store.js";
import type { InboxFaults } from "./options.js";
import { throughEach } from "./through-each.js";

/** An inbox as one process reaches it: each call waits for its turn, and may go wrong. */
export function faultyInbox(
  inbox: Inbox,
  { owner, turns, luck }: Reached,
  { faults, onDone }: { readonly faults: InboxFaults; readonly onDone: (guid: string) => void },
): Inbox {
  const call = (name: string, done: () => Promise<unknown>, [claim]: readonly unknown[]) =>
    turns.take(owner, async () => {
      if (luck.strikes(faults.unavailable)) throw inboxUnavailable();
      const answer = await done();
      if (name === "done" && answer === true) onDone((claim as Claim).guid);
      if (luck.strikes(faults.ambiguous)) throw inboxUnavailable();
      return answer;
    });
  return throughEach(inbox, call);
}

function inboxUnavailable(): LoopForgeError {
  return new LoopForgeError("inbox_unavailable", "The inbox does not answer");
}
