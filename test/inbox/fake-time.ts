import type { Timers } from "../../src/inbox/worker.js";
import { at } from "./deliveries.js";

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock and timers that only move when they are told to. */
export class FakeTime implements Timers {
  /** Milliseconds since the start of the test. */
  elapsed = 0;
  /** How far the clock was set forward, in milliseconds. */
  #stepped = 0;
  readonly #timers = new Set<Timer>();

  readonly clock = (): Date => new Date(at(0).getTime() + this.elapsed + this.#stepped);

  readonly monotonic = (): number => this.elapsed;

  /** Sets the clock, as an administrator or a bad time server does. No time passes. */
  step(ms: number): void {
    this.#stepped += ms;
  }

  /** As a worker is told the time. */
  asOptions(): { readonly clock: () => Date; readonly monotonic: () => number; readonly timers: Timers } {
    return { clock: this.clock, monotonic: this.monotonic, timers: this };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  setTimeout(run: () => void, ms: number): Timer {
    const timer = { due: this.elapsed + ms, run };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Runs every timer that falls due on the way, each at its own moment. */
  async advance(ms: number): Promise<void> {
    const end = this.elapsed + ms;
    await this.settle();
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= end).toSorted((one, other) => one.due - other.due);
      if (!next) break;
      this.#timers.delete(next);
      this.elapsed = next.due;
      next.run();
      await this.settle();
    }
    this.elapsed = end;
  }
}
