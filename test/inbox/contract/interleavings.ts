import fc from "fast-check";
import { expect, it } from "vitest";
import type { Claim, Inbox } from "../../../src/inbox/inbox.js";
import { at, delivery, LEASE_MS } from "../deliveries.js";
import type { Capabilities, InboxStorage } from "./subject.js";

type Step =
  | { readonly do: "put"; readonly key: number }
  | { readonly do: "redeliver"; readonly pick: number }
  | { readonly do: "claim"; readonly limit: number }
  | { readonly do: "done" | "release" | "setAside" | "extend"; readonly pick: number }
  | { readonly do: "retry"; readonly pick: number; readonly seconds: number }
  | { readonly do: "retryNow" | "drop"; readonly pick: number }
  | { readonly do: "wait"; readonly seconds: number }
  | { readonly do: "crash"; readonly releaseAll: boolean };

const pick = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put" as const), key: fc.nat({ max: 2 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("claim" as const), limit: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("done" as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("release", "setAside", "extend"), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("retry" as const), pick, seconds: fc.nat({ max: 90 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("retryNow", "drop", "redeliver"), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), releaseAll: fc.boolean() }) },
);

/** What the inbox ought to know of a delivery. */
interface Known {
  readonly guid: string;
  readonly key: string;
  /** Its place in the order of its key. */
  place: number;
  status: "waiting" | "leased" | "done" | "failed";
  /** When it may be taken, in seconds: a retry's time, or the end of its lease. */
  due: number;
  lease: string | null;
  attempt: number;
}

/**
 * An inbox beside a model of it: every answer is compared, whatever the order of the steps, which two handles on the inbox take in turns.
 */
class Trial {
  now = 0;
  places = 0;
  readonly known: Known[] = [];
  /** Every claim that a worker ever held, late ones too. */
  readonly claims: Claim[] = [];
  readonly handled = new Set<string>();
  readonly can: Capabilities;
  inbox: Inbox;
  #other: Inbox;
  readonly #open: () => Promise<Inbox>;

  constructor([inbox, other]: readonly [Inbox, Inbox], open: () => Promise<Inbox>, can: Capabilities) {
    this.inbox = inbox;
    this.#other = other;
    this.#open = open;
    this.can = can;
  }

  async take(taken: Step): Promise<void> {
    [this.inbox, this.#other] = [this.#other, this.inbox];
    switch (taken.do) {
      case "put":
        return this.put(`d${this.places}`, `k${taken.key}`);
      case "redeliver":
        return this.redeliver(this.known[taken.pick % this.known.length]);
      case "claim":
        return this.claim(taken.limit);
      case "done":
      case "release":
      case "setAside":
      case "extend":
        return this.finish(taken.do, this.claims.at(-1 - (taken.pick % 6)), 0);
      case "retry":
        return this.finish("retry", this.claims.at(-1 - (taken.pick % 6)), taken.seconds);
      case "retryNow":
        return this.retryNow(this.known[taken.pick % this.known.length]);
      case "drop":
        return this.drop(this.known[taken.pick % this.known.length]);
      case "wait":
        this.now += taken.seconds;
        return this.count();
      case "crash":
        return this.crash(taken.releaseAll);
      default:
        return taken satisfies never;
    }
  }

  async put(guid: string, key: string): Promise<void> {
    expect(await this.inbox.put(delivery(guid, { key }))).toBe("stored");
    this.known.push({ guid, key, place: this.places++, status: "waiting", due: 0, lease: null, attempt: 0 });
  }

  async redeliver(known: Known | undefined): Promise<void> {
    if (!known) return;
    const again = known.status === "failed" ? "requeued" : "duplicate";
    expect(await this.inbox.put(delivery(known.guid, { key: known.key }))).toBe(again);
    if (again === "requeued") this.requeue(known);
  }

  /** Exactly the oldest unfinished one of each key that is due, and of these the oldest where keys have an order. */
  async claim(limit: number): Promise<void> {
    const due = this.heads().filter((head) => head.due <= this.now);
    if (this.can.leasesEnd === "at a claim") for (const head of due) head.status = "waiting";
    const claims = await this.inbox.claim(limit, at(this.now), LEASE_MS);
    const guids = claims.map((claim) => claim.guid);
    const expected = due.slice(0, limit).map((head) => head.guid);
    if (this.can.ordersKeys) expect(guids).toEqual(expected);
    else expect(guids).toHaveLength(expected.length);
    for (const claim of claims) {
      const head = due.find(({ guid }) => guid === claim.guid);
      if (!head) throw new Error(`${claim.guid} was not due`);
      this.claims.push(claim);
      this.handled.add(claim.guid);
      Object.assign(head, { status: "leased", due: this.now + LEASE_MS / 1000, lease: claim.lease });
      expect(claim.attempt).toBe(++head.attempt);
    }
  }

  async finish(how: "done" | "release" | "setAside" | "extend" | "retry", claim: Claim | undefined, seconds: number) {
    if (!claim) return;
    const now = at(this.now);
    const holder = this.known.find((known) => known.guid === claim.guid && known.lease === claim.lease);
    const ways = {
      done: () => this.inbox.done(claim, now),
      release: () => this.inbox.release(claim),
      setAside: () => this.inbox.setAside(claim, "because", now),
      extend: () => this.inbox.extend(claim, now, LEASE_MS),
      retry: () => this.inbox.retry(claim, { error: "because", failedAt: now, dueAt: at(this.now + seconds) }),
    };
    expect(await ways[how]()).toBe(holder !== undefined);
    if (!holder) return;
    if (how === "extend") Object.assign(holder, { status: "leased", due: this.now + LEASE_MS / 1000 });
    else if (how === "done") Object.assign(holder, { status: "done", lease: null });
    else if (how === "setAside") Object.assign(holder, { status: "failed", lease: null });
    else Object.assign(holder, { status: "waiting", lease: null, due: how === "retry" ? this.now + seconds : 0 });
    if (how === "release") holder.attempt--;
  }

  async retryNow(known: Known | undefined): Promise<void> {
    if (!known) return;
    const status = this.statusOf(known);
    expect(await this.inbox.retryNow(known.guid)).toBe(status === "failed" || status === "waiting");
    if (status === "failed") this.requeue(known);
    if (status === "waiting") Object.assign(known, { status, due: 0 });
  }

  async drop(known: Known | undefined): Promise<void> {
    if (!known) return;
    const droppable = ["failed", "waiting"].includes(this.statusOf(known));
    expect(await this.inbox.drop(known.guid)).toBe(droppable);
    if (droppable) this.known.splice(this.known.indexOf(known), 1);
  }

  async crash(releaseAll: boolean): Promise<void> {
    await this.inbox.close();
    this.inbox = await this.#open();
    if (!releaseAll || !this.can.exclusive) return;
    await this.inbox.releaseAll();
    for (const known of this.known) {
      if (known.status === "leased") Object.assign(known, { status: "waiting", due: 0, lease: null });
    }
  }

  requeue(known: Known): void {
    Object.assign(known, { place: this.places++, status: "waiting", due: 0, attempt: 0 });
  }

  async count(isExact = this.can.countsExactly): Promise<void> {
    const { waiting, leased, done, failed } = await this.inbox.stats(at(this.now));
    if (!isExact) return;
    const statuses = this.known.map((known) => (this.isLost(known) ? "waiting" : known.status));
    const counted = (wanted: string) => statuses.filter((status) => status === wanted).length;
    const expected = ["waiting", "leased", "done", "failed"].map(counted);
    expect([waiting, leased, done, failed]).toEqual(expected);
  }

  statusOf(known: Known): Known["status"] {
    return this.can.leasesEnd === "by the clock" && this.isLost(known) ? "waiting" : known.status;
  }

  isLost({ status, due }: Known): boolean {
    return status === "leased" && due <= this.now;
  }

  heads(): readonly Known[] {
    const unfinished = this.known.filter(({ status }) => status === "waiting" || status === "leased");
    const inOrder = unfinished.toSorted((one, other) => one.place - other.place);
    return inOrder.filter((one, index) => inOrder.findIndex((other) => other.key === one.key) === index);
  }

  async close(): Promise<void> {
    await this.inbox.close();
    await this.#other.close();
  }

  async drain(): Promise<void> {
    for (;;) {
      this.now += 100;
      const before = this.claims.length;
      await this.claim(100);
      for (const claim of this.claims.slice(before)) await this.finish("done", claim, 0);
      if (this.claims.length === before) return;
    }
  }
}

export function describeInterleavings(create: () => Promise<InboxStorage>, can: Capabilities): void {
  it("any interleaving: each handled at least once, one of a key at a time, in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const storage = await create();
        const trial = new Trial([await storage.open(), await storage.open()], storage.open, can);
        try {
          for (const one of steps) await trial.take(one);
          await trial.drain();
          for (const { guid, status } of trial.known) {
            expect(trial.handled).toContain(guid);
            expect(["done", "failed"]).toContain(status);
            expect(await trial.inbox.show(guid)).toMatchObject({ status });
          }
          await trial.count(true);
        } finally {
          await trial.close();
          await storage.dispose();
        }
      }),
      { numRuns: can.runs },
    );
  }, 180_000);
}
