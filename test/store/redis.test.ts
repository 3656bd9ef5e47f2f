import { afterAll, afterEach, describe, expect, it } from "vitest";
import { entityOf } from "../../src/core/facts/entity.js";
import { LoopForgeError } from "../../src/core/index.js";
import { openStore } from "../../src/store/open.js";
import { SCHEMA_VERSION } from "../../src/store/redis/scripts.js";
import { RedisRepository } from "../../src/store/redis.js";
import { aFact, LATER } from "../builders/facts.js";
import { aNote, anAccount, aRecord, breaksOf, creation, moment, step } from "../builders/records.js";
import { describeLoopStore } from "./contract.js";
import { expectKept, survivesKills, survivesTwoWriters } from "./crash/survives.js";
import { reach } from "./servers/reach.js";
import { connectRedis, type RedisServer, reachRedis } from "./servers/redis.js";
import { type OwnRedis, startRedis } from "./servers/redis-server.js";

const durable = await reach("A Redis server with an append-only file (program redis-server)", () => startRedis());
const reached = await reachRedis(durable?.url);

describe.skipIf(!reached)("Redis", () => {
  // Where it is not there, every test below is skipped.
  const server = reached as RedisServer;
  afterAll(() => server.close());

  describeLoopStore("redis", async (options) => {
    const url = server.newStore();
    const store = await RedisRepository.open(url, options);
    return {
      store,
      reopen: async () => {
        await store.close();
        return RedisRepository.open(url, options);
      },
      remove: () => server.clean(),
    };
  });

  describe("a Redis server", () => {
    afterEach(() => server.clean());
    const open = async () => {
      const url = server.newStore();
      const prefix = `{${new URL(url).searchParams.get("prefix")}}:`;
      return { url, prefix, store: await RedisRepository.open(url) };
    };

    survivesTwoWriters({ urlOf: async () => server.newStore() });

    it("that has forgotten the scripts is told them again", async () => {
      const { store } = await open();
      const record = aRecord();
      await store.append(creation(record));
      await server.redis.script("FLUSH");

      await store.append(step(record));
      expect(await breaksOf(store, record.recordId)).toEqual([]);
      await store.close();
    });

    it("has nothing left of a deleted record but its ledger and its keys, nor of what has expired", async () => {
      const url = server.newStore();
      let now = 0;
      const store = await RedisRepository.open(url, { clock: () => new Date(moment(now)) });
      const record = aRecord({ id: "gone", links: ["issue:1#7", "pull:1#8"] });
      await store.append({ ...creation(record), idempotencyKey: "delivery-1" });
      await store.items.put("größe:1", "3:x", 1, { expiresAt: moment(5) });
      await store.facts.add([aFact()], moment(5));
      await store.facts.renew([aFact().entity], moment(8));
      now = 10;
      await store.delete(record.recordId);
      const person = await store.people.identify(anAccount(), new Uint8Array(32));
      await store.people.forget(person);
      await store.items.put("other", "a", 1);
      await store.items.delete("other", "a");
      await store.facts.add([aFact({ entity: entityOf.issue(42, 1) })], moment(9));

      const prefix = `{${new URL(url).searchParams.get("prefix")}}:`;
      const keys = await server.redis.keys(`${prefix}*`);
      expect(keys.map((key) => key.slice(prefix.length)).sort()).toEqual(
        ["schema", "ledgers", "ledger:gone", "keys:gone"].sort(),
      );
      await store.close();
    });

    it("never evicts facts to make room: they have no expiry of Redis's own", async () => {
      const { store, prefix } = await open();
      await store.facts.add([aFact()], LATER);

      expect(await server.redis.ttl(`${prefix}facts:${aFact().entity}`)).toBe(-1);
      await store.close();
    });

    it("whose copies say something else than the head is found out", async () => {
      const { store, prefix } = await open();
      const record = aRecord();
      await store.append(creation(record));
      await server.redis.hset(`${prefix}head:${record.recordId}`, "state", "merged");

      await expect(store.head(record.recordId)).rejects.toMatchObject({ code: "corrupt_ledger" });
      await expect(store.get(record.recordId)).rejects.toThrow(/column state was changed/);
      await store.close();
    });

    it("whose ledger is longer or shorter than the head says takes no entry more", async () => {
      const { store, prefix } = await open();
      const record = aRecord();
      await store.append(creation(record));
      await server.redis.rpush(`${prefix}ledger:${record.recordId}`, "foreign\nforeign");
      await expect(store.append(step(record))).rejects.toMatchObject({ code: "corrupt_ledger" });
      expect(await breaksOf(store, record.recordId)).not.toEqual([]);

      await server.redis.del(`${prefix}ledger:${record.recordId}`);
      await expect(store.append(step(record))).rejects.toThrow(/has 0 entries in its ledger, and its head says 1/);
      expect(await store.head(record.recordId)).toMatchObject({ version: 1 });
      await store.close();
    });

    it("with the schema of a newer LoopForge is refused, in words that say what to do, and left as it is", async () => {
      const { url, prefix, store } = await open();
      await store.close();
      await server.redis.set(`${prefix}schema`, SCHEMA_VERSION + 1);

      const error = await openingOf(url);
      expect(error).toMatchObject({ code: "store_schema" });
      expect(error.message).toMatch(/^The keys .* newer LoopForge; .* Upgrade LoopForge.*LOOPFORGE_STORE.*$/);
      expect(await server.redis.keys(`${prefix}*`)).toEqual([`${prefix}schema`]);
    });

    it("with somebody else's keys in the place of LoopForge's says so", async () => {
      const { prefix, store } = await open();
      await server.redis.set(`${prefix}head:taken`, "text");

      await expect(store.append(creation(aRecord({ id: "taken" })))).rejects.toMatchObject({
        code: "store_schema",
        message: expect.stringMatching(/^The keys in Redis at .* are not as LoopForge made them .*$/),
      });
      await store.close();
    });

    it("that does not have the database is refused, and nothing goes into another", async () => {
      const url = new URL(server.newStore());
      url.pathname = "/99999";
      const error = await openingOf(url.href);

      expect(error).toMatchObject({ code: "store_unavailable" });
      expect(error.message).toMatch(/^Redis at .*\/99999 does not have the database that LOOPFORGE_STORE names: .*$/);
    });
  });
});

describe.skipIf(!durable)("a Redis server with an append-only file, written before it answers", () => {
  const server = durable as OwnRedis;
  let made = 0;
  const newStore = () => `${server.url}?prefix=kill-${++made}`;
  afterAll(() => server.remove());

  survivesKills({ urlOf: async () => newStore() });

  it("gives no warning", async () => {
    const store = await RedisRepository.open(newStore());
    expect(store.warnings).toEqual([]);
    await store.close();
  });

  it("goes on when its connections are cut in the middle of the work: no command lost, none doubled", async () => {
    const beside = await connectRedis(server.url);
    const store = await RedisRepository.open(newStore());
    const records = Array.from({ length: 8 }, () => aRecord());
    let written = 0;
    const writer = async (record: (typeof records)[number]) => {
      await store.append(creation(record));
      for (let head = creation(record).head, turn = 0; turn < 40; turn++) {
        const write = step(head, [aNote({ turn })]);
        expect(await store.append(write)).toEqual({ replayed: false, first: turn + 2, last: turn + 2 });
        head = write.head;
        written += 1;
        if (written % 40 === 0) await beside.redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      }
    };
    await Promise.all(records.map(writer));

    for (const { recordId } of records) {
      expect(await store.entries(recordId)).toHaveLength(41);
      expect(await breaksOf(store, recordId)).toEqual([]);
    }
    await store.close();
    await beside.close();
  });

  it("holds every append that it acknowledged before it was killed itself, and the writers go on", async () => {
    const url = newStore();
    // The server is away for longer than its clients wait: they are told, and try again as the App does.
    const store = await RedisRepository.open(url);
    const acknowledged = new Map<string, number>();
    for (const turn of [1, 2, 3]) {
      const { promise: started, resolve: start } = signal();
      const writers = Array.from({ length: 4 }, async (_, number) => {
        const record = aRecord({ id: `${turn}-${number}` });
        await store.append(creation(record));
        for (let head = creation(record).head, note = 0; note < 50; note++) {
          const write = { ...step(head, [aNote({ note }), aNote()]), idempotencyKey: `${note}` };
          const appended = await untilReached(() => store.append(write));
          acknowledged.set(record.recordId, appended.last);
          head = write.head;
          if (note === 20) start();
        }
      });
      await started;
      await server.kill();
      await server.start();
      await Promise.all(writers);
      await expectKept(url, acknowledged);
    }
    await store.close();
  });
});

describe("Redis servers with other settings", () => {
  const servers: OwnRedis[] = [];
  const given = async (...settings: string[]) => {
    const server = await startRedis(["--save", "", ...settings]);
    servers.push(server);
    return server.url;
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.remove();
  });

  it.skipIf(!durable).each([
    [[], /^Redis writes no append-only file: .*Set appendonly yes and appendfsync always$/],
    [["--appendonly", "yes", "--appendfsync", "everysec"], /^Redis does not write to the disk before it answers.*$/],
    [
      ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"],
      /^Redis throws records away when its memory is full\. Set maxmemory-policy noeviction$/,
    ],
  ])("are opened with a warning: %s", async (settings, words) => {
    const store = await RedisRepository.open(await given(...settings));

    expect(store.warnings).toEqual([expect.stringMatching(words)]);
    await store.close();
  });

  it.skipIf(!durable)("say that the password is wrong, or missing, and repeat it nowhere", async () => {
    const url = new URL(await given("--requirepass", "right"));
    for (const password of ["s3cret", ""]) {
      url.password = password;
      const error = await openingOf(url.href);
      expect(error).toMatchObject({ code: "store_unavailable" });
      expect(error.message).toMatch(/^Redis at \S+ refuses the user or the password in LOOPFORGE_STORE: .*$/);
      expect(error.message).not.toContain("s3cret");
    }
    url.password = "right";
    await (await openStore(url.href)).close();
  });

  it.skipIf(!durable)("say that they have no room, and lose nothing that they had", async () => {
    const server = await given("--maxmemory", "3mb", "--maxmemory-policy", "noeviction");
    const store = await RedisRepository.open(server);
    const record = aRecord();
    await store.append(creation(record));
    let head = creation(record).head;
    const fill = async () => {
      for (;;) {
        const write = step(head, [aNote({ text: "x".repeat(100_000) })]);
        await store.append(write);
        head = write.head;
      }
    };

    await expect(fill()).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(/^Redis at \S+ cannot write: .*$/),
    });
    expect(await store.head(record.recordId)).toEqual(head);
    expect(await breaksOf(store, record.recordId)).toEqual([]);
    await store.close();
  });
});

describe("a Redis URL", () => {
  it("of a server that is not there is one line that names it and the setting", async () => {
    const error = await openingOf("redis://user:s3cret@127.0.0.1:1");

    expect(error).toMatchObject({ code: "store_unavailable" });
    expect(error.message).toMatch(/^Cannot reach Redis at 127\.0\.0\.1:1\/0 \(LOOPFORGE_STORE\): .*ECONNREFUSED.*$/);
    expect(error.message).not.toContain("s3cret");
  });

  it.each([
    "redis://user:s3cret@host:not-a-port",
    "redis:",
    "redis:///0",
    "redis://user:s3cret@host/name",
    "redis://user:s3cret@host?prefix={a}",
    "redis://user:s3cret@host?prefix=",
    "redis://user:s3cret@host?family=6",
    "http://user:s3cret@host",
  ])("%s is refused in one line without its secret", async (url) => {
    const error = await openingOf(url);

    expect(error).toMatchObject({ code: "usage" });
    expect(error.message).toMatch(/^Cannot use LOOPFORGE_STORE: .*redis:\/\/.*$/);
    expect(error.message).not.toContain("s3cret");
  });
});

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function untilReached<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LoopForgeError) || error.code !== "store_unavailable") throw error;
    }
  }
}

async function openingOf(url: string): Promise<LoopForgeError> {
  const error: unknown = await RedisRepository.open(url, { sleep: async () => {} }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LoopForgeError);
  return error as LoopForgeError;
}
