import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LoopForgeError } from "../../src/core/index.js";
import { JsonFileRepository } from "../../src/store/json-file.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { openStore } from "../../src/store/open.js";
import { SqliteRepository } from "../../src/store/sqlite.js";
import { aRecord, creation, moment } from "../builders/records.js";

describe("LOOPFORGE_STORE", () => {
  it("memory: opens a store in memory", async () => {
    expect(await openStore("memory:")).toBeInstanceOf(MemoryRepository);
  });

  it.each(["sqlite:", "sqlite://", "SQLite:"])("%s and a path opens a SQLite file", async (scheme) => {
    const folder = await mkdtemp(join(tmpdir(), "loopforge-"));
    const url = scheme + join(folder, "loopforge.db");
    const record = aRecord();
    const store = await openStore(url);
    await store.append(creation(record));
    await store.close();

    const again = await openStore(url);
    expect(again).toBeInstanceOf(SqliteRepository);
    expect(await again.get(record.recordId)).toEqual(record);
    await again.close();
    await rm(folder, { recursive: true });
  });

  it.each(["json:", "json://"])("%s and a path opens a JSON file", async (scheme) => {
    const folder = await mkdtemp(join(tmpdir(), "loopforge-"));
    const store = await openStore(scheme + join(folder, "loops.json"));

    expect(store).toBeInstanceOf(JsonFileRepository);
    await store.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    ["postgres://user:s3cret@127.0.0.1:1/loopforge", "PostgreSQL"],
    ["PostgreSQL://user:s3cret@127.0.0.1:1/loopforge", "PostgreSQL"],
    ["redis://:s3cret@127.0.0.1:1", "Redis"],
    ["rediss://:s3cret@127.0.0.1:1", "Redis"],
  ])("%s asks the server that it names, which is not there", async (url, server) => {
    const error: unknown = await openStore(url).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ code: "store_unavailable" });
    expect(String(error)).toMatch(
      new RegExp(`^\\S+ Cannot reach ${server} at 127\\.0\\.0\\.1:1/\\w+ \\(LOOPFORGE_STORE\\): .*$`),
    );
    expect(String(error)).not.toContain("s3cret");
  });

  it("sqlite::memory: opens a SQLite database without a file", async () => {
    const store = await openStore("sqlite::memory:");
    const record = aRecord();
    await store.append(creation(record));

    expect(await store.get(record.recordId)).toEqual(record);
    await store.close();
  });

  it("passes the clock on", async () => {
    const store = await openStore("memory:", { clock: () => new Date(moment(60)) });
    await store.items.put("waiting", "a", 1, { expiresAt: moment(59) });

    expect(await store.items.get("waiting", "a")).toBeNull();
  });

  it.each([
    "",
    "loopforge.db",
    "sqlite:",
    "sqlite://",
    "json:",
    "memory:something",
    "mysql://user:s3cret@host/db",
    "constructor:x",
    "user:s3cret@host",
    "-:",
  ])("%j is refused in one line that names the variable and the schemes, and repeats no secret", async (url) => {
    const error: unknown = await openStore(url).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(LoopForgeError);
    expect(error).toMatchObject({ code: "usage" });
    expect(String(error)).toMatch(/^.*LOOPFORGE_STORE.*sqlite:.*memory:.*$/);
    expect(String(error)).not.toContain("s3cret");
  });
});
