import { beforeEach, describe, expect, it } from "vitest";
import type { Inbox } from "../../../src/inbox/inbox.js";
import { at, claimOne, delivery, LEASE_MS } from "../deliveries.js";
import type { Subject } from "./subject.js";

/** What a person sees of an inbox and does to it. */
export function describePerson(subject: Subject): void {
  let inbox: Inbox;
  beforeEach(() => {
    inbox = subject.inbox;
  });
  const open = () => subject.open();

  describe("for a person", () => {
    it("what was set aside keeps its reason and its body, and lets its key go on", async () => {
      for (const guid of ["a", "b"]) await inbox.put(delivery(guid, { key: "k" }));
      expect(await inbox.setAside(await claimOne(inbox, at(0)), "no head SHA\0", at(5))).toBe(true);
      const [listed] = (await inbox.list({ status: "failed" })).items;
      expect(listed).toMatchObject({
        guid: "a",
        status: "failed",
        error: "no head SHA",
        endedAt: at(5).toISOString(),
      });
      expect(listed).not.toHaveProperty("body");
      expect((await inbox.show("a"))?.body).toBe(delivery("a").body);
      expect(await claimOne(inbox, at(5))).toMatchObject({ guid: "b" });
    });

    it("what is done is shown without its body", async () => {
      await inbox.put(delivery("a"));
      await inbox.done(await claimOne(inbox, at(0)), at(3));
      const shown = { status: "done", attempt: 1, body: null, endedAt: at(3).toISOString(), dueAt: null };
      expect(await inbox.show("a")).toMatchObject(shown);
      expect(await inbox.show("b")).toBeNull();
    });

    it("lists the newest first, by status and in pages", async () => {
      for (const guid of ["a", "b", "c", "d", "e"]) await inbox.put(delivery(guid));
      await inbox.done(await claimOne(inbox, at(0)), at(0));
      await inbox.claim(1, at(0), LEASE_MS);
      const guids = async (status: "waiting" | "leased" | "done" | "failed") =>
        (await inbox.list({ status })).items.map((item) => item.guid);
      expect(await guids("waiting")).toEqual(["e", "d", "c"]);
      expect(await guids("leased")).toEqual(["b"]);
      expect(await guids("done")).toEqual(["a"]);
      expect(await guids("failed")).toEqual([]);
      const pages: string[][] = [];
      let cursor: string | null = null;
      do {
        const page = await inbox.list(cursor === null ? { limit: 2 } : { limit: 2, cursor });
        pages.push(page.items.map((item) => item.guid));
        cursor = page.cursor;
      } while (cursor !== null);
      expect(pages).toEqual([["e", "d"], ["c", "b"], ["a"]]);
      await expect(inbox.list({ cursor: "' OR 1" })).rejects.toMatchObject({ code: "usage" });
    });

    it("retryNow: one that was set aside, one that waits for its time, and no other", async () => {
      for (const guid of ["a", "b", "c"]) await inbox.put(delivery(guid));
      await inbox.setAside(await claimOne(inbox, at(0)), "x", at(0));
      await inbox.retry(await claimOne(inbox, at(0)), { error: "x", failedAt: at(0), dueAt: at(1000) });
      const leased = await claimOne(inbox, at(0));
      expect(await inbox.retryNow("c")).toBe(false);
      expect(await inbox.retryNow("nobody")).toBe(false);
      await inbox.done(leased, at(0));
      expect(await inbox.retryNow("c")).toBe(false);
      expect(await (await open()).retryNow("a")).toBe(true);
      expect(await inbox.retryNow("b")).toBe(true);
      const claims = await inbox.claim(10, at(1), LEASE_MS);
      expect(new Map(claims.map(({ guid, attempt }) => [guid, attempt]))).toEqual(
        new Map([
          ["a", 1],
          ["b", 2],
        ]),
      );
      if (subject.can.ordersKeys) expect(claims.map(({ guid }) => guid)).toEqual(["b", "a"]);
    });

    it("drop: one that waits or was set aside, and its GUID with it", async () => {
      for (const guid of ["a", "b", "c"]) await inbox.put(delivery(guid, { key: "k" }));
      const claim = await claimOne(inbox, at(0));
      expect(await inbox.drop("a")).toBe(false);
      await inbox.retry(claim, { error: "x", failedAt: at(0), dueAt: at(1000) });
      expect(await inbox.drop("a")).toBe(true);
      expect(await inbox.drop("a")).toBe(false);
      expect(await inbox.show("a")).toBeNull();
      const next = await claimOne(inbox, at(1));
      expect(next.guid).toBe("b");
      await inbox.setAside(next, "x", at(1));
      expect(await inbox.drop("b")).toBe(true);
      await inbox.done(await claimOne(inbox, at(1)), at(1));
      expect(await inbox.drop("c")).toBe(false);
      expect(await inbox.put(delivery("a", { key: "k" }))).toBe("stored");
    });

    it("counts", async () => {
      expect(await inbox.stats(at(0))).toEqual({
        ...{ waiting: 0, leased: 0, failed: 0, done: 0, ignored: {}, oldestWaitingAt: null },
      });
      for (const guid of ["a", "b", "c", "d", "e"]) await inbox.put(delivery(guid));
      await inbox.done(await claimOne(inbox, at(0)), at(0));
      await inbox.setAside(await claimOne(inbox, at(0)), "x", at(0));
      await inbox.claim(1, at(0), LEASE_MS);
      for (const event of ["push", "star", "push"]) await inbox.ignore(event);
      const counted = { failed: 1, done: 1, ignored: { push: 2, star: 1 }, oldestWaitingAt: at(0).toISOString() };
      expect(await inbox.stats(at(1))).toEqual({ waiting: 2, leased: 1, ...counted });
      expect(await inbox.stats(at(61))).toEqual({ waiting: 3, leased: 0, ...counted });
    });

    it("does not let event names that anyone may send grow without end", async () => {
      for (let n = 0; n < 300; n++) await inbox.ignore(`${n}`.padEnd(1000, "\0x"));
      await inbox.ignore("7".padEnd(1000, "\0x"));
      const counts = Object.values((await inbox.stats(at(0))).ignored);
      expect(counts.length).toBeLessThan(250);
      expect(counts.reduce((sum, count) => sum + count)).toBe(301);
    });

    it("forgets what was done long ago, and nothing else", async () => {
      for (const guid of ["a", "b", "c", "d"]) await inbox.put(delivery(guid));
      await inbox.done(await claimOne(inbox, at(0)), at(0));
      await inbox.done(await claimOne(inbox, at(0)), at(100));
      await inbox.setAside(await claimOne(inbox, at(0)), "x", at(0));
      expect(await inbox.purge(at(50))).toBe(1);
      expect((await inbox.list()).items.map((item) => item.guid)).toEqual(["d", "c", "b"]);
      expect(await inbox.stats(at(100))).toMatchObject({ waiting: 1, failed: 1, done: 1 });
      expect(await inbox.put(delivery("a"))).toBe("stored");
      expect(await inbox.put(delivery("b"))).toBe("duplicate");
    });
  });
}
