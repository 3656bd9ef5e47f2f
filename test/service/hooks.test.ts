import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LoopState } from "../../src/core/index.js";
import { type HookResult, runHooks, type TransitionHook } from "../../src/hook.js";
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
  return { service, recordId, queue, log };
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
    const { queue } = await given((...call) => void calls.push(call));
    const { record } = await queue();
    expect(calls).toEqual([[record, "issue_created", "task_queued", "worker.picked_up"]]);
  });

  it("runs after the commit: what it reads is what was written", async () => {
    const seen: unknown[] = [];
    const { service, recordId, queue } = await given(async (record) => {
      seen.push(record.state, (await service.get(recordId))?.state);
    });
    await queue();
    expect(seen).toEqual(["task_queued", "task_queued"]);
  });

  it("may give a command of its own", async () => {
    const { service, recordId, queue } = await given(async (_record, _previous, state) => {
      if (state === "task_queued") await service.transition(recordId, "pr_created", "from a hook");
    });
    await queue();
    expect((await service.get(recordId))?.state).toBe("pr_created");
  });

  it("runs once for each transition, in the order of transitions", async () => {
    const seen: string[] = [];
    const { service, recordId, queue } = await given((_record, _previous, state) => void seen.push(state));
    await queue();
    await service.transition(recordId, "pr_created", "pr.opened");
    expect(seen).toEqual(["task_queued", "pr_created"]);
  });

  it("does not run for a new record, a refusal, or a record that is not known", async () => {
    const hook = vi.fn<Hook>();
    const { service, recordId } = await given(hook);
    await service.transition(recordId, "merged", "x");
    await service.transition("nobody" as never, "merged", "x");
    await expect(service.transition(recordId, "task_queued", "x", { n: 1n })).rejects.toThrow();
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
    const { service, recordId, queue, log } = await given(hook, after);
    expect(await queue()).toMatchObject({ success: true, newState: "task_queued" });
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

  it("when it never ends: the transition waits for its timeout and no longer", async () => {
    const { queue, log } = await given(function slowpoke() {
      return never;
    });
    const result = queue();
    await vi.advanceTimersByTimeAsync(49);
    expect(log.lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toMatchObject({ success: true, newState: "task_queued" });
    expect(log.lines).toMatchObject([
      { level: "warn", message: "A hook did not end in time", details: { hook: "slowpoke", timeoutMs: 50 } },
    ]);
  });

  it("when it fails long after its timeout", async () => {
    const { queue } = await given(async () => {
      await new Promise((resolve) => setTimeout(resolve, 80));
      throw new Error("too late to matter");
    });
    const result = queue();
    await vi.advanceTimersByTimeAsync(100);
    expect(await result).toMatchObject({ success: true });
  });

  it("when it never ends and another is quick: they run side by side, and the transition waits once", async () => {
    const quick = vi.fn<Hook>();
    const { queue } = await given(
      () => never,
      () => never,
      quick,
    );
    const result = queue();
    await vi.advanceTimersByTimeAsync(50);
    expect(await result).toMatchObject({ success: true });
    expect(quick).toHaveBeenCalledOnce();
  });

  it("when it never ends: the next transition does not wait for it", async () => {
    const { service, recordId, queue } = await given((_record, _previous, state) =>
      state === "task_queued" ? never : undefined,
    );
    const first = queue();
    await vi.advanceTimersByTimeAsync(0);
    expect(await service.transition(recordId, "pr_created", "pr.opened")).toMatchObject({ success: true });
    await vi.advanceTimersByTimeAsync(50);
    expect(await first).toMatchObject({ success: true, newState: "task_queued" });
  });

  it("by default it may take ten seconds", async () => {
    const service = aService({ hooks: [() => never] });
    const { recordId } = await service.create(A_WORK_ITEM);
    const done = vi.fn();
    const result = service.transition(recordId, "task_queued", "x").then(done);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await result;
    expect(done).toHaveBeenCalled();
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
    const { LoopService } = await import("../../src/service.js");
    const { MemoryRepository } = await import("../../src/store/memory.js");
    const service = new LoopService({
      repository: new MemoryRepository(),
      hooks: [() => Promise.reject(new Error("x"))],
    });
    const { recordId } = await service.create(A_WORK_ITEM);
    await service.transition(recordId, "task_queued", "x");
    expect(lines).toHaveBeenCalledExactlyOnceWith(
      "loopforge:",
      "A hook failed",
      expect.objectContaining({ hook: "hook 1", recordId }),
    );
    lines.mockRestore();
  });
});
