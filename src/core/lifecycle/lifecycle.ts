import { LoopForgeError } from "../errors.js";

/** A named graph of states: where a record begins, where it may go from each state, and where it may end. */
export interface Lifecycle<State extends string = string> {
  readonly name: string;
  readonly initial: State;
  readonly terminal: readonly State[];
  readonly transitions: { readonly [From in State]: readonly State[] };
}

type Graph<State extends string> = { readonly [From in State]: readonly NoInfer<State>[] };

/**
 * Makes a lifecycle of one's own. Its states are the keys of `transitions`; an unknown one does not compile.
 * @throws LoopForgeError `invalid_lifecycle` for an unknown state, a state that the initial one does not reach, a terminal state
 * that goes on, or a dead end: a state from which no terminal one is reached.
 * @example
 * const review = defineLifecycle({
 *   name: "review",
 *   initial: "draft",
 *   terminal: ["done"],
 *   transitions: { draft: ["ready"], ready: ["draft", "done"], done: [] },
 * });
 */
export function defineLifecycle<const State extends string>(definition: {
  readonly name: string;
  readonly initial: NoInfer<State>;
  readonly terminal: readonly NoInfer<State>[];
  readonly transitions: Graph<State>;
}): Lifecycle<State> {
  const lifecycle: Lifecycle<State> = definition;
  const problems = [...problemsOf(lifecycle)];
  if (problems.length > 0) {
    throw new LoopForgeError("invalid_lifecycle", `Lifecycle ${lifecycle.name}: ${problems.join("; ")}`);
  }
  return Object.freeze(lifecycle);
}

/** The states of a lifecycle, in the order in which it was written down. */
export function statesOf<State extends string>(lifecycle: Lifecycle<State>): readonly State[] {
  return Object.keys(lifecycle.transitions) as State[];
}

export function isState<State extends string>(lifecycle: Lifecycle<State>, text: string): text is State {
  return Object.hasOwn(lifecycle.transitions, text);
}

export function isTerminal(lifecycle: Lifecycle, state: string): boolean {
  return lifecycle.terminal.includes(state);
}

/** Where a record may go from `state`; nowhere from a state that the lifecycle does not know. */
export function allowedFrom(lifecycle: Lifecycle, state: string): readonly string[] {
  return isState(lifecycle, state) ? (lifecycle.transitions[state] ?? []) : [];
}

/**
 * The shortest run of legal steps between two states by way of admitted ones: `[]` when they are the same, null when there is none.
 * Of two that are equally short, the one whose edges stand first in the definition.
 */
export function shortestPath(
  lifecycle: Lifecycle,
  from: string,
  to: string,
  admits: (from: string, to: string) => boolean = () => true,
): readonly string[] | null {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  for (const state of cameFrom.keys()) {
    if (state === to) return trace(cameFrom, to);
    for (const next of allowedFrom(lifecycle, state)) {
      if (!cameFrom.has(next) && admits(state, next)) cameFrom.set(next, state);
    }
  }
  return null;
}

function trace(cameFrom: ReadonlyMap<string, string | null>, to: string): readonly string[] {
  const path: string[] = [];
  for (let at: string | null = to; at !== null; at = cameFrom.get(at) ?? null) path.unshift(at);
  return path.slice(1);
}

function* problemsOf(lifecycle: Lifecycle): Generator<string> {
  const states = new Set(statesOf(lifecycle));
  const named = [lifecycle.initial, ...lifecycle.terminal, ...Object.values(lifecycle.transitions).flat()];
  const unknown = new Set(named.filter((state) => !states.has(state)));
  for (const state of unknown) yield `unknown state ${state}`;
  if (unknown.size > 0) return;

  for (const state of lifecycle.terminal) {
    if (allowedFrom(lifecycle, state).length > 0) yield `terminal state ${state} goes on to other states`;
  }
  for (const state of states) {
    if (shortestPath(lifecycle, lifecycle.initial, state) === null) yield `unreachable state ${state}`;
    const ends = lifecycle.terminal.some((end) => shortestPath(lifecycle, state, end) !== null);
    if (!ends) yield `dead end ${state}: it reaches no terminal state`;
  }
}
