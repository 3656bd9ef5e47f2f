import fc from "fast-check";
import { expect, it } from "vitest";
import { entityOf } from "../../../src/core/facts/entity.js";
import { type EntityId, type StoredFact, type Timestamp, timestamp } from "../../../src/core/index.js";
import type { Facts, KeptFact, LoopStore } from "../../../src/store/repository.js";
import { anyJsonObject } from "../../builders/arbitraries.js";
import { aFact, LATER } from "../../builders/facts.js";
import { moment } from "../../builders/records.js";
import type { Suite } from "../contract.js";

const PULL = entityOf.pull(42, 7);
const COMMIT = entityOf.commit(42, "5f2c");
const USAGE = expect.objectContaining({ code: "usage" });
const TO_THE_END = 1000;

/** So many seconds after midnight of a far-off day. */
const later = (seconds: number) => timestamp(Date.UTC(2126, 0, 1) + seconds * 1000);

export function factsKept({ open, openWhole, history, writers }: Suite): void {
  it("returns what was added, ordered by entity and key, and nothing of other entities", async () => {
    const { facts } = await open();
    const ofPull = ["B", "a", "a1", "a:2"].map((key) => aFact({ key }));
    const ofCommit = aFact({ entity: COMMIT });
    await facts.add([...ofPull, ofCommit, aFact({ entity: entityOf.issue(42, 7) })].reverse(), LATER);

    expect(await facts.of([PULL, COMMIT, PULL])).toEqual([ofCommit, ...ofPull]);
    expect(await facts.of([entityOf.pull(42, 70)])).toEqual([]);
    expect(await facts.of([])).toEqual([]);
  });

  it("keeps any value as it is, and any printable ASCII as a key", async () => {
    const { facts } = await open();
    const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 0x20 + index));
    const value = {
      text: "größe 🚦\u0000\u2028 \\ \" ' \r\n \ud800",
      "": null,
      __proto__x: { "10": [1.5, -1e-7, Number.MAX_SAFE_INTEGER, { deep: [] }], "9": false },
    };
    const added = [printable, "x".repeat(200), " ", "__proto__"].map((key) => aFact({ key, value }));
    await facts.add(added, LATER);

    expect(await facts.of([PULL])).toEqual(added.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
  });

  it("refuses a key that is not 1 to 200 printable ASCII characters, and adds nothing of that call", async () => {
    const { facts } = await open();
    for (const key of ["", "é", "a\nb", "x".repeat(201)]) {
      await expect(facts.add([aFact(), aFact({ key })], LATER)).rejects.toEqual(USAGE);
    }
    await expect(facts.add([aFact({ entity: "" as EntityId })], LATER)).rejects.toEqual(USAGE);

    expect(await facts.of([PULL])).toEqual([]);
  });

  it("adds the same fact once, however often it is added, and in one call", async () => {
    const { facts } = await open();
    await facts.add([aFact(), aFact()], LATER);
    await facts.add([aFact()], LATER);
    await facts.add([], LATER);

    expect(await facts.of([PULL])).toEqual([aFact()]);
  });

  it.each<[string, Partial<StoredFact>, Partial<StoredFact>]>([
    [
      "the one that GitHub produced first",
      { at: moment(1), receivedAt: moment(9) },
      { at: moment(2), receivedAt: moment(3) },
    ],
    ["of the same time, the one that was received first", { receivedAt: moment(5) }, { receivedAt: moment(6) }],
    ["of the same times, always the same one", { value: { is: "\uff5e" } }, { value: { is: "😂" } }],
    [
      "the first by time and not by text",
      { at: "2026-01-01T00:00:05Z" as Timestamp },
      { at: "2026-01-01T00:00:05.500Z" as Timestamp },
    ],
  ])("keeps of two with one key %s, whichever is added first", async (_, first, second) => {
    const { facts } = await open();
    const [keysOneWay, keysOtherWay, inOneCall] = ["1", "2", "3"].map((key) => [
      aFact({ key, ...first }),
      aFact({ key, ...second }),
    ]);
    for (const fact of keysOneWay ?? []) await facts.add([fact], LATER);
    for (const fact of keysOtherWay?.toReversed() ?? []) await facts.add([fact], LATER);
    await facts.add(inOneCall?.toReversed() ?? [], LATER);

    const kept = await facts.of([PULL]);
    expect(kept.map(({ key }) => key)).toEqual(["1", "2", "3"]);
    expect(new Set(kept.map(({ at, receivedAt, value }) => JSON.stringify([at, receivedAt, value]))).size).toBe(1);
    expect(kept[0]?.value).toEqual(aFact(first).value);
    expect(kept[0]).toMatchObject({
      at: timestamp(aFact(first).at),
      receivedAt: timestamp(aFact(first).receivedAt),
    });
  });

  it("ends in the same set whatever the order of adding, the doubling and the split into calls", async () => {
    const store = await open();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(anyFact, { minLength: 1, maxLength: 12 })
          .chain((facts) => fc.tuple(fc.constant(facts), anyCallsOf(facts))),
        async ([facts, calls]) => {
          run += 1;
          const [plain, mixed] = [entityOf.issue(run, 1), entityOf.issue(run, 2)];
          await store.facts.add(about(plain, facts), LATER);
          await Promise.all(calls.map((call) => store.facts.add(about(mixed, call), LATER)));

          expect(about(plain, await store.facts.of([mixed]))).toEqual(await store.facts.of([plain]));
        },
      ),
      { numRuns: Math.min(100, writers) },
    );
  });

  it("loses none of the facts of writers at once, and keeps the earliest of each key", async () => {
    const { facts } = await open();
    const keys = ["shared:1", "shared:2", "shared:3"];
    const call = (writer: number) => [
      ...keys.map((key) => aFact({ key, at: moment((writer * 7) % writers), value: { writer } })),
      aFact({ key: `own:${String(writer).padStart(4, "0")}` }),
    ];
    await Promise.all(Array.from({ length: writers }, (_, writer) => facts.add(call(writer).toReversed(), LATER)));

    const kept = await facts.of([PULL]);
    expect(kept.filter(({ key }) => key.startsWith("own:"))).toHaveLength(writers);
    expect(kept.filter(({ key }) => key.startsWith("shared:"))).toEqual(
      keys.map((key) => aFact({ key, at: moment(0), value: { writer: 0 } })),
    );
  });

  it("holds many facts of one entity, added one by one or together", async () => {
    const { facts } = await open();
    const all = Array.from({ length: history }, (_, index) =>
      aFact({ key: `run:${String(index).padStart(6, "0")}`, value: { index } }),
    );
    await facts.add(all.slice(0, -10).toReversed(), LATER);
    for (const fact of all.slice(-10)) await facts.add([fact], LATER);

    expect(await facts.of([PULL])).toEqual(all);
  });

  it("reads more than a megabyte of one entity whole", async () => {
    const { facts } = await open();
    const text = "é".repeat(30_000);
    const all = Array.from({ length: 30 }, (_, index) => aFact({ key: `run:${index + 10}`, value: { text } }));
    await facts.add(all, LATER);

    expect(await facts.of([PULL])).toEqual(all);
  });

  it("reads many entities at once", async () => {
    const { facts } = await open();
    const all = Array.from({ length: 150 }, (_, index) => aFact({ entity: entityOf.commit(42, String(index + 1000)) }));
    await facts.add(all, LATER);

    expect(await facts.of(all.map(({ entity }) => entity).toReversed())).toEqual(all);
  });

  it("leaves out what has expired, by the store's clock: the later of two expiries counts", async () => {
    let now = 0;
    const { facts } = await open({ clock: () => new Date(later(now)) });
    await facts.add([aFact({ key: "a" }), aFact({ key: "b" }), aFact({ key: "c", at: moment(5) })], later(10));
    await facts.add([aFact({ key: "b" })], "2126-01-01T00:00:20Z" as Timestamp);
    await facts.add([aFact({ key: "c", at: moment(9) })], later(20));
    await facts.add([aFact({ key: "b" }), aFact({ key: "c", at: moment(3) })], later(5));
    const keys = async () => (await facts.of([PULL])).map(({ key }) => key);

    now = 9;
    expect(await keys()).toEqual(["a", "b", "c"]);
    now = 10;
    expect(await keys()).toEqual(["b", "c"]);
    expect((await allKept(facts)).map(({ fact }) => fact.key)).toEqual(["b", "c"]);
    expect(await facts.of([PULL])).toEqual([aFact({ key: "b" }), aFact({ key: "c", at: moment(3) })]);
    now = 20;
    expect(await keys()).toEqual([]);
    expect(await facts.list()).toEqual({ items: [], cursor: null });
  });

  it("has an expired fact again when it is added again", async () => {
    let now = 0;
    const { facts } = await open({ clock: () => new Date(later(now)) });
    await facts.add([aFact()], later(10));
    now = 15;
    expect(await facts.of([PULL])).toEqual([]);
    await facts.add([aFact()], later(20));

    expect(await facts.of([PULL])).toEqual([aFact()]);
  });

  it("renews the facts of some entities, never to an earlier expiry, and none that has expired", async () => {
    let now = 0;
    const { facts } = await open({ clock: () => new Date(later(now)) });
    const other = entityOf.issue(42, 1);
    await facts.add([aFact({ key: "gone" })], later(5));
    await facts.add([aFact({ key: "a" }), aFact({ entity: COMMIT }), aFact({ entity: other })], later(10));
    await facts.add([aFact({ key: "long" })], later(40));
    now = 6;
    await facts.renew([PULL, COMMIT, entityOf.issue(42, 999)], later(30));
    await facts.renew([COMMIT], later(8));
    await facts.renew([], later(99));

    now = 29;
    expect(await facts.of([PULL, COMMIT, other])).toEqual([
      aFact({ entity: COMMIT }),
      aFact({ key: "a" }),
      aFact({ key: "long" }),
    ]);
    now = 39;
    expect(await facts.of([PULL, COMMIT, other])).toEqual([aFact({ key: "long" })]);
  });

  it("removes what has expired, some at each adding, and nothing else", async () => {
    let now = 0;
    const { facts } = await open({ clock: () => new Date(later(now)) });
    const few = Array.from({ length: 120 }, (_, index) => aFact({ entity: entityOf.issue(1, index) }));
    await facts.add(few, later(10));
    await facts.add([aFact()], later(50));
    now = 20;
    for (const key of ["x", "y"]) await facts.add([aFact({ key })], later(50));
    now = 0;

    const left = (await allKept(facts)).filter(({ fact }) => fact.entity !== PULL);
    expect(left.length === 0 || left.length === few.length).toBe(true);
    expect((await facts.of([PULL])).map(({ key }) => key)).toEqual(["review:1", "x", "y"]);
  });

  it("lists every fact once with its expiry, a page at a time", async () => {
    const { facts } = await open();
    const first = Array.from({ length: 60 }, (_, index) => aFact({ key: `run:${index + 100}`, value: { index } }));
    const second = Array.from({ length: 40 }, (_, index) => aFact({ entity: entityOf.commit(42, `${index}`) }));
    await facts.add(first, later(10));
    await facts.add(second, later(20));

    for (const limit of [1, 7, 100, TO_THE_END]) {
      const kept = await allKept(facts, limit);
      expect(kept).toHaveLength(100);
      expect(kept.toSorted(byName)).toEqual(
        [
          ...first.map((fact) => ({ fact, expiresAt: later(10) })),
          ...second.map((fact) => ({ fact, expiresAt: later(20) })),
        ].toSorted(byName),
      );
    }
    expect((await facts.list({ limit: 100 })).cursor).toBeNull();
    expect((await facts.list()).items).toHaveLength(100);
  });

  it("refuses a cursor that it did not give, and a limit that is no number of facts", async () => {
    const { facts } = await open();

    for (const cursor of ["", "nonsense", "!!", "aGk"]) {
      await expect(facts.list({ cursor })).rejects.toEqual(USAGE);
    }
    for (const limit of [0, -1, 1.5, Number.NaN]) await expect(facts.list({ limit })).rejects.toEqual(USAGE);
  });

  it("is not changed by what is done to a value that was added, or returned", async () => {
    const { facts } = await open();
    const value = { list: [1] };
    await facts.add([aFact({ value })], LATER);
    value.list.push(2);
    for (const fact of await facts.of([PULL])) Object.assign(fact.value, { list: [3] });

    expect(await facts.of([PULL])).toEqual([aFact({ value: { list: [1] } })]);
  });

  it("has them, their expiries and their order when it is opened again", async (context) => {
    const { store, reopen } = await openWhole();
    if (!reopen) return context.skip("It keeps nothing beyond its process, and does not say that it does");
    await store.facts.add([aFact({ key: "b" }), aFact({ key: "a", at: moment(8) })], later(10));
    await store.facts.add([aFact({ key: "a", at: moment(4) })], later(20));
    const again = await reopen();
    await again.facts.add([aFact({ key: "a", at: moment(6) })], later(15));

    expect(await again.facts.of([PULL])).toEqual([aFact({ key: "a", at: moment(4) }), aFact({ key: "b" })]);
    expect((await allKept(again.facts)).toSorted(byName).map(({ expiresAt }) => expiresAt)).toEqual([
      later(20),
      later(10),
    ]);
    await again.close();
  });
}

/** Few keys and few times, so that facts meet and tie. */
const anyFact: fc.Arbitrary<StoredFact> = fc
  .record({
    key: fc.constantFrom("a", "b", "~", " "),
    at: fc.integer({ min: 0, max: 2 }).map(moment),
    receivedAt: fc.integer({ min: 0, max: 2 }).map(moment),
    value: anyJsonObject,
  })
  .map(aFact);

/** All of the facts in another order, some of them twice, in several calls. */
function anyCallsOf(facts: readonly StoredFact[]): fc.Arbitrary<readonly (readonly StoredFact[])[]> {
  const doubled = [...facts, ...facts];
  const shuffled = fc.shuffledSubarray(doubled.slice(facts.length - Math.ceil(facts.length / 2)), { minLength: 0 });
  return shuffled.chain((some) => {
    const all = [...facts, ...some];
    return fc
      .tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.integer({ min: 1, max: 5 }))
      .map(([mixed, size]) =>
        Array.from({ length: Math.ceil(mixed.length / size) }, (_, call) =>
          mixed.slice(call * size, (call + 1) * size),
        ),
      );
  });
}

function about(entity: EntityId, facts: readonly StoredFact[]): readonly StoredFact[] {
  return facts.map((fact) => ({ ...fact, entity }));
}

async function allKept(facts: LoopStore["facts"], limit = 10): Promise<readonly KeptFact[]> {
  const kept: KeptFact[] = [];
  for (let cursor: string | undefined; ; ) {
    const page: Awaited<ReturnType<Facts["list"]>> = await facts.list(
      cursor === undefined ? { limit } : { limit, cursor },
    );
    expect(page.items.length).toBeLessThanOrEqual(limit);
    kept.push(...page.items);
    if (page.cursor === null) return kept;
    cursor = page.cursor;
  }
}

function byName({ fact: a }: KeptFact, { fact: b }: KeptFact): number {
  return `${a.entity}\n${a.key}` < `${b.entity}\n${b.key}` ? -1 : 1;
}
