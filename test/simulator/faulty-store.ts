import { createHash } from "node:crypto";
import { type Account, LoopForgeError, versionConflict } from "../../src/core/index.js";
import type { Append, LoopStore, People } from "../../src/store/repository.js";
import type { Luck } from "./luck.js";
import type { StoreFaults } from "./options.js";
import { throughEach } from "./through-each.js";
import type { Turns } from "./turns.js";

export interface Reached {
  readonly owner: object;
  readonly turns: Turns;
  readonly luck: Luck;
}

const WRITES = new Set(["append", "save", "delete", "add", "renew", "put", "identify", "forget"]);

/** A store as one process reaches it: each call waits for its turn, and may go wrong. */
export function faultyStore(store: LoopStore, { owner, turns, luck }: Reached, faults: StoreFaults): LoopStore {
  const call = (name: string, done: () => Promise<unknown>, values: readonly unknown[]) =>
    turns.take(owner, async () => {
      if (luck.strikes(faults.unavailable)) throw unavailable("refuses the connection");
      if (name === "append" && luck.strikes(faults.conflict)) throw versionConflict(recordIn(values), 0);
      const answer = await done();
      if (WRITES.has(name) && luck.strikes(faults.ambiguous)) throw unavailable("did not answer in time");
      return answer;
    });
  const parts = {
    people: throughEach(withKnownSalts(store.people), call),
    items: throughEach(store.items, call),
    facts: throughEach(store.facts, call),
  };
  return throughEach(store, call, parts);
}

/** What a conflict is about. */
function recordIn([write]: readonly unknown[]): string {
  return (write as Append).head.recordId;
}

function unavailable(why: string): LoopForgeError {
  return new LoopForgeError("store_unavailable", `The store ${why}`);
}

/** Pseudonyms stand in facts, and facts are ordered by their text: with a salt of chance, no run would be like another. */
function withKnownSalts(people: People): People {
  const salted = (account: Account) => createHash("sha256").update(`salt of ${account.id}`).digest();
  return {
    identify: (account, salt) => people.identify(account, salted(account).subarray(0, salt.length)),
    find: (person) => people.find(person),
    forget: (person) => people.forget(person),
  };
}
