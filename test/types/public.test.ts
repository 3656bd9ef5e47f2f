import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type Account,
  defineLifecycle,
  GITHUB,
  type GithubState,
  type Lifecycle,
  type LoopRecord,
  LoopState,
  type PersonId,
  type RecordId,
  recordId,
  STRICT,
} from "../../src/core/index.js";
import type { HookResult, TransitionHook } from "../../src/hook.js";
import { LoopService, type TransitionResult } from "../../src/service/service.js";
import { MemoryRepository } from "../../src/store/memory.js";
import type { LoopStore, Repository } from "../../src/store/repository.js";

// What is marked as an error here must not compile: `tsc` fails where it does.

describe("the types of a lifecycle", () => {
  it("are the states that it has", () => {
    const review = defineLifecycle({
      name: "review",
      initial: "draft",
      terminal: ["done"],
      transitions: { draft: ["ready"], ready: ["draft", "done"], done: [] },
    });
    expectTypeOf(review).toEqualTypeOf<Lifecycle<"draft" | "ready" | "done">>();
    expectTypeOf(STRICT).toEqualTypeOf<Lifecycle<LoopState>>();
    expectTypeOf(GITHUB).toEqualTypeOf<Lifecycle<GithubState>>();
    expectTypeOf<LoopState>().toExtend<GithubState>();
    expectTypeOf<"cancelled">().not.toExtend<LoopState>();
  });

  it("refuse a state that it does not have, wherever it is named", () => {
    const name = "mine";
    const transitions = { a: ["b"], b: [] } as const;
    expect(() =>
      // @ts-expect-error the first state is not one of its states
      defineLifecycle({ name, initial: "z", terminal: ["b"], transitions }),
    ).toThrow("unknown state z");
    expect(() =>
      // @ts-expect-error a terminal state is not one of its states
      defineLifecycle({ name, initial: "a", terminal: ["z"], transitions }),
    ).toThrow("unknown state z");
    expect(() =>
      // @ts-expect-error a transition leads to what is not one of its states
      defineLifecycle({ name, initial: "a", terminal: ["b"], transitions: { a: ["z"], b: [] } }),
    ).toThrow("unknown state z");
  });

  it("know a state's text and its name as one", () => {
    expectTypeOf(LoopState.ISSUE_CREATED).toEqualTypeOf<"issue_created">();
    expect(LoopState.ISSUE_CREATED).toBe("issue_created");
  });
});

describe("the types of a service", () => {
  const service = new LoopService({ repository: new MemoryRepository() });
  const id = recordId("any");

  it("are strict's where no lifecycle is given, and the lifecycle's where one is", async () => {
    expectTypeOf(service).toEqualTypeOf<LoopService<LoopState>>();
    const github = new LoopService({ repository: new MemoryRepository(), lifecycle: GITHUB });
    expectTypeOf(github).toEqualTypeOf<LoopService<GithubState>>();
    expect((await github.transition(id, "cancelled", "x")).success).toBe(false);
    // @ts-expect-error strict has no such state
    expect((await service.transition(id, "cancelled", "x")).success).toBe(false);
    // @ts-expect-error a record's id is not just any text
    expect(await service.get("any")).toBeNull();
  });

  it("narrow a result by whether it succeeded", () => {
    const look = (result: TransitionResult) => {
      expectTypeOf(result.previousState).toEqualTypeOf<LoopState | undefined>();
      // @ts-expect-error an error is there only where it did not succeed
      void result.error;
      if (result.success) {
        expectTypeOf(result.record).toEqualTypeOf<LoopRecord<LoopState>>();
        expectTypeOf(result.previousState).toEqualTypeOf<LoopState>();
        expectTypeOf(result.newState).toEqualTypeOf<LoopState>();
      } else {
        expectTypeOf(result.error).toEqualTypeOf<string>();
        expectTypeOf(result.record).toEqualTypeOf<LoopRecord<LoopState> | undefined>();
        // @ts-expect-error there is no new state
        void result.newState;
      }
    };
    look({ success: false, error: "Record not found: any" });
  });

  it("take an interface of the user's own as metadata", async () => {
    interface Pick {
      workerId: string;
      at?: Date;
    }
    const metadata: Pick = { workerId: "w-1" };
    const actor: Account = { id: 1, login: "octocat", type: "User" };
    expect((await service.transition(id, LoopState.TASK_QUEUED, "x", metadata, { actor })).success).toBe(false);
  });

  it("take any repository with the four methods", () => {
    expectTypeOf<Pick<LoopStore, "save" | "get" | "delete" | "listByState">>().toExtend<Repository>();
    expectTypeOf<MemoryRepository>().toExtend<LoopStore>();
    // @ts-expect-error one method is missing
    expectTypeOf<Omit<Repository, "delete">>().toExtend<Repository>();
  });
});

describe("the types of a hook", () => {
  const RESULT: HookResult = { title: "", summary: "", conclusion: "neutral" };

  it("allow nothing, a result, or a promise of either", () => {
    const hooks: readonly TransitionHook<LoopState>[] = [
      () => {},
      async () => {},
      () => RESULT,
      async () => RESULT,
      (record) => (record.exceptions > 0 ? RESULT : undefined),
      async (_record, _previous, state) => (state === "merged" ? RESULT : undefined),
    ];
    expect(new LoopService({ repository: new MemoryRepository(), hooks })).toBeInstanceOf(LoopService);
  });

  it("are told the lifecycle's states", () => {
    const hook: TransitionHook<LoopState> = (record, previousState, newState, trigger) => {
      expectTypeOf(record).toEqualTypeOf<LoopRecord<LoopState>>();
      expectTypeOf(previousState).toEqualTypeOf<LoopState>();
      expectTypeOf(newState).toEqualTypeOf<LoopState>();
      expectTypeOf(trigger).toEqualTypeOf<string>();
    };
    expect(hook).toHaveLength(4);
  });

  it("allow a hook that works with any lifecycle wherever one is wanted", () => {
    expectTypeOf<TransitionHook>().toExtend<TransitionHook<LoopState>>();
  });

  it("refuse a result that says nothing", () => {
    // @ts-expect-error a result has a title, a summary and a conclusion
    const hook: TransitionHook = () => ({ title: "only" });
    expect(hook).toBeTypeOf("function");
  });
});

describe("the types of ids", () => {
  it("cannot be taken for one another", () => {
    expectTypeOf<RecordId>().toExtend<string>();
    expectTypeOf<string>().not.toExtend<RecordId>();
    expectTypeOf<PersonId>().not.toExtend<RecordId>();
  });
});
