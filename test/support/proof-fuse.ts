/** What can be seen of a server from outside, and so the instants at which it can be killed. */
export type Spark =
  /** It answered a delivery 2xx: nothing of it is worked yet. */
  | "acknowledged"
  /** It asked GitHub for something, and nothing came of that yet. */
  | "asked"
  /** GitHub did what it asked for, and it does not know yet. */
  | "answered";

/** Goes off at the n-th spark from when it was lit, of whatever kind. */
export class Fuse {
  #left = 0;
  #goOff: () => void = () => undefined;
  /** How many there were in all. */
  readonly sparks: Record<Spark, number> = { acknowledged: 0, asked: 0, answered: 0 };

  light(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#goOff = resolve;
    });
  }

  spark(kind: Spark): void {
    this.sparks[kind] += 1;
    this.#left -= 1;
    if (this.#left === 0) this.#goOff();
  }

  get total(): number {
    return this.sparks.acknowledged + this.sparks.asked + this.sparks.answered;
  }
}
