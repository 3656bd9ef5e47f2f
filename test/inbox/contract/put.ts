import { beforeEach, describe, expect, it } from "vitest";
import type { Inbox } from "../../../src/inbox/inbox.js";
import { at, claimOne, delivery, guidsOf, LEASE_MS } from "../deliveries.js";
import type { Subject } from "./subject.js";

/** What is taken, and what is refused. */
export function describePut(subject: Subject): void {
  let inbox: Inbox;
  beforeEach(() => {
    inbox = subject.inbox;
  });
  const open = () => subject.open();

  describe("put", () => {
    it("keeps a delivery over a restart", async () => {
      const kept = delivery("a", { action: null, key: "repo 1" });
      expect(await inbox.put(kept)).toBe("stored");
      await inbox.close();
      expect(await claimOne(await open(), at(0))).toMatchObject({ ...kept, attempt: 1 });
    });

    it("knows a GUID that waits, is leased or is done", async () => {
      await inbox.put(delivery("a"));
      expect(await inbox.put(delivery("a"))).toBe("duplicate");
      const claim = await claimOne(inbox, at(0));
      expect(await inbox.put(delivery("a"))).toBe("duplicate");
      await inbox.done(claim, at(1));
      expect(await inbox.put(delivery("a"))).toBe("duplicate");
      expect(await inbox.claim(10, at(2), LEASE_MS)).toEqual([]);
    });

    it("stores one of many that come at once with the same GUID", async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => inbox.put(delivery("a"))));
      expect(answers.toSorted()).toEqual([...Array.from({ length: 9 }, () => "duplicate"), "stored"]);
    });

    it("takes one up again that was set aside, behind the others of its key", async () => {
      await inbox.put(delivery("a", { key: "k" }));
      await inbox.setAside(await claimOne(inbox, at(0)), "no such field", at(0));
      await inbox.put(delivery("b", { key: "k" }));
      expect(await inbox.put(delivery("a", { key: "k" }))).toBe("requeued");
      expect(await inbox.put(delivery("a", { key: "k" }))).toBe("duplicate");
      expect(await inbox.show("a")).toMatchObject({ status: "waiting", attempt: 0, error: null, endedAt: null });
      const first = await claimOne(inbox, at(1));
      expect(first.guid).toBe("b");
      await inbox.done(first, at(1));
      expect(await claimOne(inbox, at(1))).toMatchObject(delivery("a", { key: "k" }));
    });

    it("refuses another payload under a known GUID", async () => {
      await inbox.put(delivery("a"));
      const other = delivery("a", { body: "{}" });
      await expect(inbox.put(other)).rejects.toMatchObject({ code: "delivery_mismatch" });
      await inbox.done(await claimOne(inbox, at(0)), at(0));
      await expect(inbox.put(other)).rejects.toMatchObject({ code: "delivery_mismatch" });
    });

    it("refuses one of a batch and keeps the others", async () => {
      await inbox.put(delivery("a"));
      const puts = [delivery("b"), delivery("a", { body: "{}" }), delivery("c")].map((one) => inbox.put(one));
      const outcomes = await Promise.allSettled(puts);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect((await guidsOf(inbox.claim(10, at(0), LEASE_MS))).toSorted()).toEqual(["a", "b", "c"]);
    });

    it.each([
      "'; DROP TABLE deliveries; --",
      "../../etc/passwd",
      "__proto__",
      "a\nb\r\u001b[31m",
      "%00?&=#",
      "é😀\u202e",
      "x".repeat(500),
      "0",
      "null",
    ])("takes any name as it is: %j", async (hostile) => {
      const odd = delivery(hostile, { event: hostile, action: hostile, key: hostile });
      await inbox.put(odd);
      await inbox.ignore(hostile);
      expect(await inbox.put(odd)).toBe("duplicate");
      expect(await inbox.show(hostile)).toMatchObject(odd);
      expect((await inbox.list()).items).toMatchObject([{ guid: hostile, event: hostile }]);
      const claim = await claimOne(inbox, at(0));
      expect(claim).toMatchObject(odd);
      expect(await inbox.done(claim, at(0))).toBe(true);
      expect(Object.values((await inbox.stats(at(0))).ignored)).toEqual([1]);
    });

    it.each(["", "a\0b", "\ud800", "x".repeat(501)])(
      "refuses a name that not every store can keep: %j",
      async (name) => {
        for (const odd of [delivery(name), delivery("a", { key: name }), delivery("a", { event: name })]) {
          await expect(inbox.put(odd)).rejects.toMatchObject({ code: "usage" });
        }
        expect((await inbox.list()).items).toEqual([]);
      },
    );
  });
}
