import { ADVERSARY } from "./adversary.js";
import { CHECKS } from "./checks.js";
import { REVIEW } from "./review.js";
import type { Move } from "./stage.js";
import { WORK } from "./work.js";

export { setStage } from "./set-stage.js";
export type { Actor, Stage } from "./stage.js";
export { isOutsider, Pick } from "./stage.js";

/** Everything that anybody can do. */
export const MOVES: readonly Move[] = [...WORK, ...REVIEW, ...CHECKS, ...ADVERSARY];
