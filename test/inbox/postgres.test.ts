import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { Claim, Inbox } from "../../src/inbox/inbox.js";
import { openInbox } from "../../src/inbox/open.js";
import { PostgresInbox } from "../../src/inbox/postgres.js";
import { createWorker } from "../../src/inbox/worker.js";
import { openStore } from "../../src/store/open.js";
import { type PostgresServer, reachPostgres, withParameter } from "../store/servers/postgres.js";
import { PATIENT } from "../support/patience.js";
import { describeInbox } from "./contract.js";
import { at, claimOne, delivery, LEASE_MS } from "./deliveries.js";
import { FakeTime } from "./fake-time.js";

const reached = await reachPostgres();

describe.skipIf(!reached)("PostgreSQL", () => {
  // Where it is not there, every test below is skipped.
  const server = reached as PostgresServer;
  afterAll(() => server.close());

  describeInbox(
    "PostgresInbox",
    async () => {
      const url = server.newStore();
      return { open: (options) => PostgresInbox.open(url, options), dispose: () => server.clean() };
    },
    { exclusive: false, runs: 30 },
  );

  describe("given a PostgreSQL server", () => {
    const opened: Inbox[] = [];
    afterEach(async () => {
      for (const inbox of opened.splice(0)) await inbox.close();
      await server.clean();
    });
    const open = async (url: string) => {
      const inbox = await openInbox(url);
      opened.push(inbox);
      return inbox;
    };
    const schemaIn = (url: string) => new URL(url).searchParams.get("schema") ?? "";

    it("when many servers start at once, under either name of its scheme, then the tables are made once", async () => {
      const url = server.newStore();
      const urls = [url, url, url.replace(/^postgres(ql)?:/, "postgresql:")];
      const inboxes = await Promise.all(urls.map(open));
      await inboxes[0]?.put(delivery("a"));
      for (const inbox of inboxes) expect(await inbox.show("a")).toMatchObject({ status: "waiting" });
    });

    it("when the store is in the same schema, whichever came first, then neither minds the other", async () => {
      for (const first of ["store", "inbox"]) {
        const url = server.newStore();
        if (first === "inbox") await (await open(url)).put(delivery("a"));
        await (await openStore(url)).close();
        expect(await (await open(url)).put(delivery("a"))).toBe(first === "inbox" ? "duplicate" : "stored");
      }
    });

    it("when a newer LoopForge made the tables, then they are left alone", async () => {
      const url = server.newStore();
      await open(url);
      await server.query(`UPDATE ${schemaIn(url)}.loopforge_inbox_version SET version = 99`);
      await expect(open(url)).rejects.toMatchObject({
        code: "store_schema",
        message: expect.stringMatching(/version 99.*LOOPFORGE_INBOX/),
      });
    });

    it.each(["repeatable read", "serializable"])(
      "when its transactions are %s by default, then it is refused",
      async (isolation) => {
        const setting = `-c default_transaction_isolation=${isolation.replace(" ", "\\ ")}`;
        await expect(open(withParameter(server.newStore(), "options", setting))).rejects.toMatchObject({
          code: "store_schema",
          message: expect.stringContaining(isolation),
        });
      },
    );

    it("when it cannot be reached, then one line says so, without the password", async () => {
      const failure = await openInbox("postgres://me:s3cret@127.0.0.1:1/db").catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: "inbox_unavailable",
        message: expect.stringMatching(/127\.0\.0\.1:1\/db \(LOOPFORGE_INBOX\)/),
      });
      expect(String(failure)).not.toContain("s3cret");
    });

    it("when its connections are cut in the middle of the work, then nothing is lost, and nothing done twice", async () => {
      const url = server.newStore();
      const inbox = await open(url);
      const cut = await open(withParameter(url, "application_name", schemaIn(url)));
      const ended = new Map<string, number>();
      let put = 0;
      const puts = async (worker: number) => {
        for (let n = 0; n < 30; n++) {
          expect(["stored", "duplicate"]).toContain(await cut.put(delivery(`${worker}-${n}`, { key: `k${worker}` })));
          put += 1;
          if (put % 25 > 0) continue;
          const cutAll = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
          expect(await server.query(cutAll, [schemaIn(url)])).not.toEqual([]);
        }
      };
      const work = async () => {
        while (ended.size < 120) {
          for (const claim of await cut.claim(4, at(0), LEASE_MS)) {
            // False where the first try was done, and only its answer was lost.
            await cut.done(claim, at(0));
            ended.set(claim.guid, (ended.get(claim.guid) ?? 0) + 1);
          }
          // What was leased by a claim whose answer was lost.
          for (const claim of await inbox.claim(4, at(put), LEASE_MS)) {
            await inbox.done(claim, at(put));
            ended.set(claim.guid, (ended.get(claim.guid) ?? 0) + 1);
          }
          put += 1;
        }
      };
      await Promise.all([...Array.from({ length: 4 }, (_, worker) => puts(worker)), work()]);
      expect(await inbox.stats(at(0))).toMatchObject({ waiting: 0, leased: 0, failed: 0, done: 120 });
    });

    it("when one server is busy, then another works what it took in", async () => {
      const url = server.newStore();
      const time = new FakeTime();
      const worked: string[] = [];
      const gates: (() => void)[] = [];
      const start = (name: string, inbox: Inbox) => {
        const handle = ({ guid }: Claim) =>
          new Promise<void>((resolve) => {
            worked.push(`${name} ${guid}`);
            gates.push(resolve);
          });
        const log = { warn: vi.fn(), error: vi.fn() };
        const worker = createWorker({ inbox, handle, log, concurrency: 1, ...time.asOptions() });
        worker.start();
        return worker;
      };
      const [one, other] = [await open(url), await open(url)];
      const workers = [start("one", one)];
      await one.put(delivery("a"));
      await one.put(delivery("b"));
      workers[0]?.wake();
      await vi.waitUntil(() => worked.length === 1, PATIENT);
      workers.push(start("other", other));
      await vi.waitUntil(() => worked.length === 2, PATIENT);
      expect(worked).toEqual(["one a", "other b"]);
      for (const open of gates) open();
      await Promise.all(workers.map((worker) => worker.stop(1000)));
      expect(await one.stats(at(0))).toMatchObject({ done: 2 });
    });

    it("when 5000 keys wait, then a put, a claim and an end read no more than their own rows", async () => {
      const url = server.newStore();
      const inbox = await open(url);
      const tables = `${schemaIn(url)}.loopforge_inbox_`;
      await server.query(`
        INSERT INTO ${tables}deliveries (guid, event, key, received_at, payload_sha256, ready_at)
          SELECT 'g' || n, 'push', 'k' || n, '2026-01-01T00:00:00.000Z', 'x', 0 FROM generate_series(1, 5000) n`);
      await server.query(`INSERT INTO ${tables}bodies SELECT guid, '' FROM ${tables}deliveries`);
      await server.query(`ANALYZE ${tables}deliveries`);
      const read = async () => {
        await server.query("SELECT pg_stat_clear_snapshot()");
        const [row] = await server.query(
          "SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_user_tables WHERE schemaname = $1 AND relname = $2",
          [schemaIn(url), "loopforge_inbox_deliveries"],
        );
        return Number(row?.read);
      };
      await inbox.put(delivery("a"));
      const claim = await claimOne(inbox, at(0));
      expect(claim.guid).toBe("g1");
      await inbox.done(claim, at(0));
      await inbox.close();
      // The server counts what a connection did once that is closed, or a second later: the rows that were copied above are among it then.
      await vi.waitUntil(async () => (await read()) >= 5000, PATIENT);
      const before = await read();
      const again = await open(url);
      for (let n = 0; n < 5; n++) {
        await again.put(delivery(`b${n}`));
        const next = await claimOne(again, at(0));
        await again.extend(next, at(0), LEASE_MS);
        await again.done(next, at(0));
      }
      await again.close();
      await vi.waitUntil(async () => (await read()) > before, PATIENT);
      expect((await read()) - before).toBeLessThan(500);
    });
  });
});
