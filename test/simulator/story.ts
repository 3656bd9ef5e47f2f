import type { Luck } from "./luck.js";
import { type Actor, MOVES } from "./moves/index.js";
import type { SimulatorOptions } from "./options.js";

/** One thing that happens at GitHub, and what LoopForge comes to meanwhile. Data: without one of them, the others stay as they are. */
export interface Step {
  /** Where it stood in the whole story. */
  readonly id: number;
  /** How long after the one before, in seconds. */
  readonly wait: number;
  /** The name of a move. */
  readonly move: string;
  /** What the move chooses by. */
  readonly numbers: readonly number[];
  /** How many of its calls LoopForge gets to until the next step; null: all that there are. */
  readonly calls: number | null;
  /** After how many of its calls the process ends; null: it does not. */
  readonly crashAfter: number | null;
}

const WAITS = [0, 1, 1, 2, 5, 20, 60, 300, 3600] as const;
const NUMBERS = 8;

/** The story of a seed. */
export function storyOf(luck: Luck, options: SimulatorOptions): readonly Step[] {
  luck.begin(-1);
  const possible = MOVES.filter(({ name }) => !options.without.includes(name) || name === "open a pull request");
  return Array.from({ length: options.steps }, (_, index) => {
    const by = anyActor(luck, options);
    const own = possible.filter((one) => one.by === by);
    const [first, ...others] =
      own.length > 0 ? own.flatMap((one) => Array<typeof one>(one.weight).fill(one)) : possible;
    return {
      id: index + 1,
      wait: luck.oneOf(WAITS),
      // Without any, nothing can be said of the others.
      move: index === 0 || !first ? "open a pull request" : luck.oneOf([first, ...others]).name,
      numbers: Array.from({ length: NUMBERS }, () => luck.upTo(1_000_000) - 1),
      calls: luck.next() < options.hurried ? luck.upTo(30) - 1 : null,
      crashAfter: luck.next() < options.crashes ? luck.upTo(40) - 1 : null,
    };
  });
}

function anyActor(luck: Luck, { people }: SimulatorOptions): Actor {
  const all = Object.entries(people) as [Actor, number][];
  let left = luck.next() * all.reduce((sum, [, share]) => sum + share, 0);
  for (const [actor, share] of all) {
    left -= share;
    if (left < 0) return actor;
  }
  return "team";
}
