import { inboxFull } from "./inbox-errors.js";

const RECOUNT_MS = 10_000;
const RECOUNT_WHEN_FULL_MS = 1000;

/**
 * Whether there is room for one more delivery, where only an expensive and rough count says how many there are: it counts now and then,
 * and adds what was put meanwhile.
 */
export class Room {
  readonly #limit: number;
  readonly #count: () => Promise<number>;
  readonly #monotonic: () => number;
  #countedAt = Number.NEGATIVE_INFINITY;
  #estimate = 0;

  constructor(limit: number, count: () => Promise<number>, monotonic: () => number) {
    this.#limit = limit;
    this.#count = count;
    this.#monotonic = monotonic;
  }

  /** @throws LoopForgeError `inbox_full` */
  async take(): Promise<void> {
    const age = this.#monotonic() - this.#countedAt;
    const isStale = age >= (this.#estimate >= this.#limit ? RECOUNT_WHEN_FULL_MS : RECOUNT_MS);
    if (isStale) {
      this.#countedAt = this.#monotonic();
      this.#estimate = await this.#count();
    }
    if (this.#estimate >= this.#limit) throw inboxFull(this.#limit);
    this.#estimate += 1;
  }
}
