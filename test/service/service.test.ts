import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allowedFrom,
  defineLifecycle,
  encodeRecord,
  GITHUB,
  type JsonObject,
  type Lifecycle,
  type LoopRecord,
  LoopState,
  openEntry,
  recordId,
  STRICT,
  statesOf,
} from "../../src/core/index.js";
import type { LoopService } from "../../src/service/service.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { anyJsonObject, anyText } from "../builders/arbitraries.js";
import { PlainRepository } from "../builders/plain-repository.js";
import { anAccount, moment } from "../builders/records.js";
import { A_WORK_ITEM, aService, breaksIn, ledgerInWords, peopleIn } from "../builders/service.js";

const STORES = [
  { store: "the memory store", make: () => new MemoryRepository() },
  { store: "a repository of the user's own", make: () => new PlainRepository() },
];

/** Takes a new record along a path of legal steps. */
async function given(service: LoopService, ...path: readonly LoopState[]): Promise<LoopRecord<LoopState>> {
  let record = await service.create(A_WORK_ITEM);
  for (const state of path) {
    const result = await service.transition(record.recordId, state, "given");
    if (!result.success) throw new Error(result.error);
    record = result.record;
  }
  return record;
}

async function kept(service: LoopService, { recordId }: Pick<LoopRecord, "recordId">): Promise<LoopRecord<LoopState>> {
  const record = await service.get(recordId);
  if (!record) throw new Error(`${recordId} is not kept`);
  return record;
}

const TO_THE_END = ["task_queued", "pr_created", "ci_pending", "ci_passed", "merged", "closed"] as const;

describe.each(STORES)("a service over $store", ({ make }) => {
  describe("creating a record", () => {
    it("makes it in the first state, with one transition from nothing", async () => {
      const service = aService({ repository: make() });
      const record = await service.create({ ...A_WORK_ITEM, autoMerge: true, labels: ["bug"] });
      expect(record).toMatchObject({
        recordId: "record-1",
        ref: "acme/shop#7",
        refNumber: 7,
        repo: "acme/shop",
        state: "issue_created",
        autoMerge: true,
        labels: ["bug"],
        prUrl: null,
        prNumber: null,
        ciStatus: null,
        createdAt: moment(0),
        updatedAt: moment(0),
        closedAt: null,
        lifecycle: "strict",
        version: 1,
      });
      expect(record.transitions).toEqual([
        {
          fromState: null,
          toState: "issue_created",
          trigger: "created",
          timestamp: moment(0),
          metadata: { ref: "acme/shop#7", repo: "acme/shop" },
        },
      ]);
    });

    it("keeps it: what is read back is what was returned", async () => {
      const service = aService({ repository: make() });
      const record = await service.create(A_WORK_ITEM);
      expect(await service.get(record.recordId)).toEqual(record);
      expect(breaksIn(await kept(service, record))).toEqual([]);
    });

    it("needs no more than a reference and a repository", async () => {
      const record = await aService({ repository: make() }).create({ ref: "task 1", repo: "acme/shop" });
      expect(record).toMatchObject({ refNumber: null, autoMerge: false, labels: [] });
    });

    it("may keep a value with each of its labels", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await service.create({ ...A_WORK_ITEM, labels: { team: "payments" } });
      expect((await service.get(recordId))?.labels).toEqual({ team: "payments" });
    });

    it("says by whom and of what, where that is told", async () => {
      const service = aService({ repository: make() });
      const created = { metadata: { from: "an import" }, occurredAt: moment(-60) };
      const record = await service.create({ ...A_WORK_ITEM, created }, { actor: anAccount() });
      const [entry] = (await kept(service, record)).entries;
      expect(entry && openEntry(entry)).toMatchObject({
        kind: "created",
        occurredAt: moment(-60),
        metadata: { from: "an import" },
        people: [{ role: "actor", type: "User" }],
        source: { kind: "api" },
      });
    });

    it("is refused for metadata that cannot be kept", async () => {
      const service = aService({ repository: make() });
      const metadata = { n: 1n } as unknown as JsonObject;
      await expect(service.create({ ...A_WORK_ITEM, created: { metadata } })).rejects.toMatchObject({
        code: "invalid_metadata",
        message: "metadata.n is a bigint, which JSON cannot carry",
      });
      expect(await service.get(recordId("record-1"))).toBeNull();
    });

    it("is refused under an id that is taken", async () => {
      const service = aService({ repository: make(), newId: () => recordId("same") });
      await service.create(A_WORK_ITEM);
      await expect(service.create(A_WORK_ITEM)).rejects.toMatchObject({ code: "version_conflict" });
    });
  });

  it("knows no record that was never created", async () => {
    expect(await aService({ repository: make() }).get(recordId("nobody"))).toBeNull();
  });

  describe("a command that the lifecycle allows", () => {
    it("moves the record and says from where to where", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await service.create(A_WORK_ITEM);
      const result = await service.transition(recordId, LoopState.TASK_QUEUED, "worker.picked_up", { workerId: "w-1" });
      expect(result).toMatchObject({ success: true, previousState: "issue_created", newState: "task_queued" });
      expect(result.record).toMatchObject({ state: "task_queued", version: 2, updatedAt: moment(1) });
      expect(result.record?.transitions.at(-1)).toEqual({
        fromState: "issue_created",
        toState: "task_queued",
        trigger: "worker.picked_up",
        timestamp: moment(1),
        metadata: { workerId: "w-1" },
      });
      expect(await service.get(recordId)).toEqual(result.record);
    });

    it("leads to the end, one transition each", async () => {
      const service = aService({ repository: make() });
      const record = await given(service, ...TO_THE_END);
      expect(record.transitions.map(({ toState }) => toState)).toEqual(["issue_created", ...TO_THE_END]);
      expect(record).toMatchObject({ state: "closed", ciStatus: "passed", closedAt: record.updatedAt, exceptions: 0 });
      expect(breaksIn(await kept(service, record))).toEqual([]);
    });

    it("shows how CI stands", async () => {
      const service = aService({ repository: make() });
      const statuses = [];
      const { recordId } = await given(service, "task_queued", "pr_created");
      for (const state of ["ci_pending", "ci_failed", "ci_pending", "ci_passed", "awaiting_review"] as const) {
        statuses.push((await service.transition(recordId, state, "ci")).record?.ciStatus);
      }
      expect(statuses).toEqual(["pending", "failed", "pending", "passed", "passed"]);
    });

    it("puts the pull request that it names on the record's face", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await given(service, "task_queued");
      const url = "https://github.com/acme/shop/pull/8";
      const result = await service.transition(recordId, "pr_created", "pr.opened", { prUrl: url, prNumber: 8 });
      expect(result.record).toMatchObject({ prUrl: url, prNumber: 8 });
      const next = await service.transition(recordId, "ci_pending", "ci.started", { prUrl: 1, prNumber: "8" });
      expect(next.record).toMatchObject({ prUrl: url, prNumber: 8 });
    });

    it("keeps metadata as JSON: dates as text, no undefined", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await service.create(A_WORK_ITEM);
      const metadata = { at: new Date(0), none: undefined, zero: -0, nested: { list: [1, "é", null] } };
      const result = await service.transition(recordId, "task_queued", "worker.picked_up", metadata);
      const expected = { at: "1970-01-01T00:00:00.000Z", zero: 0, nested: { list: [1, "é", null] } };
      expect(result.record?.transitions.at(-1)?.metadata).toEqual(expected);
      expect((await service.get(recordId))?.transitions.at(-1)?.metadata).toEqual(expected);
    });
  });

  describe("a command that the lifecycle does not allow", () => {
    it("is refused, with the states that are allowed instead", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await service.create(A_WORK_ITEM);
      expect(await service.transition(recordId, LoopState.MERGED, "auto.merged")).toEqual({
        success: false,
        error: "Invalid transition: issue_created → merged. Allowed from issue_created: task_queued",
        previousState: "issue_created",
        record: await service.get(recordId),
      });
    });

    it("is refused where several states are allowed, with all of them", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await given(service, "task_queued", "pr_created", "ci_pending");
      expect(await service.transition(recordId, "closed", "x")).toMatchObject({
        error: "Invalid transition: ci_pending → closed. Allowed from ci_pending: ci_passed, ci_failed",
      });
    });

    it("is refused from a terminal state", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await given(service, ...TO_THE_END);
      expect(await service.transition(recordId, "merged", "x")).toMatchObject({
        success: false,
        error: "Invalid transition: closed → merged. Allowed from closed: none (terminal)",
      });
    });

    it("is refused into the state in which the record is", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await service.create(A_WORK_ITEM);
      expect(await service.transition(recordId, "issue_created", "x")).toMatchObject({
        error: "Invalid transition: issue_created → issue_created. Allowed from issue_created: task_queued",
      });
    });

    it("moves nothing, and the refusal is recorded with what was asked and why not", async () => {
      const service = aService({ repository: make() });
      const before = await service.create(A_WORK_ITEM);
      await service.transition(before.recordId, "merged", "auto.merged", { by: "a bot", prNumber: 8 });
      const record = await kept(service, before);
      expect(record).toMatchObject({ state: "issue_created", prNumber: null, version: 2, ledger: { length: 2 } });
      expect(record.transitions).toEqual(before.transitions);
      expect(ledgerInWords(record)).toEqual(["created null → issue_created", "rejected issue_created → merged"]);
      expect(record.entries[1] && openEntry(record.entries[1])).toMatchObject({
        trigger: "auto.merged",
        metadata: {
          by: "a bot",
          prNumber: 8,
          error: "Invalid transition: issue_created → merged. Allowed from issue_created: task_queued",
        },
      });
      expect(breaksIn(record)).toEqual([]);
    });

    it("does not stand in the way of the next", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await service.create(A_WORK_ITEM);
      await service.transition(recordId, "merged", "x");
      expect(await service.transition(recordId, "task_queued", "x")).toMatchObject({ success: true });
    });
  });

  describe("a command that cannot be recorded", () => {
    it("is answered for a record that is not known, and for one that was deleted", async () => {
      const repository = make();
      const service = aService({ repository });
      const notFound = (id: string) => ({ success: false, error: `Record not found: ${id}` });
      expect(await service.transition(recordId("nobody"), "task_queued", "x")).toEqual(notFound("nobody"));
      const { recordId: deleted } = await service.create(A_WORK_ITEM);
      await repository.delete(deleted);
      expect(await service.transition(deleted, "task_queued", "x")).toEqual(notFound(deleted));
    });

    it.each<{ what: string; metadata: object; code: string }>([
      { what: "what JSON cannot carry", metadata: { n: 1n }, code: "invalid_metadata" },
      { what: "text that is not Unicode", metadata: { text: "\ud800" }, code: "invalid_metadata" },
      { what: "more than an entry holds", metadata: { text: "x".repeat(300_000) }, code: "entry_too_large" },
    ])("is refused for metadata with $what, and nothing is recorded", async ({ metadata, code }) => {
      const service = aService({ repository: make() });
      const before = await service.create(A_WORK_ITEM);
      await expect(service.transition(before.recordId, "task_queued", "x", metadata)).rejects.toMatchObject({ code });
      expect(await service.get(before.recordId)).toEqual(before);
      expect(await service.transition(before.recordId, "task_queued", "x")).toMatchObject({ success: true });
    });
  });

  describe("who gave a command", () => {
    it("is in the ledger under a pseudonym, the same each time, and by name nowhere in the record", async () => {
      const service = aService({ repository: make() });
      const actor = anAccount({ id: 583231, login: "octocat-the-person" });
      const { recordId } = await service.create(A_WORK_ITEM, { actor });
      await service.transition(recordId, "task_queued", "x", {}, { actor });
      await service.transition(recordId, "closed", "x", {}, { actor: { ...actor, login: "renamed-person" } });
      const record = await kept(service, { recordId });
      const [created, queued, refused] = peopleIn(record);
      expect(created).toEqual({ role: "actor", person: expect.stringMatching(/^p_[a-z2-7]{26}$/), type: "User" });
      expect([queued, refused]).toEqual([created, created]);
      const atRest = JSON.stringify([record, encodeRecord(record)]);
      for (const name of ["octocat", "renamed", "583231"]) expect(atRest).not.toContain(name);
    });

    it("is told from others, and a bot from a person", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await service.create(A_WORK_ITEM, { actor: anAccount() });
      await service.transition(recordId, "task_queued", "x", {}, { actor: { id: 2, login: "b[bot]", type: "Bot" } });
      const [person, bot] = peopleIn(await kept(service, { recordId }));
      expect(bot?.type).toBe("Bot");
      expect(bot?.person).not.toBe(person?.person);
    });

    it("may be left out", async () => {
      const service = aService({ repository: make() });
      expect(peopleIn(await given(service, "task_queued"))).toEqual([]);
    });
  });

  describe("commands at the same time", () => {
    it.each([
      ["awaiting_review", "merged"],
      ["merged", "awaiting_review"],
    ] as const)("%s and %s: one wins, the other is decided again and refused", async (one, other) => {
      const service = aService({ repository: make() });
      const { recordId } = await given(service, "task_queued", "pr_created", "ci_pending", "ci_passed");
      const results = await Promise.all([
        service.transition(recordId, one, "one"),
        service.transition(recordId, other, "other"),
      ]);
      const record = await kept(service, { recordId });
      const [winner, loser] = results[0].success ? [one, other] : [other, one];
      expect(results.filter(({ success }) => success)).toHaveLength(1);
      expect(record.state).toBe(winner);
      expect(ledgerInWords(record).slice(-2)).toEqual([
        `transition ci_passed → ${winner}`,
        `rejected ${winner} → ${loser}`,
      ]);
      const refused = results.find(({ success }) => !success);
      expect(refused).toMatchObject({
        error: expect.stringContaining(`Invalid transition: ${winner} → ${loser}.`),
        previousState: winner,
      });
      expect(breaksIn(record)).toEqual([]);
    });

    it("fifty of them end as exactly one entry each, in one chain", async () => {
      const service = aService({ repository: make() });
      const { recordId } = await given(service, "task_queued", "pr_created", "ci_pending");
      const states = ["ci_failed", "ci_pending", "ci_passed", "awaiting_review", "approved"] as const;
      const commands = Array.from({ length: 50 }, (_, index): { to: LoopState; index: number } => ({
        to: states[index % 5] ?? "closed",
        index,
      }));
      const results = await Promise.all(
        commands.map(({ to, index }) => service.transition(recordId, to, `command ${index}`, { index })),
      );
      const record = await kept(service, { recordId });
      const entries = record.entries.slice(4).map(openEntry);
      expect(entries.map(({ metadata }) => metadata.index).sort((a, b) => Number(a) - Number(b))).toEqual(
        commands.map(({ index }) => index),
      );
      for (const { kind, metadata } of entries) {
        expect(results[Number(metadata.index)]?.success).toBe(kind === "transition");
      }
      expect(record.version).toBe(54);
      expect(breaksIn(record)).toEqual([]);
    });
  });

  describe("a lifecycle of the user's own", () => {
    const REVIEW = defineLifecycle({
      name: "review",
      initial: "draft",
      terminal: ["done"],
      transitions: { draft: ["ready"], ready: ["draft", "done"], done: [] },
    });

    it("is followed, its states typed", async () => {
      const service = aService({ repository: make(), lifecycle: REVIEW });
      const { recordId } = await service.create(A_WORK_ITEM);
      expect(await service.transition(recordId, "done", "x")).toMatchObject({
        error: "Invalid transition: draft → done. Allowed from draft: ready",
      });
      await service.transition(recordId, "ready", "x");
      const result = await service.transition(recordId, "done", "x");
      expect(result).toMatchObject({ success: true, previousState: "ready", newState: "done" });
      expect(result.record).toMatchObject({ lifecycle: "review", state: "done", closedAt: result.record?.updatedAt });
    });

    it("is the only one that its service works with", async () => {
      const repository = make();
      const { recordId } = await aService({ repository, lifecycle: REVIEW }).create(A_WORK_ITEM);
      const strict = aService({ repository });
      const refusal = {
        code: "invalid_lifecycle",
        message:
          "Record record-1 is in lifecycle review, this service works with strict: pass the record's own as `lifecycle`",
      };
      await expect(strict.transition(recordId, "task_queued", "x")).rejects.toMatchObject(refusal);
      await expect(strict.get(recordId)).rejects.toMatchObject(refusal);
    });
  });

  it.each<Lifecycle>([STRICT, GITHUB])(
    "in $name, any run of commands leaves a legal walk and a chain that holds",
    async (lifecycle) => {
      const anyCommand = fc.record({
        to: fc.constantFrom(...statesOf(lifecycle)),
        trigger: anyText,
        metadata: anyJsonObject,
      });
      await fc.assert(
        fc.asyncProperty(fc.array(anyCommand, { maxLength: 15 }), fc.nat(), async (commands, bias) => {
          const service = aService<string>({ repository: make(), lifecycle });
          let { recordId, state } = await service.create(A_WORK_ITEM);
          for (const { to, trigger, metadata } of commands) {
            // Of commands at random, few are legal: every other one is made so.
            const legal = allowedFrom(lifecycle, state);
            const aim = (bias + commands.length) % 2 === 0 ? to : (legal[bias % (legal.length || 1)] ?? to);
            const result = await service.transition(recordId, aim, trigger, metadata);
            expect(result.success).toBe(legal.includes(aim));
            state = result.record?.state ?? state;
          }

          const record = await service.get(recordId);
          if (!record) throw new Error("The record is gone");
          let at: string | null = null;
          for (const { fromState, toState } of record.transitions) {
            expect(fromState).toBe(at);
            expect(at === null ? [lifecycle.initial] : allowedFrom(lifecycle, at)).toContain(toState);
            at = toState;
          }
          expect(record.state).toBe(at);
          expect(record.entries).toHaveLength(1 + commands.length);
          expect(breaksIn(record)).toEqual([]);
        }),
        { numRuns: 40 },
      );
    },
  );
});

describe("two writers that read the same version", () => {
  /** A store that lets a write go on only when it is told to: the order of two writers is the test's to choose. */
  class Gate extends MemoryRepository {
    readonly waiting: (() => void)[] = [];
    closed = false;

    override async append(...write: Parameters<MemoryRepository["append"]>) {
      if (this.closed) await new Promise<void>((resolve) => this.waiting.push(resolve));
      return super.append(...write);
    }

    /** Lets the writers that wait go, in this order, and closes no more. */
    open(order: readonly number[]) {
      this.closed = false;
      for (const index of order) this.waiting[index]?.();
    }
  }

  async function twoWriters(order: readonly number[], first: LoopState, second: LoopState) {
    const repository = new Gate();
    const service = aService({ repository });
    const { recordId } = await service.create(A_WORK_ITEM);
    repository.closed = true;
    const both = [service.transition(recordId, first, "first"), service.transition(recordId, second, "second")];
    while (repository.waiting.length < 2) await Promise.resolve();
    repository.open(order);
    const results = await Promise.all(both);
    return { results, record: await kept(service, { recordId }) };
  }

  it.each([
    { order: [0, 1], winner: 0 },
    { order: [1, 0], winner: 1 },
  ])("the write that comes first wins, whoever read first: $order", async ({ order, winner }) => {
    const { results, record } = await twoWriters(order, "task_queued", "task_queued");
    expect(results[winner]?.success).toBe(true);
    expect(results[1 - winner]).toMatchObject({
      success: false,
      error: "Invalid transition: task_queued → task_queued. Allowed from task_queued: pr_created",
    });
    expect(record.transitions.at(-1)?.trigger).toBe(["first", "second"][winner]);
    expect(breaksIn(record)).toEqual([]);
  });

  it("a refusal that lost is decided again, and may be allowed by then", async () => {
    const { results, record } = await twoWriters([0, 1], "task_queued", "pr_created");
    expect(results).toMatchObject([{ success: true }, { success: true, previousState: "task_queued" }]);
    expect(ledgerInWords(record)).toEqual([
      "created null → issue_created",
      "transition issue_created → task_queued",
      "transition task_queued → pr_created",
    ]);
  });

  it("a refusal that won stays a refusal", async () => {
    const { results, record } = await twoWriters([1, 0], "task_queued", "pr_created");
    expect(results).toMatchObject([{ success: true }, { success: false, previousState: "issue_created" }]);
    expect(ledgerInWords(record).slice(1)).toEqual([
      "rejected issue_created → pr_created",
      "transition issue_created → task_queued",
    ]);
  });

  it("each gets the record as its own write left it, whatever was written since", async () => {
    /** Between a write and the reading of its history, somebody else gets in. */
    class Overtaken extends MemoryRepository {
      meanwhile: (() => Promise<unknown>) | null = null;

      override async entries(...range: Parameters<MemoryRepository["entries"]>) {
        const { meanwhile } = this;
        this.meanwhile = null;
        await meanwhile?.();
        return super.entries(...range);
      }
    }
    const repository = new Overtaken();
    const service = aService({ repository });
    const { recordId } = await service.create(A_WORK_ITEM);
    repository.meanwhile = () => service.transition(recordId, "pr_created", "another");
    const { record } = await service.transition(recordId, "task_queued", "own");
    expect(record).toMatchObject({ state: "task_queued", entries: { length: 2 }, transitions: { length: 2 } });
    expect(record && breaksIn(record)).toEqual([]);
    expect((await kept(service, { recordId })).state).toBe("pr_created");
  });
});
