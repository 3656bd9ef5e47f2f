import type { Fault } from "./checkers.js";
import { Luck } from "./luck.js";
import { MOVES } from "./moves/index.js";
import { calm, optionsOf, type SimulatorOptions } from "./options.js";
import { outsiderFaults, withoutOutsiders } from "./outsiders.js";
import { type Case, shrink } from "./shrink.js";
import { type Run, simulate } from "./simulator.js";
import { storyOf } from "./story.js";

/** What is said of a run instead of what its seed says. */
export type Overrides = Partial<SimulatorOptions>;

export interface SeedRun {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** Where something is wrong: the shortest story that shows it, and what goes wrong in it. */
  readonly story: readonly string[];
  readonly shortest: Case | null;
  readonly tally: Run["tally"];
}

/** Plays the story of a seed, once more without outsiders where they have a part in it, and makes a failing one short. */
export async function runSeed(
  seed: number,
  overrides: Overrides = {},
  { shorten = true, isCalm = false }: { readonly shorten?: boolean; readonly isCalm?: boolean } = {},
): Promise<SeedRun> {
  const names = MOVES.map(({ name }) => name);
  const ofSeed = optionsOf(seed, names);
  const options = { ...(isCalm ? calm(ofSeed) : ofSeed), ...overrides };
  const whole: Case = { options, steps: storyOf(new Luck(seed), options) };
  const play = (one: Case) => playBoth(seed, one);
  const run = await play(whole);
  if (run.faults.length === 0) return { seed, faults: [], story: [], shortest: null, tally: run.tally };
  const shortest = shorten ? await shrink(whole, run.faults, play) : whole;
  const last = shorten ? await play(shortest) : run;
  return { seed, faults: last.faults, story: last.words, shortest, tally: run.tally };
}

async function playBoth(seed: number, { options, steps }: Case): Promise<Run> {
  const run = await simulate(seed, options, steps);
  const own = run.faults.length > 0 ? null : withoutOutsiders(steps, options);
  if (!own) return run;
  const alone = await simulate(seed, options, own);
  return { ...run, faults: [...alone.faults, ...outsiderFaults(run, alone)] };
}
