import fc from "fast-check";

/**
 * What is chosen at random is chosen the same way each time, so that a change is judged by what it changes. `LOOPFORGE_SEED=7 npm test`
 * makes other choices.
 */
export const SEED = Number(process.env.LOOPFORGE_SEED ?? 1);

fc.configureGlobal({ seed: SEED });
