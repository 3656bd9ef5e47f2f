import fc from "fast-check";
import { expect, it } from "vitest";
import type { Claim, Inbox } from "../../../src/inbox/inbox.js";
import { at, delivery, LEASE_MS } from "../deliveries.js";
import type { InboxStorage } from "./subject.js";

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

/** An inbox beside a model of it: every answer is compared, whatever the order of the steps. */
class Trial {
  now = 0;
  places = 0;
  readonly known: Known[] = [];
  /** Every claim that a worker ever held, late ones too. */
  readonly claims: Claim[] = [];
  readonly handled = new Set<string>();
  inbox: Inbox;
  readonly #open: () => Promise<Inbox>;

  constructor(inbox: Inbox, open: () => Promise<Inbox>) {
    this.inbox = inbox;
    this.#open = open;
  }

  async take(taken: Step): Promise<void> {
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
        return;
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

  /** Exactly the oldest unfinished one of each key that is due, and of these the oldest. */
  async claim(limit: number): Promise<void> {
    const expected = this.heads()
      .filter((head) => head.due <= this.now)
      .slice(0, limit);
    for (const head of this.heads()) if (head.due <= this.now) head.status = "waiting";
    const claims = await this.inbox.claim(limit, at(this.now), LEASE_MS);
    expect(claims.map((claim) => claim.guid)).toEqual(expected.map((head) => head.guid));
    for (const [index, claim] of claims.entries()) {
      this.claims.push(claim);
      this.handled.add(claim.guid);
      const head = expected[index];
      if (!head) continue;
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
      retry: () => this.inbox.retry(claim, { error: "because", dueAt: at(this.now + seconds) }),
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
    const { status } = known;
    expect(await this.inbox.retryNow(known.guid)).toBe(status === "failed" || status === "waiting");
    if (status === "failed") this.requeue(known);
    if (status === "waiting") known.due = 0;
  }

  async drop(known: Known | undefined): Promise<void> {
    if (!known) return;
    const droppable = known.status === "failed" || known.status === "waiting";
    expect(await this.inbox.drop(known.guid)).toBe(droppable);
    if (droppable) this.known.splice(this.known.indexOf(known), 1);
  }

  async crash(releaseAll: boolean): Promise<void> {
    await this.inbox.close();
    this.inbox = await this.#open();
    if (!releaseAll) return;
    await this.inbox.releaseAll();
    for (const known of this.known) {
      if (known.status === "leased") Object.assign(known, { status: "waiting", due: 0, lease: null });
    }
  }

  requeue(known: Known): void {
    Object.assign(known, { place: this.places++, status: "waiting", due: 0, attempt: 0 });
  }

  heads(): readonly Known[] {
    const unfinished = this.known.filter(({ status }) => status === "waiting" || status === "leased");
    const inOrder = unfinished.toSorted((one, other) => one.place - other.place);
    return inOrder.filter((one, index) => inOrder.findIndex((other) => other.key === one.key) === index);
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

export function describeInterleavings(create: () => Promise<InboxStorage>): void {
  it("any interleaving: each handled at least once, one of a key at a time, in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const storage = await create();
        const trial = new Trial(await storage.open(), storage.open);
        try {
          for (const one of steps) await trial.take(one);
          await trial.drain();
          for (const { guid, status } of trial.known) {
            expect(trial.handled).toContain(guid);
            expect(["done", "failed"]).toContain(status);
            expect(await trial.inbox.show(guid)).toMatchObject({ status });
          }
        } finally {
          await trial.inbox.close();
          await storage.dispose();
        }
      }),
      { numRuns: 60 },
    );
  });
}
