import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { INBOX_MIGRATIONS, SQL } from "../../src/inbox/sqlite/schema.js";
import { SqliteInbox } from "../../src/inbox/sqlite.js";
import { SqliteDatabase } from "../../src/store/sqlite/database.js";
import { describeInbox } from "./contract.js";
import { at, delivery, LEASE_MS } from "./deliveries.js";

const newDirectory = () => mkdtemp(join(tmpdir(), "loopforge-inbox-"));

describeInbox("SqliteInbox", async () => {
  const directory = await newDirectory();
  return {
    open: async (options) => new SqliteInbox(join(directory, "inbox.db"), options),
    dispose: () => rm(directory, { recursive: true }),
  };
});

describe("SqliteInbox's file", () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await newDirectory();
    file = join(directory, "inbox.db");
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("is refused when it is the store's, or no database, or not to be opened", async () => {
    new SqliteDatabase(file, ["CREATE TABLE records (id TEXT)"]).close();
    expect(() => new SqliteInbox(file)).toThrow(expect.objectContaining({ code: "store_schema" }));
    await writeFile(join(directory, "text"), "not a database, but long enough to be taken for one".repeat(100));
    expect(() => new SqliteInbox(join(directory, "text"))).toThrow();
    expect(() => new SqliteInbox(join(directory, "no", "such", "directory"))).toThrow(
      expect.objectContaining({ code: "store_unavailable" }),
    );
  });

  it("that cannot be written makes put fail with a code that means 503", async () => {
    const inbox = new SqliteInbox(file);
    const other = new SqliteDatabase(file, INBOX_MIGRATIONS);
    other.run("DROP TABLE bodies");
    const put = inbox.put(delivery("a"));
    await expect(put).rejects.toMatchObject({ code: "inbox_unavailable", disposition: { http: 503, retry: true } });
    await expect(inbox.show("a")).rejects.toMatchObject({ code: "inbox_unavailable" });
    await inbox.close();
    await expect(inbox.put(delivery("b"))).rejects.toMatchObject({ disposition: { http: 503 } });
    other.close();
  });

  it("is committed on close", async () => {
    const inbox = new SqliteInbox(file);
    const put = inbox.put(delivery("a"));
    await inbox.close();
    expect(await put).toBe("stored");
  });

  it("keeps no body of what is done or dropped", async () => {
    const inbox = new SqliteInbox(file);
    for (const guid of ["a", "b", "c", "d"]) await inbox.put(delivery(guid));
    const [a, b] = await inbox.claim(2, at(0), LEASE_MS);
    if (a && b) await Promise.all([inbox.done(a, at(0)), inbox.setAside(b, "x", at(0))]);
    await inbox.drop("c");
    await inbox.retryNow("b");
    const db = new SqliteDatabase(file, INBOX_MIGRATIONS);
    expect(db.all("SELECT guid FROM bodies JOIN deliveries USING (seq) ORDER BY guid")).toMatchObject([
      { guid: "b" },
      { guid: "d" },
    ]);
    expect(db.one("SELECT count(*) AS bodies FROM bodies")).toMatchObject({ bodies: 2 });
    db.close();
    await inbox.close();
  });

  it("is read through an index by every statement, and never sorted", async () => {
    const db = new SqliteDatabase(file, INBOX_MIGRATIONS);
    for (const [name, sql] of Object.entries(SQL)) {
      const plan = db.all(`EXPLAIN QUERY PLAN ${sql}`).map((row) => String(row.detail));
      const bad = plan.filter((detail) => /SCAN (d|deliveries|bodies)\b|TEMP B-TREE/.test(detail));
      expect({ name, bad }).toEqual({ name, bad: [] });
    }
    db.close();
  });
});
