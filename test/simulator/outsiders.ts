import type { Fault } from "./checkers.js";
import { MOVES } from "./moves/index.js";
import type { GithubFault, SimulatorOptions } from "./options.js";
import type { Run } from "./simulator.js";
import type { Step } from "./story.js";

const REFUSALS: readonly GithubFault[] = ["refused", "hidden", "unprocessable"];

/** The same story without those who may only read; null where nobody of them is in it, or where it may go another way by chance alone. */
export function withoutOutsiders(steps: readonly Step[], options: SimulatorOptions): readonly Step[] | null {
  const own = steps.filter(({ move }) => actorOf(move) !== "outsider");
  const { network, github, policy } = options;
  // What GitHub refuses to show is not known, and so is what never comes. What is merged when it is ready, and by which rules, depends on
  // what is worked first.
  const isRefused = github.share > 0 && github.kinds.some((kind) => REFUSALS.includes(kind));
  const isRaced = policy.autoMerge || own.some(({ move }) => actorOf(move) === "admin");
  const isLeftToChance = isRefused || isRaced || network.gone > 0;
  return own.length === steps.length || isLeftToChance ? null : own;
}

/** Nothing that an outsider does changes the state or the rules of what others work on. */
export function outsiderFaults(withThem: Run, withoutThem: Run): readonly Fault[] {
  const faults: Fault[] = [];
  for (const [item, end] of withoutThem.ends) {
    const other = withThem.ends.get(item);
    if (other !== end) {
      faults.push({ checker: "outsider", what: `the ${item} ends as "${other}", and without outsiders as "${end}"` });
    }
  }
  return faults;
}

function actorOf(move: string): string | undefined {
  return MOVES.find(({ name }) => name === move)?.by;
}
