import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
} from "cockatiel";
import type { Logger, TransitionHook } from "../hook.js";
import { HookFailure } from "./failure.js";
import type { Redact } from "./redact.js";
import type { HookStats } from "./stats.js";

export interface IsolationOptions {
  /** How long a run may take, the wait for its turn included, in milliseconds. */
  readonly timeoutMs: number;
  /** How many runs may be under way at once. */
  readonly concurrency: number;
  readonly logger: Logger;
  readonly stats: HookStats;
  readonly clock: () => Date;
  readonly redact: Redact;
}

/** Runs one piece of work apart from everything else. Rejects with a {@link HookFailure} and with nothing else. */
export type Isolation = <T>(work: (signal: AbortSignal) => T | Promise<T>) => Promise<T>;

/** A hook that can be told to stop: its last argument is a signal to hand to whatever it waits for. */
export type AbortableHook = (
  ...call: [...transition: Parameters<TransitionHook>, signal: AbortSignal]
) => ReturnType<TransitionHook>;

/** Runs that may wait for their turn; those beyond are refused, for what waits costs memory. */
const QUEUE = 100;
/** Failures in a row after which a hook is left alone, and for how long. Then one run tries it out. */
const FAILURES = 5;
const PAUSE_MS = 30_000;
/** Characters of somebody else's error that a log keeps. */
const MAX_DETAIL = 500;

/** A hook that can hurt nobody: bounded in time and number, and left alone while it only fails. */
export function isolated(name: string, hook: AbortableHook, options: IsolationOptions): TransitionHook {
  const run = isolation(name, options);
  const apart: TransitionHook = (...transition) => run((signal) => hook(...transition, signal));
  // Outcomes and logs call a hook by its function's name.
  return Object.defineProperty(apart, "name", { value: name });
}

/** Bounds in time and number, and a circuit breaker, for all runs of one hook or gate. */
export function isolation(name: string, options: IsolationOptions): Isolation {
  const { timeoutMs, concurrency, logger, stats, clock, redact } = options;
  const turns = bulkhead(concurrency, QUEUE);
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: PAUSE_MS, breaker: new ConsecutiveBreaker(FAILURES) });
  breaker.onBreak(() =>
    logger.warn({ hook: name, pauseMs: PAUSE_MS }, "A hook or gate only fails and is left alone for now"),
  );
  breaker.onReset(() => logger.warn({ hook: name }, "A hook or gate works again"));

  return async (work) => {
    const startedAt = clock().getTime();
    const ended = (outcome: "done" | HookFailure["reason"]) =>
      stats.record({ hook: name, outcome, durationMs: clock().getTime() - startedAt });
    const abort = new AbortController();
    const late = new HookFailure("timed_out", `It did not end within ${timeoutMs} ms`);
    const timer = setTimeout(() => abort.abort(late), timeoutMs);
    try {
      const result = await turns.execute(() => {
        // What waited too long says nothing about the hook: the breaker does not hear of it.
        if (clock().getTime() - startedAt >= timeoutMs) throw late;
        return breaker.execute(() => untilAborted(work, abort.signal));
      });
      ended("done");
      return result;
    } catch (error) {
      const failure = failureOf(error, redact);
      ended(failure.reason);
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Ends with the signal, also where the work does not listen to it. */
async function untilAborted<T>(work: (signal: AbortSignal) => T | Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as HookFailure);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work(signal), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function failureOf(error: unknown, redact: Redact): HookFailure {
  if (error instanceof HookFailure) return error;
  if (error instanceof BulkheadRejectedError) return new HookFailure("busy", `More than ${QUEUE} runs wait for it`);
  if (error instanceof BrokenCircuitError)
    return new HookFailure("paused", `It failed ${FAILURES} times in a row and is left alone for now`);
  // Only the log hears more: code of the operator's own may say secrets that nobody here knows.
  return new HookFailure("failed", "It failed: the log says how", { detail: shortened(redact(textOf(error))) });
}

/** After the secrets are out: one that the cut went through would not be known any more. */
function shortened(text: string): string {
  return text.slice(0, MAX_DETAIL).toWellFormed();
}

/** A hook of the user's own may throw anything, also what cannot be made text. */
function textOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "It failed with something that has no text";
  }
}
