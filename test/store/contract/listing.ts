import { expect, it } from "vitest";
import type { LoopStore, Page } from "../../../src/store/repository.js";
import { aMove, aRecord, creation, moment, step } from "../../builders/records.js";
import type { Suite } from "../contract.js";

const USAGE = expect.objectContaining({ code: "usage" });

export function listing({ open, records }: Suite): void {
  /** Many records in few states, at few times: of each time about a tenth. */
  const filled = async (store: LoopStore) => {
    const all = Array.from({ length: records }, (_, index) =>
      aRecord({ id: `id-${(index * 7919) % 100_003}`, at: index % 10 }),
    );
    await inHundreds(all, (record) => store.append(creation(record)));
    const queued = all.filter((_, index) => index % 3 === 0);
    await inHundreds(queued, (record) => store.append(step(record, [aMove("task_queued")], 20)));
    return { created: records - queued.length, queued: queued.length };
  };

  it("every record once, the least recently updated first and ties by id, a page at a time", async () => {
    const store = await open();
    await filled(store);
    const heads = await collect((cursor) => store.list({ limit: 97, ...cursor }));
    const places = heads.map((head) => `${head.updatedAt} ${head.recordId}`);

    expect(places).toHaveLength(records);
    expect(places).toEqual([...new Set(places)].sort());
  });

  it("the records of one state", async () => {
    const store = await open();
    const { created, queued } = await filled(store);
    const inState = (state: string) => collect((cursor) => store.list({ state, limit: 100, ...cursor }));
    const heads = await inState("task_queued");

    expect(heads).toHaveLength(queued);
    expect(heads.every((head) => head.state === "task_queued" && head.updatedAt === moment(20))).toBe(true);
    expect(heads.map((head) => head.recordId)).toEqual(heads.map((head) => head.recordId).sort());
    expect(await inState("issue_created")).toHaveLength(created);
    expect(await inState("nowhere")).toEqual([]);
  });

  it("whole records of one state, the least recently updated first, a hundred by default", async () => {
    const store = await open();
    await filled(store);
    const found = await store.listByState("issue_created");
    const heads = await store.list({ state: "issue_created" });

    expect(found).toHaveLength(100);
    expect(found.map((record) => record.recordId)).toEqual(heads.items.map((head) => head.recordId));
    expect(found.every((record) => record.entries.length === 1 && record.transitions.length === 1)).toBe(true);
    expect(await store.listByState("issue_created", 7)).toEqual(found.slice(0, 7));
  });

  it("a page that ends with the last record has no cursor", async () => {
    const store = await open();
    for (const at of [1, 2, 3]) await store.append(creation(aRecord({ at })));

    expect((await store.list({ limit: 3 })).cursor).toBeNull();
    expect((await store.list({ limit: 2 })).cursor).not.toBeNull();
    expect((await store.ledgers({ limit: 3 })).cursor).toBeNull();
  });

  it("a record that moves while the pages are turned is seen again, and none is missed", async () => {
    const store = await open();
    const [first, second, third] = [aRecord({ at: 1 }), aRecord({ at: 2 }), aRecord({ at: 3 })];
    for (const record of [first, second, third]) await store.append(creation(record));
    const page = await store.list({ limit: 1 });
    await store.append(step(first, [aMove("task_queued")], 9));
    const rest = await store.list({ cursor: page.cursor ?? "" });

    expect(page.items.map((head) => head.recordId)).toEqual([first.recordId]);
    expect(rest.items.map((head) => head.recordId)).toEqual([second.recordId, third.recordId, first.recordId]);
  });

  it("every ledger, in the order of ids", async () => {
    const store = await open();
    await filled(store);
    const ids = await collect((cursor) => store.ledgers({ limit: 97, ...cursor }));

    expect(ids).toHaveLength(records);
    expect(ids).toEqual([...ids].sort());
  });

  it("nothing where nothing was written", async () => {
    const store = await open();

    expect(await store.list()).toEqual({ items: [], cursor: null });
    expect(await store.ledgers()).toEqual({ items: [], cursor: null });
    expect(await store.listByState("merged")).toEqual([]);
  });

  it("refuses a cursor that it did not give, and a limit that is no number of records", async () => {
    const store = await open();

    for (const cursor of ["", "nonsense", "!!", "aGk"]) {
      await expect(store.list({ cursor })).rejects.toEqual(USAGE);
    }
    await expect(store.ledgers({ cursor: "!!" })).rejects.toEqual(USAGE);
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expect(store.list({ limit })).rejects.toEqual(USAGE);
      await expect(store.listByState("merged", limit)).rejects.toEqual(USAGE);
    }
  });
}

/** All that the pages hold, turning them to the last. */
async function collect<T>(pageAt: (query: { cursor?: string }) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  for (let page = await pageAt({}); ; page = await pageAt({ cursor: page.cursor })) {
    items.push(...page.items);
    if (page.cursor === null) return items;
  }
}

async function inHundreds<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < all.length; start += 100) await Promise.all(all.slice(start, start + 100).map(work));
}
