import { expect } from "vitest";
import { endsOf, promisedEnd, settledEnd, type WorkEnd } from "./proof-ends.js";
import type { Proof } from "./proof-given.js";

type Seen = Pick<Proof, "client" | "inbox" | "world">;

/** Every delivery was acknowledged and worked: none waits, none was set aside, none is unknown. */
export async function expectAllWorked({ client, inbox, world }: Seen): Promise<void> {
  const { items: failed } = await inbox.list({ status: "failed" });
  expect(failed.map(({ event, action, error }) => `${event}.${action}: ${error}`)).toEqual([]);
  expect(await inbox.stats(new Date())).toMatchObject({ waiting: 0, leased: 0, failed: 0 });
  const lost: string[] = [];
  for (const [guid, said] of client.acknowledged) {
    if (said !== "ignored" && (await inbox.show(guid))?.status !== "done") lost.push(guid);
  }
  expect(lost).toEqual([]);
  const sent = new Set(world.sandbox.deliveries.map(({ guid }) => guid));
  expect(new Set(client.acknowledged.keys())).toEqual(sent);
}

/** Every work item has come to what its scenario says. @returns the ends */
export async function expectPromisedEnds(proof: Proof): Promise<readonly WorkEnd[]> {
  await expectAllWorked(proof);
  const ends = await endsOf(proof.world, await proof.openStore());
  expect(ends.map(settledEnd)).toEqual(proof.world.items.map(promisedEnd));
  // What GitHub does not have, nobody asked for.
  expect(proof.world.sandbox.errors).toEqual([]);
  return ends;
}

/** What a proof did, for whoever runs it. */
export function report(what: string, { world, client, fuse }: Proof, ...more: readonly string[]): void {
  const { acknowledged, refused } = client;
  const counts = [
    `${world.items.length} work items`,
    `${acknowledged.size} deliveries`,
    `${refused} posted again`,
    `${fuse.sparks.asked} requests to GitHub`,
  ];
  console.info(`${what}: ${[...counts, ...more].join(", ")}`);
}
