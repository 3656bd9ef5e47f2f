import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openEntry } from "../../../src/core/index.js";
import { startServer } from "../../../src/server/server.js";
import type { LoopStore } from "../../../src/store/repository.js";
import { givenRunning, temporaryFolder } from "../../support/running.js";
import { headsOf } from "../../support/scenarios.js";
import { type Backend, givenBackends } from "./old-stores.js";
import { playForStores } from "./play.js";

const [sqlite] = await givenBackends();

describe("given a store that the version before wrote, and an App that works on it", () => {
  it("when GitHub says all of it again under other GUIDs, then no line is written twice and no rule is broken", async () => {
    const copy = await copyOf(sqlite);
    const before = await linesOf(await copy.open());
    let guids = 0;
    const guid = () => `ffffffff-0000-4000-8000-${String(++guids).padStart(12, "0")}`;
    // The same play in a new world: what it is answered has the same ids as in the one that the store has seen.
    const world = await givenRunning({ sandbox: { guid } });
    await playForStores({ sandbox: world.sandbox, clock: world.clock, settle: () => world.settle() });
    const deliveries = [...world.sandbox.deliveries];
    await world.server.stop();
    const server = await startServer({
      config: { ...world.config, store: copy.url, inbox: `sqlite:${join(temporaryFolder(), "inbox.db")}` },
      log: world.collected.log,
      throttle: false,
    });
    onTestFinished(() => server.stop());
    world.sandbox.deliverTo(server.webhookUrl);
    for (const delivery of deliveries) await world.sandbox.deliver(delivery);
    await server.idle();
    await server.stop();

    expect(await linesOf(await copy.open())).toEqual(before);
  });
});

async function copyOf(backend: Backend | undefined) {
  if (!backend?.copy) throw new Error("SQLite needs no server");
  return backend.copy();
}

/** Every entry of the App's records. Closes the store. */
async function linesOf(store: LoopStore): Promise<readonly string[]> {
  const heads = (await headsOf(store)).filter(({ repo }) => repo === "acme/shop");
  const lines: string[] = [];
  for (const { recordId } of heads.sort((a, b) => (a.recordId < b.recordId ? -1 : 1))) {
    for (const stored of await store.entries(recordId)) {
      const { seq, kind, toState, trigger, metadata } = openEntry(stored);
      lines.push(`${recordId} ${seq} ${kind} ${toState} ${trigger} ${JSON.stringify(metadata)}`);
    }
  }
  await store.close();
  return lines;
}
