import { describe, expect, it } from "vitest";
import { at, claimOne, delivery } from "../deliveries.js";
import type { Subject } from "./subject.js";

/** How much is taken before new deliveries are refused. */
export function describeLimit(subject: Subject): void {
  const full = { code: "inbox_full", disposition: { http: 503, retry: true } };

  describe("given an inbox in which 3 deliveries may wait", () => {
    it("when a fourth is put, then it is refused, and nothing of it is kept", async () => {
      const inbox = await subject.open({ maxWaiting: 3 });
      for (const guid of ["a", "b", "c"]) await inbox.put(delivery(guid));
      await expect(inbox.put(delivery("d"))).rejects.toMatchObject(full);
      expect(await inbox.show("d")).toBeNull();
      expect(await inbox.stats(at(0))).toMatchObject({ waiting: 3 });
    });

    it("when it is full, then what is known is answered all the same", async () => {
      const inbox = await subject.open({ maxWaiting: 3 });
      await inbox.put(delivery("a"));
      await inbox.setAside(await claimOne(inbox, at(0)), "x", at(30));
      for (const guid of ["b", "c", "d"]) await inbox.put(delivery(guid));
      await expect(inbox.put(delivery("e"))).rejects.toMatchObject(full);
      expect(await inbox.put(delivery("b"))).toBe("duplicate");
      expect(await inbox.put(delivery("a"))).toBe("requeued");
      await expect(inbox.put(delivery("b", { body: "{}" }))).rejects.toMatchObject({ code: "delivery_mismatch" });
    });

    it("when one of them ends, then another is taken", async () => {
      const inbox = await subject.open({ maxWaiting: 3 });
      for (const guid of ["a", "b", "c"]) await inbox.put(delivery(guid));
      const claim = await claimOne(inbox, at(0));
      await expect(inbox.put(delivery("d"))).rejects.toMatchObject(full);
      await inbox.done(claim, at(30));
      expect(await inbox.put(delivery("d"))).toBe("stored");
      await expect(inbox.put(delivery("e"))).rejects.toMatchObject(full);
      await inbox.setAside(await claimOne(inbox, at(60)), "x", at(60));
      expect(await inbox.put(delivery("e"))).toBe("stored");
      await inbox.retry(await claimOne(inbox, at(90)), { error: "x", failedAt: at(90), dueAt: at(90) });
      await expect(inbox.put(delivery("f"))).rejects.toMatchObject(full);
    });
  });
}
