import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, rmdir, stat, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { LedgerVerifier, LoopForgeError, recordId } from "../../src/core/index.js";
import { JsonFileRepository } from "../../src/store/json-file.js";
import { openStore } from "../../src/store/open.js";
import { aFact, LATER } from "../builders/facts.js";
import { aMove, aNote, anAccount, aRecord, breaksOf, creation, grown, moment, step } from "../builders/records.js";
import { describeLoopStore } from "./contract.js";
import { survivesKills } from "./crash/survives.js";

const WRITER = fileURLToPath(new URL("crash/writer-process.ts", import.meta.url));

describeLoopStore(
  "json-file",
  async (options) => {
    const folder = await mkdtemp(join(tmpdir(), "loopforge-"));
    const file = join(folder, "loops.json");
    const store = await JsonFileRepository.open(file, options);
    return {
      store,
      reopen: async () => {
        await store.close();
        return JsonFileRepository.open(file, options);
      },
      remove: () => rm(folder, { recursive: true }),
    };
  },
  { records: 400, history: 1000, writers: 50 },
);

describe("a JSON file", () => {
  const folders: string[] = [];
  const newFile = async () => {
    const folder = await mkdtemp(join(tmpdir(), "loopforge-"));
    folders.push(folder);
    return join(folder, "loops.json");
  };
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });
  const read = async (file: string) => JSON.parse(await readFile(file, "utf8")) as FileAtRest;
  /** A file with two records in it, closed. */
  const filled = async () => {
    const file = await newFile();
    const store = await JsonFileRepository.open(file);
    const [record, other] = [grown(aRecord({ id: "one" }), [aMove("task_queued")]), aRecord({ id: "other" })];
    for (const one of [record, other]) await store.save(one);
    await store.close();
    return { file, record, other };
  };

  survivesKills({ urlOf: async () => `json:${await newFile()}`, kills: [1, 20, 60, 61, 100] });

  it("is read by a person: indented, in snake_case, each record with its transitions and entries", async () => {
    const { file, record } = await filled();
    const text = await readFile(file, "utf8");

    expect(text).toMatch(/^\{\n {2}"schema_version": 2,\n {2}"records": \[\n {4}\{\n {6}"record_id": "one",\n/);
    expect(text).toMatch(/\n\}\n$/);
    const [first] = (await read(file)).records;
    expect(first).toMatchObject({ record_id: "one", state: "task_queued", ref_number: 7 });
    expect(first?.transitions.map((transition) => transition.to_state)).toEqual(["issue_created", "task_queued"]);
    expect(first?.entries.map((entry) => entry.hash)).toEqual(record.entries.map((entry) => entry.hash));
  });

  it("is written whole beside the old one and then put in its place, and nothing is left behind", async () => {
    const { file } = await filled();
    await chmod(file, 0o640);
    const before = await stat(file);
    const store = await JsonFileRepository.open(file);
    await store.append(creation(aRecord()));
    await store.close();

    const after = await stat(file);
    expect(after.ino).not.toBe(before.ino);
    expect(after.mode).toBe(before.mode);
    expect((await readdir(join(file, ".."))).sort()).toEqual(["loops.json", "loops.json.lock"]);
  });

  it("is the file behind a symbolic link, and stays so", async () => {
    const { file, record } = await filled();
    const link = join(file, "..", "link.json");
    await symlink(file, link);
    const store = await JsonFileRepository.open(link);
    await store.append(step(record));
    await store.close();

    expect((await stat(file)).isFile()).toBe(true);
    expect((await read(file)).records[0]?.entries).toHaveLength(3);
  });

  it("puts writes that are asked for side by side into few writings, and refuses only those that conflict", async () => {
    const file = await newFile();
    const store = await JsonFileRepository.open(file);
    const records = Array.from({ length: 50 }, () => aRecord());
    await Promise.all(records.map((record) => store.append(creation(record))));
    const [contested = aRecord()] = records;
    const outcomes = await Promise.allSettled(
      [...records, contested].map((record) => store.append(step(record, [aNote({ of: record.recordId })]))),
    );

    expect(outcomes.filter((outcome) => outcome.status === "rejected")).toHaveLength(1);
    for (const { recordId } of records) expect(await breaksOf(store, recordId)).toEqual([]);
    await store.close();
  });

  it("shows nobody what is not on the disk yet", async () => {
    const file = await newFile();
    const store = await JsonFileRepository.open(file);
    const record = aRecord();
    const appending = store.append(creation(record));
    expect(await store.head(record.recordId)).toBeNull();
    await appending;

    expect((await read(file)).records).toHaveLength(1);
    expect(await store.head(record.recordId)).not.toBeNull();
    await store.close();
  });

  it("keeps fields that somebody added, wherever, through every writing", async () => {
    const { file, record } = await filled();
    const edited = await read(file);
    const [first, second] = edited.records;
    Object.assign(edited, { comment: { by: "a person" } });
    Object.assign(first ?? {}, { priority: "high" });
    Object.assign(second ?? {}, { priority: "low" });
    await writeFile(file, JSON.stringify(edited));
    const store = await JsonFileRepository.open(file);
    await store.append(step(record));
    const person = await store.people.identify(anAccount(), new Uint8Array(32));
    await store.close();

    expect(await read(file)).toMatchObject({
      comment: { by: "a person" },
      records: [{ priority: "high" }, { priority: "low" }],
      people: [{ person, login: "octocat" }],
    });
  });

  it("of an earlier LoopForge, which kept no facts, keeps them from now on, as a person reads them", async () => {
    const { file } = await filled();
    const { facts: _, ...earlier } = await read(file);
    await writeFile(file, JSON.stringify(earlier));
    const store = await JsonFileRepository.open(file);
    await store.facts.add([aFact()], LATER);
    await store.close();

    expect((await read(file)).facts).toEqual([
      {
        entity: "pull:42#7",
        key: "review:1",
        at: "2026-01-01T00:00:00.000Z",
        received_at: "2026-01-01T00:00:02.000Z",
        value: { state: "approved" },
        expires_at: LATER,
      },
    ]);
  });

  it("keeps what somebody added to a fact, also when an earlier one takes its place", async () => {
    const { file } = await filled();
    const edited = await read(file);
    const { entity, key, at, receivedAt: received_at } = aFact();
    Object.assign(edited, { facts: [{ entity, key, at, received_at, value: {}, expires_at: LATER, seen: "by hand" }] });
    await writeFile(file, JSON.stringify(edited));
    const store = await JsonFileRepository.open(file);
    await store.facts.add([aFact({ at: moment(-1) })], LATER);
    await store.close();

    expect((await read(file)).facts).toMatchObject([{ at: moment(-1), seen: "by hand" }]);
  });

  it.each([
    ["twice", [1, 1], /the fact review:1 of pull:42#7 stands in it twice/],
    ["without a value", [{ value: undefined }], /a fact's value is not an object/],
    ["without a time", [{ at: undefined }], /a at is missing, or not text/],
  ])("with a fact %s is refused, in words that say what is wrong", async (_, changes, words) => {
    const { file } = await filled();
    const store = await JsonFileRepository.open(file);
    await store.facts.add([aFact()], LATER);
    await store.close();
    const edited = await read(file);
    const [fact] = edited.facts;
    Object.assign(edited, { facts: changes.map((change) => Object.assign({}, fact, change)) });
    await writeFile(file, JSON.stringify(edited));

    expect(await openingOf(file)).toMatchObject({ code: "corrupt_ledger", message: expect.stringMatching(words) });
  });

  it("whose ledger was edited opens, and the verifier names the entry", async () => {
    const { file } = await filled();
    const edited = await read(file);
    Object.assign(edited.records[0]?.entries[1] ?? {}, { trigger: "forged" });
    await writeFile(file, JSON.stringify(edited));
    const store = await JsonFileRepository.open(file);

    const verifier = new LedgerVerifier(recordId("one"));
    for (const entry of await store.entries(recordId("one"))) verifier.add(entry);
    expect(verifier.breaks).toEqual([{ recordId: "one", seq: 2, problem: expect.stringContaining("was changed") }]);
    // Its transitions, which stand beside the entries, were not forged along with them.
    await expect(store.head(recordId("one"))).rejects.toThrow(/transitions were changed/);
    await store.close();
  });

  it("with an entry that cannot be read opens, gives it to the verifier, and keeps it", async () => {
    const { file, other } = await filled();
    const edited = await read(file);
    const entry = edited.records[0]?.entries[1];
    delete entry?.seq;
    await writeFile(file, JSON.stringify(edited));
    const store = await JsonFileRepository.open(file);
    await store.append(step(other));

    expect(await breaksOf(store, "one")).toContainEqual(expect.stringMatching(/^2: /));
    await store.close();
    expect((await read(file)).records[0]?.entries[1]).toEqual(entry);
  });

  it("whose transitions say something else than its entries is found out, and left for whoever looks into it", async () => {
    const { file, record, other } = await filled();
    const edited = await read(file);
    Object.assign(edited.records[0]?.transitions[1] ?? {}, { to_state: "merged" });
    await writeFile(file, JSON.stringify(edited));
    const store = await JsonFileRepository.open(file);
    await store.append(step(other));

    await expect(store.get(record.recordId)).rejects.toMatchObject({ code: "corrupt_ledger" });
    await expect(store.head(record.recordId)).rejects.toThrow(/one: its transitions were changed/);
    await store.close();
    expect((await read(file)).records[0]?.transitions[1]?.to_state).toBe("merged");
  });

  it("is used by one process at a time: the second is told by which, where and since when", async () => {
    const file = await newFile();
    const child = spawn(process.execPath, ["--import", "tsx", WRITER, `json:${file}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    await once(createInterface({ input: child.stdout }), "line");
    child.stdout.resume();
    const error = await openingOf(file);

    expect(error).toMatchObject({ code: "store_unavailable" });
    expect(error.message).toMatch(
      new RegExp(
        `^The JSON file .* is in use by process ${child.pid} on ${hostname()} since 2\\S+Z, .*LOOPFORGE_STORE$`,
      ),
    );
    child.kill("SIGKILL");
    await exited;
    await (await openStore(`json:${file}`)).close();
  });

  it("is used once within a process, too", async () => {
    const { file } = await filled();
    const store = await JsonFileRepository.open(file);

    expect((await openingOf(file)).message).toContain(`in use by process ${process.pid} on`);
    await store.close();
    await (await JsonFileRepository.open(file)).close();
  });

  it("that was edited while it is open is not written over", async () => {
    const { file, record } = await filled();
    const store = await JsonFileRepository.open(file);
    await writeFile(file, "edited");

    await expect(store.append(step(record))).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(/^The JSON file .* was changed by something else .*$/),
    });
    expect(await store.head(record.recordId)).toMatchObject({ version: record.version });
    await store.close();
    expect(await readFile(file, "utf8")).toBe("edited");
  });

  it("that cannot be written says so, and goes on when it can again", async () => {
    const { file, record } = await filled();
    const store = await JsonFileRepository.open(file);
    const text = await readFile(file, "utf8");
    // A folder in the place of the file that is written first.
    await mkdir(`${file}.tmp`);
    await expect(store.append(step(record))).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(/^Cannot write the JSON file .*$/),
    });
    expect(await readFile(file, "utf8")).toBe(text);
    await rmdir(`${file}.tmp`);

    await store.append(step(record));
    await store.close();
    expect((await read(file)).records[0]?.entries).toHaveLength(3);
  });

  it("refuses work after it was closed", async () => {
    const store = await JsonFileRepository.open(await newFile());
    await store.close();

    await expect(store.append(creation(aRecord()))).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it.each([
    ["no JSON", '{\n "schema_version": 1,\n x }', /it is not valid JSON: .*line 3/],
    ["half of a file", '{ "schema_version": 1, "records": [{ "rec', /it is not valid JSON/],
    ["an empty file", "", /it is not valid JSON/],
    ["something else's file", '{ "name": "x" }', /no schema_version/],
    ["a list", "[]", /it is not an object/],
    [
      "a record without a state",
      '{ "schema_version": 1, "records": [{ "record_id": "r-1" }] }',
      /r-1: .*ref is missing/,
    ],
    ["records that are none", '{ "schema_version": 1, "records": 1 }', /its records are not a list/],
    ["deleted ones that are none", '{ "schema_version": 1, "deleted": [1] }', /a deleted record is not an object/],
    ["a person without a login", '{ "schema_version": 1, "people": [{ "user_id": 1 }] }', /a login is missing/],
    ["a newer schema", '{ "schema_version": 3 }', /schema 3, made by a newer LoopForge; .*Upgrade LoopForge/],
  ])("with %s in it is refused in one line that names it, and left as it is", async (_, text, words) => {
    const file = await newFile();
    await writeFile(file, text);
    const error = await openingOf(file);

    expect(error.message).toMatch(words);
    expect(error.message).toMatch(/^.*JSON file \/.*loops\.json.*$/);
    expect(error.message).toContain("LOOPFORGE_STORE");
    expect(await readFile(file, "utf8")).toBe(text);
    await writeFile(file, '{ "schema_version": 1 }');
    await (await JsonFileRepository.open(file)).close();
  });

  it("with one record twice is refused", async () => {
    const { file } = await filled();
    const edited = await read(file);
    await writeFile(file, JSON.stringify({ ...edited, records: [...edited.records, ...edited.records] }));

    expect((await openingOf(file)).message).toMatch(/one stands in it twice/);
  });

  it("in a folder that is not there is one clear line", async () => {
    const error = await openingOf(join(await newFile(), "missing", "loops.json"));

    expect(error).toMatchObject({ code: "store_unavailable" });
    expect(error.message).toMatch(/^Cannot open the JSON file .*LOOPFORGE_STORE.*$/);
  });
});

interface FileAtRest {
  readonly records: readonly {
    readonly transitions: readonly { readonly to_state: string }[];
    readonly entries: readonly { readonly hash: string; seq?: number }[];
  }[];
  readonly facts: readonly object[];
}

async function openingOf(file: string): Promise<LoopForgeError> {
  const error: unknown = await JsonFileRepository.open(file).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LoopForgeError);
  return error as LoopForgeError;
}
