import type { FailureReason } from "./failure.js";

/** One run of a hook or a gate that ended. */
export interface FinishedRun {
  readonly hook: string;
  readonly outcome: "done" | FailureReason;
  readonly durationMs: number;
}

export interface RunCounts {
  readonly runs: number;
  readonly failures: number;
}

/** Counts how the runs of each hook and gate ended; metrics listen to it. */
export class HookStats {
  readonly #counts = new Map<string, RunCounts>();
  readonly #listeners: ((run: FinishedRun) => void)[] = [];

  record(run: FinishedRun): void {
    const { runs, failures } = this.of(run.hook);
    this.#counts.set(run.hook, { runs: runs + 1, failures: failures + (run.outcome === "done" ? 0 : 1) });
    for (const listener of this.#listeners) listener(run);
  }

  of(hook: string): RunCounts {
    return this.#counts.get(hook) ?? { runs: 0, failures: 0 };
  }

  /** From now on `listener` is told of each run that ends. It must not throw. */
  onRun(listener: (run: FinishedRun) => void): void {
    this.#listeners.push(listener);
  }
}
