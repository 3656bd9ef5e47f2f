import { afterAll, afterEach, describe, expect, it } from "vitest";
import { LoopForgeError } from "../../src/core/index.js";
import { openStore } from "../../src/store/open.js";
import { PostgresDatabase } from "../../src/store/postgres/database.js";
import { STORE_TABLES } from "../../src/store/postgres/sql.js";
import { PostgresRepository } from "../../src/store/postgres.js";
import { aFact, LATER } from "../builders/facts.js";
import { aNote, anAccount, aRecord, breaksOf, creation, step } from "../builders/records.js";
import { describeLoopStore } from "./contract.js";
import { survivesKills, survivesTwoWriters } from "./crash/survives.js";
import { type PostgresServer, reachPostgres, withParameter } from "./servers/postgres.js";

const reached = await reachPostgres();

describe.skipIf(!reached)("PostgreSQL", () => {
  // Where it is not there, every test below is skipped.
  const server = reached as PostgresServer;
  afterAll(() => server.close());

  describeLoopStore("postgres", async (options) => {
    const url = server.newStore();
    const store = await PostgresRepository.open(url, options);
    return {
      store,
      reopen: async () => {
        await store.close();
        return PostgresRepository.open(url, options);
      },
      remove: () => server.clean(),
    };
  });

  describe("a PostgreSQL server", () => {
    afterEach(() => server.clean());
    const schemaIn = (url: string) => new URL(url).searchParams.get("schema") ?? "";
    const open = async () => {
      const url = server.newStore();
      return { url, schema: schemaIn(url), store: await PostgresRepository.open(url) };
    };

    const survival = { urlOf: async () => server.newStore(), isLeft: server.isLeft };
    survivesKills(survival);
    survivesTwoWriters(survival);

    it("is opened under either name of its scheme, many times at once, and its tables are made once", async () => {
      const url = server.newStore();
      const urls = [url, url, url, url.replace(/^postgres(ql)?:/, "postgresql:")];
      const stores = await Promise.all(urls.map((one) => openStore(one)));
      const record = aRecord();
      await stores[0]?.append(creation(record));

      for (const store of stores) expect(await store.get(record.recordId)).toEqual(record);
      await Promise.all(stores.map((store) => store.close()));
    });

    it("goes on when its connections are cut in the middle of the work: no command lost, none doubled", async () => {
      const { url, store } = await open();
      const application = `loopforge-${schemaIn(url)}`;
      const cut = await PostgresRepository.open(withParameter(url, "application_name", application));
      const records = Array.from({ length: 8 }, () => aRecord());
      let written = 0;
      const writer = async (record: (typeof records)[number]) => {
        await cut.append(creation(record));
        for (let head = creation(record).head, turn = 0; turn < 40; turn++) {
          const write = step(head, [aNote({ turn })]);
          expect(await cut.append(write)).toEqual({ replayed: false, first: turn + 2, last: turn + 2 });
          head = write.head;
          written += 1;
          if (written % 40 === 0) {
            const cutAll = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
            expect(await server.query(cutAll, [application])).not.toEqual([]);
          }
        }
      };
      await Promise.all(records.map(writer));

      for (const { recordId } of records) {
        expect(await store.entries(recordId)).toHaveLength(41);
        expect(await breaksOf(store, recordId)).toEqual([]);
      }
      await cut.close();
      await store.close();
    });

    it("that was cut off after it did the work, but before it said so, is not asked to do it twice", async () => {
      const { store, schema } = await open();
      const record = aRecord();
      await store.append(creation(record));
      // The write is done and then its own connection is ended, as its answer is on the way.
      await server.query(`
        CREATE FUNCTION ${schema}.cut() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (SELECT count(*) FROM ${schema}.entries) = 2 THEN RAISE EXCEPTION 'cut' USING ERRCODE = '08006'; END IF;
          RETURN NEW;
        END $$`);
      const write = step(record, [aNote({ once: true })]);
      const twin = await PostgresRepository.open(withParameter(server.newStore(), "schema", schema), {
        // While the first try waits to be tried again, somebody finishes what it had begun.
        sleep: async () => {
          await server.query(`DROP TRIGGER IF EXISTS cut ON ${schema}.entries`);
          await store.append(write);
        },
      });
      await server.query(`
        CREATE TRIGGER cut AFTER INSERT ON ${schema}.entries FOR EACH ROW EXECUTE FUNCTION ${schema}.cut()`);

      expect(await twin.append(write)).toEqual({ replayed: false, first: 2, last: 2 });
      expect(await store.entries(record.recordId)).toHaveLength(2);
      expect(await breaksOf(store, record.recordId)).toEqual([]);
      await twin.close();
      await store.close();
    });

    it("refuses to change or remove a ledger's entries", async () => {
      const { store, schema } = await open();
      await store.append(creation(aRecord()));

      for (const sql of ["UPDATE $ SET text = 'x'", "DELETE FROM $", "TRUNCATE $"]) {
        await expect(server.query(sql.replace("$", `${schema}.entries`))).rejects.toThrow("never changed or removed");
      }
      await store.close();
    });

    it("whose columns say something else than the head is found out", async () => {
      const { store, schema } = await open();
      const record = aRecord();
      await store.append(creation(record));
      await server.query(`UPDATE ${schema}.records SET state = 'merged'`);

      await expect(store.head(record.recordId)).rejects.toMatchObject({ code: "corrupt_ledger" });
      await expect(store.get(record.recordId)).rejects.toThrow(/column state was changed/);
      await store.close();
    });

    it("that has an entry which the head does not know of takes no other in its place", async () => {
      const { store, schema } = await open();
      const record = aRecord();
      await store.append(creation(record));
      await server.query(`INSERT INTO ${schema}.entries VALUES ($1, 2, 'foreign', 'foreign')`, [record.recordId]);

      await expect(store.append(step(record))).rejects.toMatchObject({ code: "corrupt_ledger" });
      expect(await store.head(record.recordId)).toMatchObject({ version: 1, ledger: record.ledger });
      await store.close();
    });

    it("keeps what is acknowledged even where it is told to answer early", async () => {
      const url = withParameter(server.newStore(), "options", "-c synchronous_commit=off");
      const store = await PostgresRepository.open(url);
      const schema = schemaIn(url);
      await server.query(`
        CREATE TABLE ${schema}.seen (setting text);
        CREATE FUNCTION ${schema}.see() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN INSERT INTO ${schema}.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
        CREATE TRIGGER see AFTER INSERT ON ${schema}.entries FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.see();
        CREATE TRIGGER see AFTER INSERT ON ${schema}.facts FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.see()`);
      await store.append(creation(aRecord()));
      await store.facts.add([aFact()], LATER);

      expect(await server.query(`SELECT setting FROM ${schema}.seen`)).toEqual([{ setting: "on" }, { setting: "on" }]);
      await store.close();
    });

    it("adds facts with one statement, however many, and writes nothing for those that it has", async () => {
      const { store, schema } = await open();
      await server.query(`
        CREATE TABLE ${schema}.seen (rows bigint);
        CREATE FUNCTION ${schema}.see() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN INSERT INTO ${schema}.seen SELECT count(*) FROM changed; RETURN NULL; END $$;
        CREATE TRIGGER added AFTER INSERT ON ${schema}.facts REFERENCING NEW TABLE AS changed
          FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.see();
        CREATE TRIGGER changed AFTER UPDATE ON ${schema}.facts REFERENCING NEW TABLE AS changed
          FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.see()`);
      const facts = Array.from({ length: 300 }, (_, index) => aFact({ key: `run:${index}` }));
      await store.facts.add(facts, LATER);
      await store.facts.add(facts, LATER);

      const seen = await server.query(`SELECT rows::int FROM ${schema}.seen WHERE rows > 0`);
      expect(seen).toEqual([{ rows: 300 }]);
      await store.close();
    });

    it("refuses text that it cannot keep, in words that say which", async () => {
      const { store } = await open();
      const refused = expect.objectContaining({ code: "invalid_metadata", message: expect.stringContaining("U+0000") });

      await expect(store.append(creation(aRecord({ links: ["issue:\u0000"] })))).rejects.toEqual(refused);
      await expect(store.people.identify(anAccount({ login: "a\u0000" }), new Uint8Array(32))).rejects.toEqual(refused);
      expect((await store.ledgers()).items).toEqual([]);
      await store.close();
    });

    it("with the schema of a newer LoopForge is refused, in words that say what to do, and left as it is", async () => {
      const { url, schema, store } = await open();
      await store.close();
      await server.query(`UPDATE ${schema}.schema_version SET version = $1`, [STORE_TABLES.migrations.length + 1]);

      const error = await openingOf(url);
      expect(error).toMatchObject({ code: "store_schema" });
      expect(error.message).toMatch(/^The schema .* newer LoopForge; .* Upgrade LoopForge.*LOOPFORGE_STORE.*$/);
    });

    it("with the tables of an earlier LoopForge, which kept no facts, keeps them from now on", async () => {
      const url = server.newStore();
      const earlier = { ...STORE_TABLES, migrations: STORE_TABLES.migrations.slice(0, 1) };
      await (await PostgresDatabase.open(url, earlier, {})).close();
      const store = await PostgresRepository.open(url);
      await store.facts.add([aFact()], LATER);

      expect(await store.facts.of([aFact().entity])).toEqual([aFact()]);
      await store.close();
    });

    it("is used by someone who may read and write, but not make tables", async () => {
      const { url, schema, store } = await open();
      await store.close();
      const role = schema.replace("loopforge_test", "loopforge_role");
      await server.query(`CREATE ROLE ${role} LOGIN PASSWORD 's3cret'`);
      try {
        await server.query(`
          GRANT USAGE ON SCHEMA ${schema} TO ${role};
          GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};
          REVOKE UPDATE, DELETE ON ${schema}.entries FROM ${role}`);
        const restricted = new URL(url);
        restricted.username = role;
        restricted.password = "s3cret";
        const limited = await PostgresRepository.open(restricted.href);
        const record = aRecord();
        await limited.append(creation(record));
        expect(await limited.get(record.recordId)).toEqual(record);
        await limited.facts.add([aFact()], LATER);
        expect(await limited.facts.of([aFact().entity])).toEqual([aFact()]);
        await limited.close();

        restricted.searchParams.set("schema", `${schema}_other`);
        const error = await openingOf(restricted.href);
        expect(error).toMatchObject({ code: "store_unavailable" });
        expect(error.message).toMatch(/^PostgreSQL at .* does not let the user in LOOPFORGE_STORE do its work: .*$/);
      } finally {
        await server.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    });

    it("whose tables somebody took away says so", async () => {
      const { store, schema } = await open();
      await server.query(`DROP TABLE ${schema}.records`);

      await expect(store.head(aRecord().recordId)).rejects.toMatchObject({
        code: "store_schema",
        message: expect.stringMatching(/^The schema of PostgreSQL at .* is not as LoopForge made it: .*$/),
      });
      await store.close();
    });

    it.each([
      ["a user that it does not know", { username: "nobody_of_that_name" }, /refuses the user or the password/],
      ["a database that it does not have", { pathname: "/nothing_of_that_name" }, /does not have the database/],
    ])("says of %s that it is so", async (_, part, words) => {
      const url = Object.assign(new URL(server.newStore()), part, { password: "s3cret" });
      const error = await openingOf(url.href);

      expect(error).toMatchObject({ code: "store_unavailable" });
      expect(error.message).toMatch(/^PostgreSQL at [^\n]*LOOPFORGE_STORE[^\n]*$/);
      expect(error.message).toMatch(words);
      expect(error.message).not.toContain("s3cret");
    });
  });
});

describe("a PostgreSQL URL", () => {
  it("of a server that is not there is one line that names it and the setting", async () => {
    const error = await openingOf("postgres://user:s3cret@127.0.0.1:1/loopforge");

    expect(error).toMatchObject({ code: "store_unavailable" });
    expect(error.message).toMatch(/^Cannot reach PostgreSQL at 127\.0\.0\.1:1\/loopforge \(LOOPFORGE_STORE\): .*$/);
    expect(error.message).not.toContain("s3cret");
  });

  it.each([
    "postgres://user:s3cret@host:not-a-port/db",
    "postgres:",
    "postgres://user:s3cret@host/db?schema=Robert'); DROP",
    "postgres://user:s3cret@host/db?schema=",
    "postgres://user:s3cret@host/db?pool=none",
    "mysql://user:s3cret@host/db",
  ])("%s is refused in one line without its secret", async (url) => {
    const error = await openingOf(url);

    expect(error).toMatchObject({ code: "usage" });
    expect(error.message).toMatch(/^Cannot use LOOPFORGE_STORE: .*postgres:\/\/.*$/);
    expect(error.message).not.toContain("s3cret");
  });
});

async function openingOf(url: string): Promise<LoopForgeError> {
  const error: unknown = await PostgresRepository.open(url, { sleep: async () => {} }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LoopForgeError);
  return error as LoopForgeError;
}
