import { describe, expect, it } from "vitest";
import type { Claim, Inbox } from "../../../src/inbox/inbox.js";
import { at, delivery, LEASE_MS } from "../deliveries.js";
import type { Subject } from "./subject.js";

const KEYS = 4;
const A_KEY = 12;

/** Several workers on one storage, really at once. */
export function describeSideBySide(subject: Subject): void {
  describe("given two handles that put and two that work, all at once", () => {
    it("then each delivery is handled once, one of a key at a time, in the order in which it was put", async () => {
      const [one, other] = [subject.inbox, await subject.open()];
      const busy = new Set<string>();
      const handled = new Map<string, string[]>();
      let left = KEYS * A_KEY;

      const putAll = async (inbox: Inbox, keys: readonly number[]) => {
        for (let n = 0; n < A_KEY; n++) {
          const puts = keys.map((key) => inbox.put(delivery(`${key}-${n}`, { key: `k${key}` })));
          expect(new Set(await Promise.all(puts))).toEqual(new Set(["stored"]));
        }
      };
      const handle = async (inbox: Inbox, claim: Claim) => {
        expect(busy).not.toContain(claim.key);
        busy.add(claim.key);
        expect(await inbox.extend(claim, at(0), LEASE_MS)).toBe(true);
        handled.set(claim.key, [...(handled.get(claim.key) ?? []), claim.guid]);
        left -= 1;
        busy.delete(claim.key);
        expect(await inbox.done(claim, at(0))).toBe(true);
      };
      const workAll = async (inbox: Inbox) => {
        while (left > 0) {
          const claims = await inbox.claim(2, at(0), LEASE_MS);
          await Promise.all(claims.map((claim) => handle(inbox, claim)));
        }
      };
      await Promise.all([putAll(one, [0, 1]), putAll(other, [2, 3]), workAll(one), workAll(other)]);

      for (let key = 0; key < KEYS; key++) {
        expect(handled.get(`k${key}`)).toEqual(Array.from({ length: A_KEY }, (_, n) => `${key}-${n}`));
      }
      expect(await one.stats(at(0))).toMatchObject({ waiting: 0, leased: 0, failed: 0, done: KEYS * A_KEY });
    });

    it("when one GUID is put by both, then it is stored once", async () => {
      const other = await subject.open();
      for (let n = 0; n < 5; n++) {
        const puts = [subject.inbox, other, subject.inbox, other].map((inbox) => inbox.put(delivery(`d${n}`)));
        expect((await Promise.all(puts)).toSorted()).toEqual(["duplicate", "duplicate", "duplicate", "stored"]);
      }
      expect(await other.claim(10, at(0), LEASE_MS)).toHaveLength(5);
    });
  });
}
