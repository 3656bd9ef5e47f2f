import { setTimeout } from "node:timers/promises";
import pLimit from "p-limit";
import type { Inbox } from "../../src/inbox/inbox.js";
import type { Delivery } from "../../src/sandbox/index.js";
import type { Proof } from "./proof-given.js";
import type { WorkItem } from "./proof-world.js";

type Living = Pick<Proof, "world" | "client" | "inbox">;

/** How often to look whether a delivery has been worked, in milliseconds. */
const LOOK_MS = 20;

/** How many deliveries GitHub has under way to one server at a time. */
const CONNECTIONS = 32;

/** Work items that are had at once. */
const WAVE = 50;

/** Lets so many new work items of a world live to their ends, side by side. */
export type Live = (living: Living, items: number) => Promise<void>;

/**
 * Each event is heard and worked before the next of its item happens, as people are slower than machines: so every run comes to the same
 * ledgers.
 */
export const liveInStep: Live = async (living, items) => {
  await Promise.all(living.world.more(items).map((item) => live(item, living)));
  await tellAll(living);
};

/** The same, so many side by side: where one is over, the next begins, as long as `goesOn`. */
export async function liveWhile(living: Living, sideBySide: number, goesOn: () => boolean): Promise<void> {
  const one = async () => {
    while (goesOn()) for (const item of living.world.more(1)) await live(item, living);
  };
  await Promise.all(Array.from({ length: sideBySide }, one));
  await tellAll(living);
}

/** What all lives told is posted at once when they are over. */
export const liveInOneBurst: Live = async (living, items) => {
  await burst(living.world.more(items), living);
  await tellAll(living);
};

/** The same, wave after wave without a pause, for more than can be had at once. */
export const liveInBursts: Live = async (living, items) => {
  for (let left = items; left > 0; left -= WAVE) await burst(living.world.more(Math.min(left, WAVE)), living);
  await tellAll(living);
};

async function burst(items: readonly WorkItem[], { world, client }: Living): Promise<void> {
  for (let isLive = true; isLive; ) isLive = items.map((item) => item.next()).includes(true);
  await postAll(world.sandbox.takePending(), client);
}

async function postAll(deliveries: readonly Delivery[], client: Living["client"]): Promise<void> {
  await pLimit(CONNECTIONS).map(deliveries, (delivery) => client.post(delivery));
}

async function live(item: WorkItem, living: Living): Promise<void> {
  for (let isLive = true; isLive; ) {
    isLive = item.next();
    for (const delivery of living.world.sandbox.takePending()) await work(delivery, living);
  }
}

/** What the App itself does at GitHub is told to it as well, until there is nothing more to tell. */
async function tellAll({ world: { sandbox }, client, inbox }: Living): Promise<void> {
  await drained(inbox);
  for (let pending = sandbox.takePending(); pending.length > 0; pending = sandbox.takePending()) {
    await postAll(pending, client);
    await drained(inbox);
  }
}

async function work(delivery: Delivery, { client, inbox }: Living): Promise<void> {
  if ((await client.post(delivery)) === "ignored") return;
  await until(async () => (await inbox.show(delivery.guid))?.endedAt != null);
}

function drained(inbox: Pick<Inbox, "stats">): Promise<void> {
  return until(async () => {
    const { waiting, leased } = await inbox.stats(new Date());
    return waiting + leased === 0;
  });
}

/** Looks again and again; where it cannot be looked at, for a proof has stopped the inbox's own server, it is not so yet. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) await setTimeout(LOOK_MS);
}
