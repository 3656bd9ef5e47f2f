import { randomUUID } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { advance, createRecord, type Draft, type RecordHead, recordId, timestamp } from "../src/core/index.js";
import { headOf } from "../src/store/head-of.js";
import type { LoopStore } from "../src/store/repository.js";
import { median, type Result } from "./measure.js";
import { ROUND } from "./sqlite.js";
import { type Backend, type Opened, reachableBackends } from "./store-backends.js";

const SECONDS = 2;
const RECORDS = 1000;
const WRITERS = 16;
const HISTORIES = [10, 100, 1000, 10_000];
/** Entries a write while a history is made: as many as DynamoDB takes with what goes beside them. */
const STRETCH = 90;
const TRANSITIONS = 21;
/** Lists 100,000 records wherever that can be done; on DynamoDB Local, they take a quarter of an hour to write. */
const isFull = Boolean(process.env.LOOPFORGE_BENCH_FULL);

/** What appending and listing costs in each shipped backend, and that it does not depend on how long a history is, or a list. */
export async function benchStores(): Promise<readonly Result[]> {
  const results: Result[] = [];
  for await (const backend of reachableBackends()) {
    process.stderr.write(`  ${backend.name} …\n`);
    results.push(...(await appends(backend)), ...(await costs(backend)), ...(await lists(backend)));
  }
  return results;
}

async function appends({ name, open }: Backend): Promise<readonly Result[]> {
  const { store } = await open();
  const records = await created(store, RECORDS);
  const [one] = records;
  if (!one) throw new Error("There is no record");
  const alone = await appendsASecond(store, [[one]]);
  const shares = Array.from({ length: WRITERS }, (_, writer) =>
    records.slice(1).filter((_, i) => i % WRITERS === writer),
  );
  const many = await appendsASecond(store, shares);
  await store.close();
  return [
    { name: `appends on ${name}, one record, one at a time`, unit: "appends/s", value: alone },
    { name: `appends on ${name}, ${RECORDS} records, ${WRITERS} writers`, unit: "appends/s", value: many },
  ];
}

/** Each writer goes round its own records. */
async function appendsASecond(store: LoopStore, shares: readonly (readonly RecordHead[])[]): Promise<number> {
  let done = 0;
  const begin = performance.now();
  const writer = async (share: readonly RecordHead[]) => {
    const heads = [...share];
    for (let turn = 0; performance.now() - begin < SECONDS * 1000; turn++) {
      const place = turn % heads.length;
      const head = heads[place];
      if (head) heads[place] = await appended(store, head, [move(head)]);
      done += 1;
    }
  };
  await Promise.all(shares.map(writer));
  return done / ((performance.now() - begin) / 1000);
}

/** Of one transition with an idempotency key and no new link, as the App writes it. */
async function costs({ name, open }: Backend): Promise<readonly Result[]> {
  const opened = await open();
  const { store, bytes } = opened;
  if (!bytes) {
    await store.close();
    return [];
  }
  const [created_] = await created(store, 1);
  if (!created_) throw new Error("There is no record");
  let head = created_;
  const results: Result[] = [];
  let shortest = Number.NaN;
  for (const history of HISTORIES) {
    while (head.ledger.length < history) {
      const missing = Math.min(STRETCH, history - head.ledger.length);
      head = await appended(store, head, Array.from({ length: missing }, note));
    }
    const measured = await measuredTransitions(opened, head);
    head = measured.head;
    if (history === HISTORIES[0]) shortest = measured.bytes;
    const isLongest = history === HISTORIES.at(-1);
    results.push({
      name: `a transition on ${name} after ${history} entries: ${bytes.what}`,
      unit: "bytes",
      value: measured.bytes,
      // The JSON file is written whole, and says so.
      ...(isLongest ? { peer: { name: `after ${HISTORIES[0]} entries`, value: shortest } } : {}),
      ...(isLongest && name !== "JSON file" ? { atMost: 1.2 } : {}),
    });
    if (measured.units === null) continue;
    const peer = { name: "the most that is wanted", value: 10 };
    results.push({
      ...{ name: `a transition on ${name} after ${history} entries: write units`, unit: "units" },
      ...{ value: measured.units, peer, atMost: 1 },
    });
  }
  await store.close();
  return results;
}

async function measuredTransitions({ store, bytes, units }: Opened, from: RecordHead) {
  let head = from;
  const costs: number[] = [];
  for (let turn = 0; turn < TRANSITIONS; turn++) {
    const cost = await bytes?.of(async () => {
      head = await appended(store, head, [move(head)], randomUUID());
    });
    costs.push(cost ?? Number.NaN);
  }
  return { head, bytes: median(costs), units: units ? units() : null };
}

/** All records, a page at a time, as `loopforge list` and `export` read them; and what the heap holds meanwhile. */
async function lists({ name, listed, open }: Backend): Promise<readonly Result[]> {
  const { store } = await open();
  const count = isFull ? listed.full : listed.byDefault;
  const limit = Math.min(1000, count / 20);
  await created(store, count);
  const heaps: number[] = [];
  let found = 0;
  let spent = 0;
  for (let cursor: string | null | undefined, isLast = false; !isLast; ) {
    const begin = performance.now();
    const page = await store.list({ limit, ...(cursor ? { cursor } : {}) });
    spent += performance.now() - begin;
    // With the page in hand, as whoever reads it has.
    if (found % (5 * limit) === 0) heaps.push(heapInUse());
    found += page.items.length;
    cursor = page.cursor;
    isLast = cursor === null;
  }
  await store.close();
  if (found !== count) throw new Error(`${name} listed ${found} records of ${count}`);
  const many = `${count.toLocaleString("en")} records on ${name}`;
  return [
    { name: `listing ${many}`, unit: "records/s", value: found / (spent / 1000) },
    {
      ...{ name: `heap at its highest while listing ${many}`, unit: "KB", value: Math.max(...heaps) / 1024 },
      ...{ peer: { name: "heap at the first page", value: (heaps[0] ?? Number.NaN) / 1024 }, atMost: 1.2 },
    },
  ];
}

/** New records, many of them side by side. */
async function created(store: LoopStore, count: number): Promise<readonly RecordHead[]> {
  const heads: RecordHead[] = [];
  let next = 0;
  const writer = async () => {
    for (let index = next++; index < count; index = next++) {
      const record = createRecord(
        { ref: `acme/shop#${index}`, refNumber: index, repo: "acme/shop" },
        { recordId: recordId(`r-${String(index).padStart(6, "0")}`), lifecycle: ROUND, ...at(index) },
      );
      await store.append({ head: headOf(record), expectedVersion: 0, entries: record.entries });
      heads.push(headOf(record));
    }
  };
  await Promise.all(Array.from({ length: 4 * WRITERS }, writer));
  return heads;
}

async function appended(
  store: LoopStore,
  before: RecordHead,
  drafts: readonly Draft[],
  idempotencyKey?: string,
): Promise<RecordHead> {
  const { head, entries } = advance<string>(ROUND, before, drafts, at(0));
  const write = { head, expectedVersion: before.version, entries };
  await store.append(idempotencyKey === undefined ? write : { ...write, idempotencyKey });
  return head;
}

function move({ state }: RecordHead): Draft {
  return { ...note(), kind: "transition", toState: state === "a" ? "b" : "a", trigger: "turn" };
}

function note(): Draft {
  const metadata = { workerId: "w-1", url: "https://github.com/acme/shop/pull/12" };
  return { kind: "note", toState: null, trigger: "noted", occurredAt: null, people: [], metadata };
}

function at(seconds: number) {
  return { timestamp: timestamp(seconds * 1000), source: { kind: "api" } as const };
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
