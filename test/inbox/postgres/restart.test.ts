import { afterAll, describe, expect, it, vi } from "vitest";
import type { Claim } from "../../../src/inbox/inbox.js";
import { PostgresInbox } from "../../../src/inbox/postgres.js";
import { createWorker } from "../../../src/inbox/worker.js";
import { PATIENT } from "../../support/patience.js";
import { delivery } from "../deliveries.js";
import { givenOwnPostgres, type OwnPostgres } from "../servers/own-postgres.js";

const given = await givenOwnPostgres();

describe.skipIf(!given)("given a PostgreSQL server that crashes and comes back", () => {
  const server = given as OwnPostgres;
  afterAll(() => server.remove());

  it("then what was acknowledged is worked, in order, and the rest is refused with what means 503", async () => {
    const inbox = await PostgresInbox.open(server.url);
    const errors: string[] = [];
    const log = { warn: vi.fn(), error: (_: object, message: string) => void errors.push(message) };
    const handled = new Map<string, string[]>();
    const worker = createWorker({
      ...{ inbox, log, clock: () => new Date(), pollMs: 50, leaseMs: 500, concurrency: 4 },
      handle: async ({ key, guid }: Claim) => {
        handled.set(key, [...(handled.get(key) ?? []), guid]);
      },
    });
    worker.start();

    const acknowledged: string[] = [];
    const refused = new Set<string>();
    let killed: Promise<void> | null = null;
    const crashes: Promise<void>[] = [];
    const crash = async () => {
      await killed;
      await vi.waitUntil(() => refused.size > 0, PATIENT);
      await server.start();
    };
    const puts = async (key: string) => {
      for (let n = 0; n < 60; n++) {
        // However fast the machine is, something is left that it can refuse.
        await killed;
        // As GitHub's redelivery does: the same again until it is answered.
        for (let isStored = false; !isStored; ) {
          isStored = await inbox.put(delivery(`${key}-${n}`, { key })).then(
            () => true,
            (error: { disposition?: { http: number } }) => {
              expect(error.disposition?.http).toBe(503);
              refused.add(`${key}-${n}`);
              return false;
            },
          );
        }
        acknowledged.push(`${key}-${n}`);
        worker.wake();
        if (acknowledged.length !== 41) continue;
        killed = server.kill();
        crashes.push(crash());
      }
    };
    await Promise.all(["a", "b", "c", "d"].map(puts));
    await Promise.all(crashes);

    await vi.waitUntil(async () => (await inbox.stats(new Date())).done === 240, PATIENT);
    expect(await inbox.stats(new Date())).toMatchObject({ waiting: 0, leased: 0, failed: 0 });
    for (const key of ["a", "b", "c", "d"]) {
      const inOrder = Array.from({ length: 60 }, (_, n) => `${key}-${n}`);
      // Worked again where the end of the first time was not written: but never out of turn.
      const first = (handled.get(key) ?? []).filter((guid, index, all) => all.indexOf(guid) === index);
      expect(first).toEqual(inOrder);
    }
    await worker.stop(1000);
    await inbox.close();
  });
});
