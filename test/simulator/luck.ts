import { type Random, seededRandom } from "../support/proof-random.js";

/**
 * All that is left to chance in a run. Each step of the story has a stretch of it for itself: what goes wrong with one step does not depend
 * on whether another was left out, so that a story can be made shorter and still fail.
 */
export class Luck implements Random {
  readonly #seed: number;
  #random: Random;
  /** Whether anything goes wrong still. */
  areFaultsOver = false;
  /** How often something went wrong. */
  struck = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = seededRandom(seed);
  }

  begin(step: number): void {
    this.#random = seededRandom(Math.imul(this.#seed + 1, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca6b));
  }

  next(): number {
    return this.#random.next();
  }

  upTo(most: number): number {
    return this.#random.upTo(most);
  }

  oneOf<T>(choices: readonly [T, ...T[]]): T {
    return this.#random.oneOf(choices);
  }

  /** Whether something goes wrong of which that share does. */
  strikes(share: number): boolean {
    const strikes = !this.areFaultsOver && share > 0 && this.#random.next() < share;
    if (strikes) this.struck += 1;
    return strikes;
  }
}
