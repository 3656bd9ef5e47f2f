import type { Timers } from "../../src/inbox/worker.js";

interface Timer {
  readonly due: number;
  readonly run: () => void;
  readonly owner: object;
}

/** Where all of the simulated time begins. */
const BEGIN = Date.parse("2026-01-05T09:00:00Z");

/** The one clock of a run, and the timers of its processes. Nothing moves it but the simulator. */
export class SimTime {
  #now = 0;
  readonly #timers = new Set<Timer>();

  readonly clock = (): Date => new Date(BEGIN + this.#now);
  /** Milliseconds since the begin. */
  readonly monotonic = (): number => this.#now;

  /** Timers that end with their process. */
  timersOf(owner: object): Timers {
    return {
      setTimeout: (run, ms) => {
        const timer: Timer = { due: this.#now + Math.max(1, ms), run, owner };
        this.#timers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => void this.#timers.delete(timer as Timer),
    };
  }

  /** Ends all timers of a process that is gone. */
  forget(owner: object): void {
    for (const timer of this.#timers) if (timer.owner === owner) this.#timers.delete(timer);
  }

  /** Goes to the next timer that falls due by then, and runs it. @returns false where there is none: then it is that time */
  advance(until: number): boolean {
    const next = this.#next();
    if (!next || next.due > until) {
      this.#now = Math.max(this.#now, until);
      return false;
    }
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.due);
    next.run();
    return true;
  }

  #next(): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers) if (!first || timer.due < first.due) first = timer;
    return first;
  }
}
