/** A run that has not begun: what it is asked for until then. */
interface Round<Ask> {
  readonly asks: Ask[];
  readonly done: Promise<void>;
}

/**
 * Work on each key one run at a time. What is asked for while one is running is done together by the one that follows; who asked is
 * told when that one has ended, or failed, and not before.
 */
export class Coalescing<Ask> {
  readonly #work: (key: string, asks: readonly Ask[]) => Promise<void>;
  readonly #last = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Round<Ask>>();

  constructor(work: (key: string, asks: readonly Ask[]) => Promise<void>) {
    this.#work = work;
  }

  /** Rejects with what the run failed with: then nothing that was asked for counts as done. */
  async ask(key: string, ask: Ask): Promise<void> {
    const next = this.#next.get(key);
    if (next) {
      next.asks.push(ask);
      return next.done;
    }
    const asks = [ask];
    const done = this.#run(key, asks);
    this.#next.set(key, { asks, done });
    return done;
  }

  async #run(key: string, asks: readonly Ask[]): Promise<void> {
    const before = this.#last.get(key);
    const run = (async () => {
      // A run that failed is no reason not to begin the next.
      await before?.catch(() => undefined);
      this.#next.delete(key);
      await this.#work(key, asks);
    })();
    this.#last.set(key, run);
    try {
      await run;
    } finally {
      if (this.#last.get(key) === run) this.#last.delete(key);
    }
  }
}
