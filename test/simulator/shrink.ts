import type { Fault } from "./checkers.js";
import type { SimulatorOptions } from "./options.js";
import type { Run } from "./simulator.js";
import type { Step } from "./story.js";

/** A story and what goes wrong in it. */
export interface Case {
  readonly options: SimulatorOptions;
  readonly steps: readonly Step[];
}

export type Play = (one: Case) => Promise<Run>;

/** More runs than this are not made to make one story shorter. */
const MOST_RUNS = 250;

/**
 * Makes a failing case as short as it gets while the same checker still fails: fewer steps, by halves and ever smaller parts (delta
 * debugging), then fewer kinds of faults, then fewer interruptions.
 * @see https://www.st.cs.uni-saarland.de/papers/tse2002/
 */
export async function shrink(failing: Case, faults: readonly Fault[], play: Play): Promise<Case> {
  const kinds = new Set(faults.map(kindOf));
  let runs = 0;
  const fails = async (one: Case): Promise<boolean> => {
    runs += 1;
    if (runs > MOST_RUNS) return false;
    return (await play(one)).faults.some((fault) => kinds.has(kindOf(fault)));
  };
  let smallest = await withoutSteps(failing, fails);
  for (const options of simpler(smallest.options)) {
    const candidate = { ...smallest, options: options(smallest.options) };
    if (await fails(candidate)) smallest = candidate;
  }
  for (const [index, step] of smallest.steps.entries()) {
    for (const change of [{ crashAfter: null }, { calls: null }]) {
      const steps = smallest.steps.with(index, { ...(smallest.steps[index] ?? step), ...change });
      if (await fails({ ...smallest, steps })) smallest = { ...smallest, steps };
    }
  }
  return withoutSteps(smallest, fails);
}

/** The same kind of wrong, whatever the numbers in it are. */
function kindOf({ checker, what }: Fault): string {
  return `${checker} ${what.replaceAll(/[0-9a-f]{7,}|\d+/g, "…")}`;
}

async function withoutSteps(failing: Case, fails: (one: Case) => Promise<boolean>): Promise<Case> {
  let { steps } = failing;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < steps.length; ) {
      const fewer = steps.toSpliced(from, size);
      if (fewer.length > 0 && (await fails({ ...failing, steps: fewer }))) steps = fewer;
      else from += size;
    }
  }
  return { ...failing, steps };
}

/** One kind of fault less each. */
function simpler(options: SimulatorOptions): readonly ((options: SimulatorOptions) => SimulatorOptions)[] {
  const without = <Part extends "network" | "github" | "store" | "inbox">(part: Part) =>
    Object.entries(options[part])
      .filter(([name, share]) => typeof share === "number" && share > 0 && name !== "maxDelay")
      .map(([name]) => (now: SimulatorOptions) => ({ ...now, [part]: { ...now[part], [name]: 0 } }));
  return [
    ...without("network"),
    ...without("github"),
    ...without("store"),
    ...without("inbox"),
    (now) => ({ ...now, concurrency: 1 }),
    ...options.github.kinds.map((kind) => (now: SimulatorOptions) => {
      return { ...now, github: { ...now.github, kinds: now.github.kinds.filter((one) => one !== kind) } };
    }),
  ];
}
