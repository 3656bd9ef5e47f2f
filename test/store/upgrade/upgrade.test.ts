import { describe, expect, it } from "vitest";
import {
  type EntityId,
  entityOf,
  factSets,
  GITHUB,
  heardOf,
  LedgerVerifier,
  type Observation,
  openEntry,
  type RecordHead,
} from "../../../src/core/index.js";
import { readRecord } from "../../../src/recorder/read-record.js";
import { Recorder } from "../../../src/recorder/recorder.js";
import { WorkItems } from "../../../src/recorder/work-items.js";
import type { LoopStore } from "../../../src/store/repository.js";
import { headsOf } from "../../support/scenarios.js";
import { type Backend, clock, givenBackends, type OldCopy } from "./old-stores.js";

const REPO = 100001;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What the version before had of each record that GitHub knows of. */
const HEADS = [
  { ref: "acme/shop#1", state: "closed", version: 12, length: 11, exceptions: 0, pull: 2 },
  { ref: "acme/shop#3", state: "closed", version: 7, length: 8, exceptions: 1, pull: 4 },
  { ref: "acme/shop#5", state: "approved", version: 9, length: 9, exceptions: 0, pull: 6 },
  { ref: "acme/shop#5", state: "cancelled", version: 2, length: 2, exceptions: 0, pull: null },
  { ref: "acme/shop#7", state: "task_queued", version: 2, length: 4, exceptions: 0, pull: 7 },
];

for (const backend of await givenBackends()) {
  describe.skipIf(!backend.copy)(`given a store in ${backend.name} that the version before wrote`, () => {
    it("when it is opened, then states, versions, links and ledgers are as they were", async () => {
      const store = await (await copyOf(backend)).open();
      const heads = await headsOf(store);

      expect(
        heads
          .filter(({ repo }) => repo === "acme/shop")
          .map(summaryOf)
          .sort(byRef),
      ).toEqual(HEADS);
      expect(heads.find(({ repo }) => repo === "acme/jobs")).toMatchObject({
        ref: "JOB-7",
        state: "task_queued",
        labels: { team: "shop" },
        since: "2026-01-05T09:28:00.000Z",
        broken: [],
        merges: [],
      });
      const index = head(heads, 6);
      expect(index.links).toEqual(
        expect.arrayContaining(["issue:100001#5", "address:acme/shop#5", "pull:100001#6", "address:acme/shop#6"]),
      );
      expect(await store.findByLink("pull:100001#6")).toEqual([index.recordId]);
      expect(heads.map(({ extra }) => extra)).toEqual(heads.map(() => undefined));
      expect(await breaksIn(store)).toEqual([]);
      await store.close();
    });

    it("when it is opened, then a head has what follows from its ledger", async () => {
      const store = await (await copyOf(backend)).open();
      const heads = await headsOf(store);

      const outage = head(heads, 4);
      expect(outage.since).toBe("2026-01-05T09:13:00.000Z");
      expect(outage.broken).toEqual([
        { seq: 6, rules: ["merged_before_ci_passed"], pull: null, justifiedBy: [8], correctedBy: null },
      ]);
      expect(outage.merges).toEqual([{ pull: "100001#4", seq: 6 }]);
      expect(head(heads, 2).merges).toEqual([{ pull: "100001#2", seq: 10 }]);
      expect(head(heads, 6).merges).toEqual([]);
      await store.close();
    });

    it("when it is opened, then the facts say what the heads had said", async () => {
      const store = await (await copyOf(backend)).open();
      const explained = async (number: number) => {
        const { recordId } = head(await headsOf(store), number);
        return readRecord(store, new WorkItems(store.facts, clock), recordId, 20);
      };

      const open = await explained(6);
      expect(open?.item.issue).toMatchObject({ number: 5, status: "open", since: "2026-01-05T09:17:00.000Z" });
      expect(open?.item.pulls).toMatchObject([
        {
          number: 6,
          status: { is: "open" },
          linkedBy: ["reference", "keyword"],
          ciSeen: true,
          reviews: [
            { id: 5000002, state: "dismissed", mayApprove: true },
            { id: 5000003, state: "commented" },
            { id: 5000004, state: "approved", type: "User" },
          ],
        },
      ]);
      expect(
        open?.item.pulls[0]?.checks.map(({ kind, name, conclusion }) => `${kind} ${name} ${conclusion}`).sort(),
      ).toEqual(["run build success", "status ci/pipeline success", "suite ci success"]);

      const merged = await explained(2);
      expect(merged?.item.issue).toMatchObject({
        status: "closed",
        queued: true,
        closedAt: "2026-01-05T09:09:00.000Z",
      });
      const [pull] = merged?.item.pulls ?? [];
      expect(pull).toMatchObject({ pushed: true, status: { is: "merged", at: "2026-01-05T09:09:00.000Z" } });
      expect(pull?.pushedBy).toBe(pull?.author);
      await store.close();
    });

    it("when it is opened, then CI that waited for a pull request is facts of its commit, and waits no more", async () => {
      const store = await (await copyOf(backend)).open();
      const commits = (await factsOf(store)).filter(({ key }) => key.startsWith("checks/"));
      const members = (await factsOf(store)).filter(({ key }) => key.startsWith("member/")).map(({ entity }) => entity);
      const [spike] = [...new Set(commits.map(({ entity }) => entity))].filter((entity) => !members.includes(entity));

      const heard = heardOf(factSets(await store.facts.of([spike as EntityId])).get(spike as EntityId) ?? [], "checks");
      expect(new Set(heard.flatMap(({ fact }) => fact.checks.map(({ conclusion }) => conclusion)))).toEqual(
        new Set([null, "success"]),
      );
      expect(await store.items.list(`parked:${spike}`)).toEqual([]);
      expect(await store.items.get("report", "100001#2")).not.toBeNull();
      await store.close();
    });

    it("when each record is looked at again, then nothing is recorded, and no exception least of all", async () => {
      const store = await (await copyOf(backend)).open();
      const recorder = new Recorder({ store, clock, logger: silent });
      for (const { recordId, repo } of await headsOf(store)) {
        if (repo !== "acme/shop") continue;
        const observed = await recorder.observe(recordId, refreshed(), { lifecycle: GITHUB });
        expect(observed?.entries.map(openEntry)).toEqual([]);
      }
      await store.close();
    });

    it("when it is opened again, then nothing changes", async () => {
      const copy = await copyOf(backend);
      const before = await contentsOf(await copy.open());

      expect(await contentsOf(await copy.open())).toEqual(before);
    });

    it("when a process dies in the middle, then the next one goes on to the same end", async () => {
      const [dying, whole] = [await copyOf(backend), await copyOf(backend)];
      await dying.beginUpgrade?.();
      await dying.beginUpgrade?.();

      const [after, expected] = [await contentsOf(await dying.open()), await contentsOf(await whole.open())];
      expect(after).toEqual(expected);
    });

    it.skipIf(backend.name === "a JSON file")("when two open it at once, then the end is the same", async () => {
      const [shared, alone] = [await copyOf(backend), await copyOf(backend)];
      const [one, other] = await Promise.all([shared.open(), shared.open()]);
      await other.close();

      expect(await contentsOf(one)).toEqual(await contentsOf(await alone.open()));
    });
  });
}

async function copyOf({ copy }: Backend): Promise<OldCopy> {
  if (!copy) throw new Error("skipped");
  return copy();
}

function head(heads: readonly RecordHead[], pull: number): RecordHead {
  const found = heads.find(({ prNumber, state }) => prNumber === pull && state !== "cancelled");
  if (!found) throw new Error(`No record of pull request ${pull}`);
  return found;
}

function summaryOf({ ref, state, version, ledger, exceptions, prNumber: pull }: RecordHead) {
  return { ref, state, version, length: ledger.length, exceptions, pull };
}

function byRef(a: { ref: string; state: string }, b: { ref: string; state: string }): number {
  return `${a.ref} ${a.state}` < `${b.ref} ${b.state}` ? -1 : 1;
}

/** A read of GitHub that says nothing new. */
function refreshed(): Observation {
  return {
    cause: "refreshed",
    occurredAt: null,
    people: [],
    news: {},
    hearing: {
      producedAt: null,
      receivedAt: "2026-01-05T12:00:00.000Z" as Observation["hearing"]["receivedAt"],
      isRead: true,
    },
    evidence: {},
    source: { kind: "snapshot" },
  };
}

async function factsOf(store: LoopStore) {
  const { items } = await store.facts.list({ limit: 1000 });
  return items.map(({ fact }) => fact);
}

/** Heads, ledgers and facts. Closes the store. */
async function contentsOf(store: LoopStore) {
  const heads = await headsOf(store);
  const ledgers = await Promise.all(heads.map(({ recordId }) => store.entries(recordId)));
  const facts = (await factsOf(store)).map(
    (fact) => `${fact.entity} ${fact.key} ${fact.at} ${JSON.stringify(fact.value)}`,
  );
  const waiting = (await store.facts.of([entityOf.repository(REPO)])).length;
  await store.close();
  return { heads, ledgers, facts: facts.sort(), waiting };
}

async function breaksIn(store: LoopStore) {
  const { items: ids } = await store.ledgers();
  const breaks = await Promise.all(
    ids.map(async (id) => {
      const verifier = new LedgerVerifier(id);
      for (const entry of await store.entries(id)) verifier.add(entry);
      return verifier.finish(await store.head(id));
    }),
  );
  expect(ids).toHaveLength(7);
  return breaks.flat();
}
