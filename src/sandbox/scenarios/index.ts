import { forced } from "./forced.js";
import { reviewed } from "./reviewed.js";
import { reworked } from "./reworked.js";
import type { Scenario } from "./scenario.js";

/** The lives of a change that the demo plays, in its order. */
export const SCENARIOS: readonly Scenario[] = [reviewed, reworked, forced];

export type { Scenario, Stage } from "./scenario.js";
export { forced, reviewed, reworked };
