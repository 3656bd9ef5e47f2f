import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { LoopService } from "../../src/index.js";
import { openStore } from "../../src/store/open.js";
import { aNote, aRecord, grown } from "../builders/records.js";
import { breaksIn, ledgerInWords } from "../builders/service.js";
import { SqlRepository } from "./sql-repository.js";

const read = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), "utf8");

describe("docs/storage.md", () => {
  it("shows the backend that is tested here", async () => {
    const [, shown] = /```ts\n(import Database[\s\S]*?)```/.exec(await read("docs/storage.md")) ?? [];
    const tested = await read("test/docs/sql-repository.ts");

    expect(shown).toBe(tested.replace('"../../src/index.js"', '"loopforge"'));
  });

  it.each(["docs/storage.md", "README.md"])("%s names every store that there is", async (file) => {
    const text = await read(file);
    const refusal: unknown = await openStore("nothing:").catch((error: unknown) => error);
    const examples = String(refusal)
      .replace(/^.*for example: /, "")
      .split(", ");
    const schemes = examples.map((example) => example.replace(/:.*$/, ""));

    expect(schemes.length).toBeGreaterThan(5);
    for (const scheme of schemes) expect(text).toContain(`\`${scheme}:`);
  });
});

describe("the backend of one's own in docs/storage.md", () => {
  let file: string;
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), "loopforge-docs-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    file = join(folder, "loops.db");
  });
  const aService = () => new LoopService({ repository: new SqlRepository(file) });
  const A_WORK_ITEM = { ref: "acme/shop#7", refNumber: 7, repo: "acme/shop" } as const;

  it("keeps what a service creates and moves, with its ledger", async () => {
    const created = await aService().create({ ...A_WORK_ITEM, labels: ["größe: l"] });
    const moved = await aService().transition(created.recordId, "task_queued", "worker.picked_up", { workerId: "w-1" });
    const refused = await aService().transition(created.recordId, "merged", "pr.merged");

    expect(moved).toMatchObject({ success: true, previousState: "issue_created", newState: "task_queued" });
    expect(refused).toMatchObject({ success: false });
    const kept = await aService().get(created.recordId);
    expect(kept).toMatchObject({ state: "task_queued", labels: ["größe: l"], version: 3 });
    expect(kept && ledgerInWords(kept)).toEqual([
      "created null → issue_created",
      "transition issue_created → task_queued",
      "rejected task_queued → merged",
    ]);
    expect(kept && breaksIn(kept)).toEqual([]);
  });

  it("lists by state, the least recently updated first", async () => {
    const repository = new SqlRepository(file);
    for (const [id, at] of [["c", 3] as const, ["a", 1] as const, ["b", 2] as const]) {
      await repository.save(aRecord({ id, at }));
    }
    const ids = async (limit?: number) =>
      (await repository.listByState("issue_created", limit)).map((record) => record.recordId);

    expect(await ids()).toEqual(["a", "b", "c"]);
    expect(await ids(2)).toEqual(["a", "b"]);
    expect(await repository.listByState("merged")).toEqual([]);
  });

  it("takes a deleted record out of everything, and its id is not used again", async () => {
    const repository = new SqlRepository(file);
    const record = aRecord();
    await repository.save(record);
    await repository.delete(record.recordId);

    expect(await repository.get(record.recordId)).toBeNull();
    expect(await repository.listByState("issue_created")).toEqual([]);
    await repository.delete(record.recordId);
    await expect(repository.save(record)).rejects.toMatchObject({ code: "record_exists" });
  });

  it("has one winner of two transitions at once, and the other is decided on what the winner left", async () => {
    const { recordId } = await aService().create(A_WORK_ITEM);
    const [one, other] = [aService(), aService()];
    const results = await Promise.all([
      one.transition(recordId, "task_queued", "worker.picked_up", { workerId: "w-1" }),
      other.transition(recordId, "task_queued", "worker.picked_up", { workerId: "w-2" }),
    ]);

    expect(results.map((result) => result.success).sort()).toEqual([false, true]);
    const record = await aService().get(recordId);
    expect(record && ledgerInWords(record)).toEqual([
      "created null → issue_created",
      "transition issue_created → task_queued",
      "rejected task_queued → task_queued",
    ]);
    expect(record && breaksIn(record)).toEqual([]);
  });

  it("refuses a record that is not newer, or has gone another way, and takes the very same again", async () => {
    const repository = new SqlRepository(file);
    const record = aRecord();
    const next = grown(record);
    await repository.save(record);
    await repository.save(next);
    await repository.save(next);

    await expect(repository.save(record)).rejects.toMatchObject({ code: "version_conflict" });
    const parted = grown(grown(record, [aNote({ another: true })]));
    await expect(repository.save(parted)).rejects.toMatchObject({ code: "version_conflict" });
    expect(await repository.get(record.recordId)).toEqual(next);
  });
});
