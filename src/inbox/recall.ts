const EVERY_MS = 60_000;

/**
 * Says when to look for waits that begin in the future, which costs a look at all that wait: at first, whenever the clock went back, and
 * once a minute, for the clock of another server may have been set.
 */
export class Recall {
  #last: number | null = null;
  #lookedAt = 0;

  /** @param now in milliseconds, by the clock that may be set */
  isDue(now: number): boolean {
    const wentBack = this.#last === null || now < this.#last;
    this.#last = now;
    if (!wentBack && now - this.#lookedAt < EVERY_MS) return false;
    this.#lookedAt = now;
    return true;
  }
}
