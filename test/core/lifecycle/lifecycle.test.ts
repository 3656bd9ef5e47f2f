import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allowedFrom,
  defineLifecycle,
  GITHUB,
  GithubState,
  isTerminal,
  type Lifecycle,
  LoopState,
  STRICT,
  shortestPath,
  statesOf,
  VALID_TRANSITIONS,
} from "../../../src/core/index.js";

/** What is reached from the first state, written without the code under test. `without` is taken out of the graph. */
function reachedFrom(lifecycle: Lifecycle, from: string, without?: string): ReadonlySet<string> {
  const reached = new Set(from === without ? [] : [from]);
  for (const state of reached) {
    for (const next of lifecycle.transitions[state] ?? []) if (next !== without) reached.add(next);
  }
  return reached;
}

function edgesOf(lifecycle: Lifecycle): readonly string[] {
  return Object.entries(lifecycle.transitions).flatMap(([from, targets]) => targets.map((to) => `${from} → ${to}`));
}

describe.each([STRICT, GITHUB])("the lifecycle $name, proven on its graph", (lifecycle: Lifecycle) => {
  it("reaches merged only by way of ci_passed", () => {
    expect(reachedFrom(lifecycle, lifecycle.initial)).toContain("merged");
    expect(reachedFrom(lifecycle, lifecycle.initial, "ci_passed")).not.toContain("merged");
  });

  it("reaches closed only by way of merged", () => {
    expect(reachedFrom(lifecycle, lifecycle.initial)).toContain("closed");
    expect(reachedFrom(lifecycle, lifecycle.initial, "merged")).not.toContain("closed");
  });

  it("enters merged from ci_passed and approved alone, and approved only after ci_passed", () => {
    const into = Object.keys(lifecycle.transitions).filter((from) => allowedFrom(lifecycle, from).includes("merged"));
    expect(into).toEqual(["ci_passed", "approved"]);
    expect(reachedFrom(lifecycle, lifecycle.initial, "ci_passed")).not.toContain("approved");
  });

  it.each(statesOf(lifecycle))("can still end from %s", (state) => {
    expect([...reachedFrom(lifecycle, state)].some((reached) => isTerminal(lifecycle, reached))).toBe(true);
  });

  it("reaches every state from the first", () => {
    expect([...reachedFrom(lifecycle, lifecycle.initial)].sort()).toEqual([...statesOf(lifecycle)].sort());
  });

  it("goes nowhere from a terminal state, and somewhere from every other", () => {
    for (const state of statesOf(lifecycle)) {
      expect(allowedFrom(lifecycle, state).length > 0).toBe(!isTerminal(lifecycle, state));
    }
  });

  it("begins with an issue", () => {
    expect(lifecycle.initial).toBe("issue_created");
  });
});

describe("strict", () => {
  it("has the ten states", () => {
    expect(statesOf(STRICT)).toEqual([
      "issue_created",
      "task_queued",
      "pr_created",
      "ci_pending",
      "ci_passed",
      "ci_failed",
      "awaiting_review",
      "approved",
      "merged",
      "closed",
    ]);
    expect(Object.values(LoopState)).toEqual(statesOf(STRICT));
  });

  it("has the transitions of its table and no other", () => {
    expect(STRICT.transitions).toEqual({
      issue_created: ["task_queued"],
      task_queued: ["pr_created"],
      pr_created: ["ci_pending"],
      ci_pending: ["ci_passed", "ci_failed"],
      ci_passed: ["merged", "awaiting_review"],
      ci_failed: ["ci_pending"],
      awaiting_review: ["approved", "ci_pending"],
      approved: ["merged"],
      merged: ["closed"],
      closed: [],
    });
    expect(VALID_TRANSITIONS).toEqual(STRICT.transitions);
  });

  it("ends in closed alone", () => {
    expect(STRICT.terminal).toEqual(["closed"]);
  });
});

describe("github", () => {
  it("has the ten states and cancelled", () => {
    expect(statesOf(GITHUB)).toEqual([...statesOf(STRICT), "cancelled"]);
    expect(Object.values(GithubState)).toEqual(statesOf(GITHUB));
  });

  it("keeps every transition of strict", () => {
    expect(edgesOf(GITHUB)).toEqual(expect.arrayContaining([...edgesOf(STRICT)]));
  });

  it("adds the ways back and the way out of its table, and no short cut forward", () => {
    const strict = new Set(edgesOf(STRICT));
    expect(
      edgesOf(GITHUB)
        .filter((edge) => !strict.has(edge))
        .sort(),
    ).toEqual(
      [
        "ci_passed → ci_pending",
        "approved → ci_pending",
        "ci_passed → ci_failed",
        "approved → awaiting_review",
        "awaiting_review → ci_passed",
        "pr_created → task_queued",
        "ci_pending → task_queued",
        "ci_passed → task_queued",
        "ci_failed → task_queued",
        "awaiting_review → task_queued",
        "approved → task_queued",
        "issue_created → cancelled",
        "task_queued → cancelled",
      ].sort(),
    );
  });

  it("ends in closed or cancelled", () => {
    expect(GITHUB.terminal).toEqual(["closed", "cancelled"]);
  });
});

describe("a lifecycle of one's own", () => {
  it("is taken as it was written, and cannot be exchanged afterwards", () => {
    const review = defineLifecycle({
      name: "review",
      initial: "draft",
      terminal: ["done"],
      transitions: { draft: ["ready"], ready: ["draft", "done"], done: [] },
    });
    expect(statesOf(review)).toEqual(["draft", "ready", "done"]);
    expect(Object.isFrozen(review)).toBe(true);
  });

  it("may be a single state that is its own end", () => {
    expect(() =>
      defineLifecycle({ name: "one", initial: "all", terminal: ["all"], transitions: { all: [] } }),
    ).not.toThrow();
  });

  // As untyped code hands them over: what does not compile is in test/types.
  it.each<{ what: string; definition: Omit<Lifecycle, "name">; message: string }>([
    {
      what: "an unknown state that a transition leads to",
      definition: { initial: "a", terminal: ["b"], transitions: { a: ["b", "c"], b: [] } },
      message: "Lifecycle mine: unknown state c",
    },
    {
      what: "an unknown first state",
      definition: { initial: "z", terminal: ["b"], transitions: { a: ["b"], b: [] } },
      message: "Lifecycle mine: unknown state z",
    },
    {
      what: "an unknown terminal state",
      definition: { initial: "a", terminal: ["end"], transitions: { a: ["b"], b: [] } },
      message: "Lifecycle mine: unknown state end",
    },
    {
      what: "a state that only an object's own machinery knows",
      definition: { initial: "a", terminal: ["toString"], transitions: { a: [] } },
      message: "Lifecycle mine: unknown state toString",
    },
    {
      what: "a state that the first one does not reach",
      definition: { initial: "a", terminal: ["b"], transitions: { a: ["b"], b: [], c: ["b"] } },
      message: "Lifecycle mine: unreachable state c",
    },
    {
      what: "a dead end",
      definition: { initial: "a", terminal: ["b"], transitions: { a: ["b", "c"], b: [], c: [] } },
      message: "Lifecycle mine: dead end c: it reaches no terminal state",
    },
    {
      what: "two states that only lead to each other",
      definition: { initial: "a", terminal: ["b"], transitions: { a: ["b", "c"], b: [], c: ["d"], d: ["c"] } },
      message: "Lifecycle mine: dead end c: it reaches no terminal state; dead end d: it reaches no terminal state",
    },
    {
      what: "a terminal state that goes on",
      definition: { initial: "a", terminal: ["b"], transitions: { a: ["b"], b: ["a"] } },
      message: "Lifecycle mine: terminal state b goes on to other states",
    },
    {
      what: "no terminal state at all",
      definition: { initial: "a", terminal: [], transitions: { a: [] } },
      message: "Lifecycle mine: dead end a: it reaches no terminal state",
    },
  ])("is refused for $what", ({ definition, message }) => {
    expect(() => defineLifecycle<string>({ name: "mine", ...definition })).toThrow(
      expect.objectContaining({ code: "invalid_lifecycle", message }),
    );
  });

  it("hears of all that is wrong at once", () => {
    const transitions = { a: ["b"], b: ["a"], c: [] };
    expect(() => defineLifecycle<string>({ name: "mine", initial: "a", terminal: ["b"], transitions })).toThrow(
      "terminal state b goes on to other states; unreachable state c; dead end c: it reaches no terminal state",
    );
  });
});

describe("the shortest path", () => {
  const STATES = ["a", "b", "c", "d", "e", "f"] as const;
  const someStates = fc.subarray<string>([...STATES]);
  const anyGraph: fc.Arbitrary<Lifecycle> = fc
    .record({ a: someStates, b: someStates, c: someStates, d: someStates, e: someStates, f: someStates })
    .map((transitions) => ({ name: "any", initial: "a", terminal: [], transitions }));
  const anyState = fc.constantFrom(...STATES);
  const noState = fc.constant<readonly string[]>([]);

  /** Steps between two states by relaxing every edge until nothing changes: slow, and made in another way than the code. */
  function distance(lifecycle: Lifecycle, from: string, to: string, admits: (a: string, b: string) => boolean): number {
    const far = new Map<string, number>([[from, 0]]);
    for (let round = 0; round < STATES.length; round++) {
      for (const [state, targets] of Object.entries(lifecycle.transitions)) {
        for (const next of targets) {
          const via = (far.get(state) ?? Infinity) + 1;
          if (admits(state, next) && via < (far.get(next) ?? Infinity)) far.set(next, via);
        }
      }
    }
    return far.get(to) ?? Infinity;
  }

  it("is a legal walk of admitted steps, no longer than any other, and null only where there is none", () => {
    fc.assert(
      fc.property(anyGraph, anyState, anyState, fc.oneof(noState, someStates), (lifecycle, from, to, barred) => {
        const admits = (_: string, next: string) => !barred.includes(next);
        const path = shortestPath(lifecycle, from, to, admits);
        expect(path?.length ?? Infinity).toBe(distance(lifecycle, from, to, admits));
        let at = from as string;
        for (const next of path ?? []) {
          expect(allowedFrom(lifecycle, at)).toContain(next);
          expect(admits(at, next)).toBe(true);
          at = next;
        }
        if (path) expect(at).toBe(to);
      }),
    );
  });

  it("asks about each step with the state that it leaves", () => {
    const notFromPassed = (from: string, to: string) => !(from === "ci_passed" && to === "merged");
    expect(shortestPath(STRICT, "ci_passed", "merged", notFromPassed)).toEqual([
      "awaiting_review",
      "approved",
      "merged",
    ]);
  });

  it("is empty from a state to itself, even where no step is admitted", () => {
    expect(shortestPath(STRICT, "approved", "approved", () => false)).toEqual([]);
  });

  it("prefers, of two that are equally short, the one whose edges were written down first", () => {
    const transitions = { start: ["left", "right"], left: ["end"], right: ["end"], end: [] } as const;
    const fork = defineLifecycle({ name: "fork", initial: "start", terminal: ["end"], transitions });
    expect(shortestPath(fork, "start", "end")).toEqual(["left", "end"]);
  });

  it("leads nowhere from a state that the lifecycle does not know", () => {
    expect(shortestPath(STRICT, "cancelled", "merged")).toBeNull();
    expect(allowedFrom(STRICT, "cancelled")).toEqual([]);
    expect(allowedFrom(STRICT, "constructor")).toEqual([]);
  });
});
