import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LoopState } from "../../src/core/index.js";
import { type HookResult, runHooks, type TransitionHook } from "../../src/hook.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { aRecord } from "../builders/records.js";
import { A_WORK_ITEM, aService, Log } from "../builders/service.js";

type Hook = TransitionHook<LoopState>;

const RESULT: HookResult = { title: "Checked", summary: "All is well", conclusion: "success" };
const never = new Promise<void>(() => {});

/** A service with hooks, and a record that is about to be queued. */
async function given(...hooks: readonly Hook[]) {
  const log = new Log();
  const service = aService({ hooks, hookTimeoutMs: 50, logger: log });
  const { recordId } = await service.create(A_WORK_ITEM);
  const queue = () => service.transition(recordId, LoopState.TASK_QUEUED, "worker.picked_up", { n: 1 });
  const open = () => service.transition(recordId, LoopState.PR_CREATED, "pr.opened");
  return { service, recordId, queue, open, log, settled: () => service.settled() };
}

/** Work that ends when it is told to. */
function aPause() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { ended, end };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  // Whatever a hook did, no timer of ours is left to keep a process alive.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("a hook", () => {
  it("is given the record, where it was, where it is, and why", async () => {
    const calls: Parameters<Hook>[] = [];
    const { queue, settled } = await given((...call) => void calls.push(call));
    const { record } = await queue();
    await settled();
    expect(calls).toEqual([[record, "issue_created", "task_queued", "worker.picked_up"]]);
  });

  it("runs after the commit: what it reads is what was written", async () => {
    const seen: unknown[] = [];
    const { service, recordId, queue, settled } = await given(async (record) => {
      seen.push(record.state, (await service.get(recordId))?.state);
    });
    await queue();
    await settled();
    expect(seen).toEqual(["task_queued", "task_queued"]);
  });

  it("may give a command of its own", async () => {
    const { service, recordId, queue, settled } = await given(async (_record, _previous, state) => {
      if (state === "task_queued") await service.transition(recordId, "pr_created", "from a hook");
    });
    await queue();
    await settled();
    expect((await service.get(recordId))?.state).toBe("pr_created");
  });

  it("runs once for each transition, in the order of transitions", async () => {
    const seen: string[] = [];
    const { queue, open, settled } = await given((_record, _previous, state) => void seen.push(state));
    await queue();
    await open();
    await settled();
    expect(seen).toEqual(["task_queued", "pr_created"]);
  });

  it("does not begin before the hooks of the record's transition before have ended", async () => {
    const [seen, slow] = [[] as string[], aPause()];
    const wait: Hook = async (_record, _previous, state) => {
      seen.push(`begins ${state}`);
      if (state === "task_queued") await slow.ended;
      seen.push(`ends ${state}`);
    };
    const { queue, open, settled } = await given(wait);
    expect(await queue()).toMatchObject({ success: true });
    expect(await open()).toMatchObject({ success: true, newState: "pr_created" });
    await vi.advanceTimersByTimeAsync(10);
    expect(seen).toEqual(["begins task_queued"]);
    slow.end();
    await settled();
    expect(seen).toEqual(["begins task_queued", "ends task_queued", "begins pr_created", "ends pr_created"]);
  });

  it("is not held up by the hooks of another record", async () => {
    const seen: string[] = [];
    const { service, queue, settled } = await given((record, _previous, state) => {
      seen.push(`${record.ref} ${state}`);
      return record.ref === A_WORK_ITEM.ref ? never : undefined;
    });
    const other = await service.create({ ...A_WORK_ITEM, ref: "acme/shop#9", refNumber: 9 });
    await queue();
    await service.transition(other.recordId, "task_queued", "x");
    await vi.advanceTimersByTimeAsync(10);
    expect(seen).toEqual(["acme/shop#7 task_queued", "acme/shop#9 task_queued"]);
    await vi.advanceTimersByTimeAsync(40);
    await settled();
  });

  it("runs in the order of commits, also where the word of a later one comes first", async () => {
    const [late, seen] = [aPause(), [] as string[]];
    const repository = new MemoryRepository();
    const append = repository.append.bind(repository);
    repository.append = async (write) => {
      const appended = await append(write);
      if (write.head.state === "task_queued") await late.ended;
      return appended;
    };
    const hook: Hook = (_record, _previous, state) => void seen.push(state);
    const service = aService({ repository, hooks: [hook] });
    const { recordId } = await service.create(A_WORK_ITEM);
    const first = service.transition(recordId, "task_queued", "worker.picked_up");
    await vi.advanceTimersByTimeAsync(0);
    expect(await service.transition(recordId, "pr_created", "pr.opened")).toMatchObject({ success: true });
    await vi.advanceTimersByTimeAsync(10);
    expect(seen).toEqual([]);
    late.end();
    expect(await first).toMatchObject({ success: true });
    await service.settled();
    expect(seen).toEqual(["task_queued", "pr_created"]);
  });

  it("waits for no append that failed", async () => {
    const repository = new MemoryRepository();
    const append = repository.append.bind(repository);
    const full = () => Promise.reject(new Error("The disk is full"));
    repository.append = (write) => (write.head.state === "task_queued" ? full() : append(write));
    const hook = vi.fn<Hook>();
    const service = aService({ repository, hooks: [hook] });
    const { recordId } = await service.create(A_WORK_ITEM);
    await expect(service.transition(recordId, "task_queued", "x")).rejects.toThrow("The disk is full");
    await service.settled();
    repository.append = append;
    await service.transition(recordId, "task_queued", "x");
    await service.settled();
    expect(hook).toHaveBeenCalledOnce();
  });

  it("does not run for a new record, a refusal, or a record that is not known", async () => {
    const hook = vi.fn<Hook>();
    const { service, recordId, settled } = await given(hook);
    await service.transition(recordId, "merged", "x");
    await service.transition("nobody" as never, "merged", "x");
    await expect(service.transition(recordId, "task_queued", "x", { n: 1n })).rejects.toThrow();
    await settled();
    expect(hook).not.toHaveBeenCalled();
  });
});

describe("a hook cannot hurt (promise 10)", () => {
  const unprintable: unknown = Object.create(null);

  it.each<{ what: string; hook: Hook; error: string }>([
    {
      what: "throws",
      hook: () => {
        throw new Error("broken");
      },
      error: "broken",
    },
    { what: "rejects", hook: () => Promise.reject(new Error("broken later")), error: "broken later" },
    { what: "rejects with something else than an error", hook: () => Promise.reject("just text"), error: "just text" },
    {
      what: "rejects with what has no text at all",
      hook: () => Promise.reject(unprintable),
      error: "It failed with something that has no text",
    },
  ])("when it $what", async ({ hook, error }) => {
    const after = vi.fn<Hook>();
    const { service, recordId, queue, log, settled } = await given(hook, after);
    expect(await queue()).toMatchObject({ success: true, newState: "task_queued" });
    await settled();
    expect((await service.get(recordId))?.state).toBe("task_queued");
    expect(after).toHaveBeenCalledOnce();
    expect(log.lines).toMatchObject([
      { level: "warn", message: "A hook failed", details: { recordId, trigger: "worker.picked_up" } },
    ]);
    const transition = [aRecord(), "a", "b", "c"] as const;
    const failing = hook as unknown as TransitionHook;
    expect(await runHooks([failing], [...transition], { timeoutMs: 50, logger: log })).toMatchObject([
      { status: "failed", error },
    ]);
  });

  it("when it never ends: the transition does not wait for it, and it is given up after its timeout", async () => {
    const { queue, log, settled } = await given(function slowpoke() {
      return never;
    });
    // No time passes here: nothing moves the clock on.
    expect(await queue()).toMatchObject({ success: true, newState: "task_queued" });
    await vi.advanceTimersByTimeAsync(49);
    expect(log.lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await settled();
    expect(log.lines).toMatchObject([
      { level: "warn", message: "A hook did not end in time", details: { hook: "slowpoke", timeoutMs: 50 } },
    ]);
  });

  it("when it fails long after its timeout", async () => {
    const { queue, settled } = await given(async () => {
      await new Promise((resolve) => setTimeout(resolve, 80));
      throw new Error("too late to matter");
    });
    expect(await queue()).toMatchObject({ success: true });
    await vi.advanceTimersByTimeAsync(100);
    await settled();
  });

  it("when it never ends and another is quick: they run side by side, and the next waits once", async () => {
    const quick = vi.fn<Hook>();
    const { queue, open, settled } = await given(
      () => never,
      () => never,
      quick,
    );
    await queue();
    await open();
    await vi.advanceTimersByTimeAsync(49);
    expect(quick.mock.calls.map(([, , state]) => state)).toEqual(["task_queued"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(quick.mock.calls.map(([, , state]) => state)).toEqual(["task_queued", "pr_created"]);
    await vi.advanceTimersByTimeAsync(50);
    await settled();
  });

  it("by default it may take ten seconds", async () => {
    const service = aService({ hooks: [() => never] });
    const { recordId } = await service.create(A_WORK_ITEM);
    const done = vi.fn();
    await service.transition(recordId, "task_queued", "x");
    const settled = service.settled().then(done);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await settled;
    expect(done).toHaveBeenCalled();
  });

  it("when there is none under way, there is nothing to wait for", async () => {
    await expect((await given(() => never)).settled()).resolves.toBeUndefined();
  });
});

describe("what hooks have to say", () => {
  const transition: Parameters<TransitionHook> = [aRecord(), "a", "b", "why"];
  const run = (...hooks: readonly TransitionHook[]) =>
    runHooks(hooks, transition, { timeoutMs: 50, logger: new Log() });

  it("is an outcome each, in the order of the hooks, under their names", async () => {
    async function later(): Promise<HookResult> {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return RESULT;
    }
    function fails(): never {
      throw new Error("broken");
    }
    function hangs() {
      return never;
    }
    const outcomes = run(
      later,
      fails,
      hangs,
      () => {},
      () => RESULT,
    );
    await vi.advanceTimersByTimeAsync(50);
    expect(await outcomes).toEqual([
      { hook: "later", status: "done", result: RESULT },
      { hook: "fails", status: "failed", error: "broken" },
      { hook: "hangs", status: "timed_out", error: "It did not end within 50 ms" },
      { hook: "hook 4", status: "done", result: null },
      { hook: "hook 5", status: "done", result: RESULT },
    ]);
  });

  it("is nothing where there is no hook", async () => {
    expect(await run()).toEqual([]);
  });

  it("is on standard error where no logger was given", async () => {
    const lines = vi.spyOn(console, "error").mockImplementation(() => {});
    const { LoopService } = await import("../../src/service/service.js");
    const service = new LoopService({
      repository: new MemoryRepository(),
      hooks: [() => Promise.reject(new Error("x"))],
    });
    const { recordId } = await service.create(A_WORK_ITEM);
    await service.transition(recordId, "task_queued", "x");
    await service.settled();
    expect(lines).toHaveBeenCalledExactlyOnceWith(
      "loopforge:",
      "A hook failed",
      expect.objectContaining({ hook: "hook 1", recordId }),
    );
    lines.mockRestore();
  });
});
