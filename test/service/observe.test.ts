import { describe, expect, it, vi } from "vitest";
import {
  ciSeen,
  defineLifecycle,
  GITHUB,
  type GithubState,
  type NewRecord,
  type Observation,
  openEntry,
  recordId,
  STRICT,
} from "../../src/core/index.js";
import type { TransitionHook } from "../../src/hook.js";
import type { LoopServiceOptions } from "../../src/service/service.js";
import { MemoryRepository } from "../../src/store/memory.js";
import {
  anIssue,
  anObservation,
  aPolicy,
  aPull,
  aRun,
  BOB,
  checksOf,
  HEAD,
  NEXT_HEAD,
  REPO_ID,
  webhook,
} from "../builders/github.js";
import { anAccount, moment } from "../builders/records.js";
import { A_WORK_ITEM, aRecorder, aService, breaksIn, ledgerInWords } from "../builders/service.js";

const ID = recordId("issue-7");
const OPENING: NewRecord = { ...A_WORK_ITEM, links: ["issue:1#7"] };

const OPENED = anObservation("issue.opened", { issue: anIssue() }, { source: webhook("guid-opened") });
const PULL_OPENED = anObservation("pr.opened", { pull: aPull() }, { source: webhook("guid-pull") });
const PASSED = anObservation("ci.reported", checksOf([aRun("build", "success")]), { source: webhook("guid-ci") });
const PUSHED = anObservation("pr.synchronized", { pull: aPull({ headSha: NEXT_HEAD, updatedAt: moment(45) }) });

/** The repository has CI: a merge without any breaks a rule. */
const CI_SEEN = ciSeen(REPO_ID, { producedAt: moment(0), receivedAt: moment(0), isRead: false });

function appService(
  options: Partial<LoopServiceOptions<GithubState>> & { readonly repository?: MemoryRepository } = {},
) {
  const { repository = new MemoryRepository(), hooks = [] } = options;
  const service = aService<GithubState>({ lifecycle: GITHUB, ...options, repository });
  const recorder = aRecorder({ ...options, store: repository, hooks: hooks as readonly TransitionHook[] });
  /** One delivery's observation, its GUID as the key, as the App hands it over. */
  const deliver = (observation: Observation, opening?: NewRecord) => {
    const key = observation.source.kind === "webhook" ? observation.source.delivery : "a read";
    return recorder.observe(ID, observation, { key, ...(opening ? { opening } : {}) });
  };
  const record = async () => {
    const found = await service.get(ID);
    if (!found) throw new Error("The record is not there");
    return found;
  };
  return { service, recorder, deliver, record };
}

type Hook = TransitionHook<GithubState>;

/** A hook that notes which steps it was called for. */
function steps() {
  const seen: string[] = [];
  const hook: Hook = (_record, previous, next, trigger) => void seen.push(`${previous} → ${next} by ${trigger}`);
  return { seen, hook };
}

describe("observing", () => {
  it("writes a check that moves nothing as one fact, and no head", async () => {
    const repository = new MemoryRepository();
    const { deliver } = appService({ repository });
    await deliver(OPENED, OPENING);
    await deliver(PULL_OPENED);
    await deliver(anObservation("ci.reported", checksOf([aRun("build", null)]), { source: webhook("guid-1") }));
    const append = vi.spyOn(repository, "append");
    const add = vi.spyOn(repository.facts, "add");
    await deliver(anObservation("ci.reported", checksOf([aRun("lint", null)]), { source: webhook("guid-2") }));

    expect(append).not.toHaveBeenCalled();
    expect(add.mock.calls.map(([facts]) => facts.length)).toEqual([1]);
  });

  it("adds nothing to the facts that were learned before", async () => {
    const repository = new MemoryRepository();
    const { recorder, deliver } = appService({ repository });
    await deliver(OPENED, OPENING);
    await recorder.workItems.learn(PULL_OPENED.news, PULL_OPENED.hearing);
    const add = vi.spyOn(repository.facts, "add");
    await recorder.observe(ID, anObservation("refreshed", { pull: aPull() }), { isLearned: true });

    expect(add.mock.calls.flatMap(([facts]) => facts.map(({ value }) => value.is))).not.toContain("pull");
  });

  it("opens a record that is not known, where it is told what it is made of", async () => {
    const { deliver, record } = appService();
    const observed = await deliver(OPENED, OPENING);
    expect(observed?.head).toMatchObject({ recordId: ID, state: "issue_created", lifecycle: "github", version: 1 });
    expect(observed?.entries.map(openEntry)).toMatchObject([
      {
        kind: "created",
        trigger: "created",
        occurredAt: OPENED.occurredAt,
        people: OPENED.people,
        metadata: { cause: "issue.opened", seen: "issue.opened" },
        source: { kind: "webhook", delivery: "guid-opened" },
      },
    ]);
    expect(breaksIn(await record())).toEqual([]);
  });

  it("leaves a record that is not known alone, where it is not told", async () => {
    const { service, deliver } = appService();
    expect(await deliver(PASSED)).toBeNull();
    expect(await service.get(ID)).toBeNull();
  });

  it("opens and moves in one write", async () => {
    const { deliver, record } = appService();
    const observed = await deliver(PULL_OPENED, OPENING);
    expect(observed?.head).toMatchObject({ state: "pr_created", version: 1, prNumber: 8, prUrl: aPull().url });
    expect(ledgerInWords(await record())).toEqual([
      "created null → issue_created",
      "transition issue_created → task_queued",
      "transition task_queued → pr_created",
    ]);
  });

  it("follows a work item from news to news, and links it to what it can be found by", async () => {
    const { recorder, deliver, record } = appService();
    const { workItems } = recorder;
    await deliver(OPENED, OPENING);
    await deliver(PULL_OPENED, OPENING);
    await deliver(PASSED);
    const passed = await record();
    expect(passed.state).toBe("ci_passed");
    expect(passed.links).toEqual(["issue:1#7", "address:acme/shop#7", "pull:1#8", "address:acme/shop#8"]);
    expect(await workItems.pullsOfCommit(1, HEAD)).toEqual([{ repoId: 1, number: 8 }]);

    await deliver(PUSHED);
    const pushed = await record();
    expect(pushed.state).toBe("ci_pending");
    expect(pushed.links).toEqual(passed.links);
    expect(await workItems.pullsOfCommit(1, NEXT_HEAD)).toEqual([{ repoId: 1, number: 8 }]);
    expect(breaksIn(pushed)).toEqual([]);
  });

  it("records against the rule what happened against the rule, and says how often", async () => {
    const { recorder, deliver, record } = appService();
    await recorder.workItems.add([CI_SEEN]);
    await deliver(PULL_OPENED, OPENING);
    const status = { is: "merged", at: moment(60), sha: null, by: { person: BOB, type: "User" } } as const;
    const observed = await deliver(anObservation("pr.merged", { pull: aPull({ status, updatedAt: moment(60) }) }));
    expect(observed?.head).toMatchObject({ state: "closed", exceptions: 1 });
    expect(ledgerInWords(await record()).slice(-2)).toEqual([
      "exception pr_created → merged",
      "transition merged → closed",
    ]);
  });

  it("holds the record to the approvals that the policy wants", async () => {
    const { recorder, deliver, record } = appService();
    await deliver(PULL_OPENED, OPENING);
    await recorder.observe(ID, PASSED, {
      key: "k",
      policyFor: async () => aPolicy({ requiredApprovals: 1 }),
    });
    expect((await record()).state).toBe("awaiting_review");
  });

  it("keeps what is news and moves nothing, without an entry", async () => {
    const { deliver, record } = appService();
    await deliver(OPENED, OPENING);
    const edited = anObservation("issue.edited", { issue: anIssue({ labels: ["bug"], updatedAt: moment(3) }) });
    const observed = await deliver(edited);
    expect(observed).toMatchObject({ entries: [], outcomes: [], head: { labels: ["bug"], version: 2 } });
    expect((await record()).entries).toHaveLength(1);
  });

  it("writes a delivery that comes again once, and runs its hooks again: they may not have run", async () => {
    const { seen, hook } = steps();
    const { deliver, record } = appService({ hooks: [hook] });
    await deliver(OPENED, OPENING);
    const first = await deliver(PULL_OPENED);
    const before = await record();
    const again = await deliver(PULL_OPENED);
    expect(await record()).toEqual(before);
    expect(again?.entries.map(({ seq }) => seq)).toEqual(first?.entries.map(({ seq }) => seq));
    const moved = ["issue_created → task_queued by worker.picked_up", "task_queued → pr_created by pr.opened"];
    expect(seen).toEqual([...moved, ...moved]);
  });

  it("does not run the hooks of other deliveries again", async () => {
    const { seen, hook } = steps();
    const { deliver } = appService({ hooks: [hook] });
    await deliver(PULL_OPENED, OPENING);
    await deliver(PASSED);
    seen.length = 0;
    await deliver(PULL_OPENED);
    expect(seen).toEqual(["issue_created → task_queued by worker.picked_up", "task_queued → pr_created by pr.opened"]);
  });

  it("writes a delivery once that two workers handle at the same time", async () => {
    const { deliver, record } = appService();
    await deliver(OPENED, OPENING);
    await Promise.all([deliver(PULL_OPENED), deliver(PULL_OPENED), deliver(PULL_OPENED)]);
    expect((await record()).entries).toHaveLength(3);
  });

  it("opens a record once that two workers open at the same time", async () => {
    const { deliver, record } = appService();
    const both = await Promise.all([deliver(OPENED, OPENING), deliver(PULL_OPENED, OPENING)]);
    expect(both.every((observed) => observed !== null)).toBe(true);
    expect(ledgerInWords(await record()).filter((line) => line.startsWith("created"))).toHaveLength(1);
    expect((await record()).state).toBe("pr_created");
    expect(breaksIn(await record())).toEqual([]);
  });

  it("and commands can take turns on one record", async () => {
    const { service, deliver, record } = appService();
    await deliver(OPENED, OPENING);
    await Promise.all([
      service.transition(ID, "task_queued", "by hand", {}, { actor: anAccount() }),
      deliver(PULL_OPENED),
      service.transition(ID, "cancelled", "by hand"),
      deliver(PASSED),
    ]);
    expect(breaksIn(await record())).toEqual([]);
    expect((await record()).entries.length).toBeGreaterThanOrEqual(4);
  });

  it("follows a record in its own lifecycle, whatever new ones begin in", async () => {
    const repository = new MemoryRepository();
    await aService({ repository, lifecycle: STRICT, newId: () => ID }).create(A_WORK_ITEM);
    const { deliver } = appService({ repository });
    const closed = anIssue({ status: "closed", updatedAt: moment(9), closedAt: moment(9) });
    const observed = await deliver(anObservation("issue.closed", { issue: closed }));
    expect(observed?.head).toMatchObject({ lifecycle: "strict", state: "closed", exceptions: 1 });
  });

  it("refuses a record in a lifecycle that the App does not have, in words", async () => {
    const repository = new MemoryRepository();
    const lifecycle = defineLifecycle({
      ...{ name: "two", initial: "a", terminal: ["b"] },
      transitions: { a: ["b"], b: [] },
    });
    await aService({ repository, lifecycle, newId: () => ID }).create(A_WORK_ITEM);
    const { deliver } = appService({ repository });
    await expect(deliver(PULL_OPENED, OPENING)).rejects.toMatchObject({
      code: "invalid_lifecycle",
      message: "Record issue-7 is in lifecycle two, which the App does not have",
    });
  });
});

describe("hooks of an observation", () => {
  it("run once for each step, and their outcomes come back in that order", async () => {
    const hook = vi.fn<Hook>((_record, _previous, next) => ({ title: next, summary: "", conclusion: "neutral" }));
    const { deliver } = appService({ hooks: [hook] });
    const observed = await deliver(PULL_OPENED, OPENING);
    expect(observed?.outcomes.map((outcome) => outcome.status === "done" && outcome.result?.title)).toEqual([
      "task_queued",
      "pr_created",
    ]);
    expect(hook.mock.calls[0]?.[0]).toMatchObject({ state: "task_queued", transitions: { length: 2 } });
    expect(hook.mock.calls[1]?.[0]).toMatchObject({ state: "pr_created", transitions: { length: 3 } });
  });

  it("run for an exception, and not for a note, a creation or a refusal", async () => {
    const { seen, hook } = steps();
    const { service, recorder, deliver } = appService({ hooks: [hook] });
    await recorder.workItems.add([CI_SEEN]);
    await deliver(OPENED, OPENING);
    await service.transition(ID, "merged", "x");
    await deliver(anObservation("issue.reopened", { issue: anIssue({ updatedAt: moment(9) }) }));
    expect(seen).toEqual([]);
    const status = { is: "merged", at: moment(60), sha: null, by: null } as const;
    await deliver(anObservation("pr.merged", { pull: aPull({ status }) }));
    expect(seen).toContain("pr_created → merged by pr.merged");
  });

  it("that fail or hang are outcomes, and what was observed is kept", async () => {
    const hooks: Hook[] = [() => Promise.reject(new Error("broken")), () => new Promise(() => {})];
    vi.useFakeTimers();
    const { deliver, record } = appService({ hooks, hookTimeoutMs: 5 });
    const observing = deliver(anObservation("worker.picked_up", { issue: anIssue({ queued: true }) }), OPENING);
    await vi.advanceTimersByTimeAsync(5);
    expect((await observing)?.outcomes.map(({ status }) => status)).toEqual(["failed", "timed_out"]);
    vi.useRealTimers();
    expect((await record()).state).toBe("task_queued");
  });
});

describe("a process that dies between the write and its hooks", () => {
  /** A store whose process dies right after a write: what was written is kept, and nobody hears that it was. */
  class Mortal extends MemoryRepository {
    dies = false;

    override async append(...write: Parameters<MemoryRepository["append"]>) {
      const appended = await super.append(...write);
      if (this.dies) throw new Error("killed");
      return appended;
    }
  }

  async function killedWhile(observation: Observation) {
    const repository = new Mortal();
    const before = appService({ repository });
    await before.deliver(OPENED, OPENING);
    repository.dies = true;
    await expect(before.deliver(observation)).rejects.toThrow("killed");
    repository.dies = false;
    const { seen, hook } = steps();
    return { seen, repository, ...appService({ repository, hooks: [hook] }) };
  }

  it("owes them: the same delivery runs them, and writes nothing twice", async () => {
    const { seen, deliver, record } = await killedWhile(PULL_OPENED);
    const entries = (await record()).entries.length;
    const observed = await deliver(PULL_OPENED);
    expect(observed?.entries.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(seen).toEqual(["issue_created → task_queued by worker.picked_up", "task_queued → pr_created by pr.opened"]);
    expect((await record()).entries).toHaveLength(entries);
  });

  it("owes them, too, where other deliveries were recorded since", async () => {
    const { seen, deliver, record } = await killedWhile(PULL_OPENED);
    await deliver(PASSED);
    seen.length = 0;
    await deliver(PULL_OPENED);
    expect(seen).toEqual(["issue_created → task_queued by worker.picked_up", "task_queued → pr_created by pr.opened"]);
    expect((await record()).state).toBe("ci_passed");
  });

  it("is found out by the delivery's key, where the same delivery is read otherwise the second time", async () => {
    const { seen, deliver, record } = await killedWhile(PULL_OPENED);
    const entries = (await record()).entries.length;
    const readOtherwise = { ...PULL_OPENED, news: { pull: aPull({ draft: true }) } };
    const observed = await deliver(readOtherwise);
    expect(observed?.entries.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(seen).toHaveLength(2);
    expect((await record()).entries).toHaveLength(entries);
  });
});
