import { setImmediate } from "node:timers/promises";
import type { Random } from "../support/proof-random.js";

/** A call that waits for its turn. */
interface Call {
  readonly owner: object;
  readonly run: () => Promise<void>;
}

/** What a call leaves to be done needs no more rounds of the event loop than these: nothing but callbacks in memory. */
const ROUNDS = 3;

/**
 * Every call that a process makes of what is outside of it waits here until the simulator lets it happen: one at a time, in an order that
 * the seed decides. So a run is the same each time, and a process can be ended, or somebody may act, between any two of them.
 */
export class Turns {
  readonly #random: Random;
  #waiting: Call[] = [];
  readonly #dead = new WeakSet<object>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Waits for its turn, and does it. Of a process that is gone, it never resolves. */
  take<T>(owner: object, work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#dead.has(owner)) return;
      const unlessDead = <V>(settle: (value: V) => void) => {
        return (value: V) => (this.#dead.has(owner) ? undefined : settle(value));
      };
      this.#waiting.push({ owner, run: () => work().then(unlessDead(resolve), unlessDead(reject)) });
    });
  }

  /** Lets one call happen after the other, at most so many. @returns how many there were */
  async work(most: number, after: () => void = () => {}): Promise<number> {
    for (let done = 0; done < most; done++) {
      await this.#settle();
      if (this.#waiting.length === 0) return done;
      const [call] = this.#waiting.splice(this.#random.upTo(this.#waiting.length) - 1, 1);
      await call?.run();
      after();
    }
    return most;
  }

  /** Ends a process: of the calls that it was about to make, some are made, and nobody hears the answers. */
  async end(owner: object): Promise<void> {
    await this.#settle();
    this.#dead.add(owner);
    const own = this.#waiting.filter((call) => call.owner === owner);
    this.#waiting = this.#waiting.filter((call) => call.owner !== owner);
    for (const call of own) if (this.#random.next() < 0.5) await call.run();
  }

  /** Until every callback has run that needs nothing from outside. */
  async #settle(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) await setImmediate();
  }
}
