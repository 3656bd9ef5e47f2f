import { beforeEach, describe, expect, it } from "vitest";
import type { Inbox } from "../../../src/inbox/inbox.js";
import { at, claimOne, delivery, guidsOf, LEASE_MS } from "../deliveries.js";
import type { Subject } from "./subject.js";

/** What is handed out, when and to whom. */
export function describeClaim(subject: Subject): void {
  let inbox: Inbox;
  beforeEach(() => {
    inbox = subject.inbox;
  });
  const open = () => subject.open();

  describe("claim", () => {
    it("hands out different keys side by side, the oldest first", async () => {
      for (const guid of ["c", "a", "b"]) await inbox.put(delivery(guid));
      const [first, second] = [
        await guidsOf(inbox.claim(2, at(0), LEASE_MS)),
        await guidsOf(inbox.claim(2, at(0), LEASE_MS)),
      ];
      expect(second).toHaveLength(1);
      expect([...first, ...second].toSorted()).toEqual(["a", "b", "c"]);
      if (subject.can.ordersKeys) expect([...first, ...second]).toEqual(["c", "a", "b"]);
    });

    it("hands out one key one at a time, in order", async () => {
      for (const guid of ["a", "b", "c"]) await inbox.put(delivery(guid, { key: "k" }));
      for (const guid of ["a", "b", "c"]) {
        const claims = await inbox.claim(10, at(0), LEASE_MS);
        expect(claims.map((claim) => claim.guid)).toEqual([guid]);
        expect(await inbox.claim(10, at(0), LEASE_MS)).toEqual([]);
        for (const claim of claims) expect(await inbox.done(claim, at(0))).toBe(true);
      }
    });

    it("gives two handles different deliveries", async () => {
      const other = await open();
      for (let n = 0; n < 20; n++) await inbox.put(delivery(`d${n}`));
      const claims = await Promise.all([inbox.claim(8, at(0), LEASE_MS), other.claim(8, at(0), LEASE_MS)]);
      expect(new Set(claims.flat().map((claim) => claim.guid)).size).toBe(16);
    });
  });

  describe("retry", () => {
    it("waits for its time, holds up its key and no other", async () => {
      for (const guid of ["a", "b"]) await inbox.put(delivery(guid, { key: "k" }));
      const claim = await claimOne(inbox, at(0));
      expect(await inbox.retry(claim, { error: "GitHub said 502", failedAt: at(0), dueAt: at(10) })).toBe(true);
      await inbox.put(delivery("c"));
      expect(await guidsOf(inbox.claim(10, at(9), LEASE_MS))).toEqual(["c"]);
      expect(await inbox.nextDueAt(at(9))).toBe(at(10).toISOString());
      expect(await inbox.show("a")).toMatchObject({ status: "waiting", attempt: 1, error: "GitHub said 502" });
      expect(await claimOne(inbox, at(10))).toMatchObject({ guid: "a", attempt: 2 });
      expect(await inbox.claim(10, at(10), LEASE_MS)).toEqual([]);
    });

    it("of what was held up and not tried takes the attempt back", async () => {
      await inbox.put(delivery("a"));
      const claim = await claimOne(inbox, at(0));
      const held = { error: "GitHub is busy", failedAt: at(0), dueAt: at(10), heldUpBy: "github_limits" } as const;
      expect(await inbox.retry(claim, held)).toBe(true);
      expect(await inbox.show("a")).toMatchObject({ status: "waiting", attempt: 0, error: "GitHub is busy" });
      expect(await inbox.claim(10, at(9), LEASE_MS)).toEqual([]);
      expect(await claimOne(inbox, at(10))).toMatchObject({ guid: "a", attempt: 1 });
    });

    it("of what is held up says by what, and counts how often in a row", async () => {
      await inbox.put(delivery("a"));
      for (const [holds, heldUpBy] of (["store", "network", "github"] as const).entries()) {
        const now = at(holds * 100);
        const claim = await claimOne(inbox, now);
        expect(claim).toMatchObject({ attempt: 1, holds });
        expect(await inbox.retry(claim, { error: "down", failedAt: now, dueAt: at(holds * 100 + 9), heldUpBy })).toBe(
          true,
        );
        expect((await inbox.list()).items).toMatchObject([{ status: "waiting", attempt: 0, heldUpBy, error: "down" }]);
      }
      const counted = await claimOne(inbox, at(400));
      await inbox.retry(counted, { error: "no head SHA", failedAt: at(400), dueAt: at(401) });
      expect(await inbox.show("a")).toMatchObject({ attempt: 1, heldUpBy: null, error: "no head SHA" });
      const last = await claimOne(inbox, at(401));
      expect(last).toMatchObject({ attempt: 2, holds: 0 });
      await inbox.retry(last, { error: "down", failedAt: at(401), dueAt: at(402), heldUpBy: "store" });
      await inbox.setAside(await claimOne(inbox, at(402)), "held up for too long", at(402));
      expect(await inbox.show("a")).toMatchObject({ status: "failed", heldUpBy: null });
      expect(await inbox.retryNow("a")).toBe(true);
      expect(await claimOne(inbox, at(403))).toMatchObject({ attempt: 1, holds: 0 });
    });

    it("waits no longer than its own length when the clock is set back", async ({ skip }) => {
      if (subject.can.hidesByItsOwnClock) skip("it is hidden for its own length");
      await inbox.put(delivery("a"));
      await inbox.retry(await claimOne(inbox, at(3600)), { error: "x", failedAt: at(3600), dueAt: at(3601) });
      expect(await guidsOf((await open()).claim(10, at(0), LEASE_MS))).toEqual(["a"]);
    });

    it("waits for its time where two servers' clocks differ a little", async () => {
      await inbox.put(delivery("a"));
      await inbox.retry(await claimOne(inbox, at(3)), { error: "x", failedAt: at(3), dueAt: at(60) });
      expect(await (await open()).claim(10, at(0), LEASE_MS)).toEqual([]);
    });

    it("comes before what was stored later, once it is due", async () => {
      await inbox.put(delivery("a"));
      await inbox.retry(await claimOne(inbox, at(0)), { error: "x", failedAt: at(0), dueAt: at(10) });
      await inbox.put(delivery("b"));
      const guids = await guidsOf(inbox.claim(10, at(20), LEASE_MS));
      expect(guids.toSorted()).toEqual(["a", "b"]);
      if (subject.can.ordersKeys) expect(guids).toEqual(["a", "b"]);
    });
  });

  describe("a lease", () => {
    it("that runs out lets another worker take over, and the late one cannot finish it", async () => {
      await inbox.put(delivery("a"));
      const late = await claimOne(inbox, at(0));
      expect(await inbox.claim(1, at(59), LEASE_MS)).toEqual([]);
      expect(await inbox.nextDueAt(at(59))).toBe(at(60).toISOString());
      const next = await claimOne(await open(), at(60));
      expect(next).toMatchObject({ guid: "a", attempt: 2 });
      expect(await inbox.done(late, at(61))).toBe(false);
      expect(await inbox.retry(late, { error: "x", failedAt: at(61), dueAt: at(61) })).toBe(false);
      expect(await inbox.setAside(late, "x", at(61))).toBe(false);
      expect(await inbox.extend(late, at(61), LEASE_MS)).toBe(false);
      expect(await inbox.release(late)).toBe(false);
      expect(await inbox.show("a")).toMatchObject({ status: "leased", error: null });
      expect(await inbox.done(next, at(61))).toBe(true);
      expect(await inbox.done(next, at(61))).toBe(false);
    });

    it("that was extended is kept", async () => {
      await inbox.put(delivery("a"));
      const claim = await claimOne(inbox, at(0));
      expect(await inbox.extend(claim, at(50), LEASE_MS)).toBe(true);
      expect(await inbox.claim(1, at(109), LEASE_MS)).toEqual([]);
      expect(await inbox.done(claim, at(109))).toBe(true);
    });

    it("of a dead worker ends when the clock is set back, and not where clocks only differ", async ({ skip }) => {
      if (subject.can.hidesByItsOwnClock) skip("it is hidden for its own length");
      await inbox.put(delivery("a"));
      const lost = await claimOne(inbox, at(3600));
      expect(await inbox.claim(10, at(3000), LEASE_MS)).toEqual([]);
      expect(await claimOne(inbox, at(0))).toMatchObject({ guid: "a", attempt: 2 });
      expect(await inbox.done(lost, at(1))).toBe(false);
    });

    it("that was released comes back at once, and does not count", async () => {
      await inbox.put(delivery("a"));
      expect(await inbox.release(await claimOne(inbox, at(0)))).toBe(true);
      expect(await claimOne(inbox, at(0))).toMatchObject({ guid: "a", attempt: 1 });
    });

    it("of another server stays when one starts", async ({ skip }) => {
      if (subject.can.exclusive) skip("one worker at a time");
      await inbox.put(delivery("a"));
      const claim = await claimOne(inbox, at(0));
      const starting = await open();
      expect(await starting.releaseAll()).toBe(0);
      expect(await starting.claim(10, at(1), LEASE_MS)).toEqual([]);
      expect(await inbox.done(claim, at(1))).toBe(true);
    });

    it("of a dead process ends when the only worker starts again", async ({ skip }) => {
      if (!subject.can.exclusive) skip("several workers at a time");
      for (const guid of ["a", "b", "c"]) await inbox.put(delivery(guid));
      const [claim] = await inbox.claim(2, at(0), LEASE_MS);
      await inbox.close();
      const again = await open();
      expect(await again.releaseAll()).toBe(2);
      expect(await again.releaseAll()).toBe(0);
      const claims = await again.claim(10, at(1), LEASE_MS);
      expect(claims.map(({ guid, attempt }) => [guid, attempt])).toEqual([
        ["a", 2],
        ["b", 2],
        ["c", 1],
      ]);
      expect(claim && (await again.done(claim, at(1)))).toBe(false);
    });
  });
}
