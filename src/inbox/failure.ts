import { BusyError, LoopForgeError, retryAfterOf } from "../core/index.js";

/** What an error of a handler says about its delivery. */
export interface Failure {
  readonly message: string;
  /** Another try would fail in the same way. */
  readonly final: boolean;
  /** Somebody takes nothing now: the delivery was held up, whatever is wrong with it or not. */
  readonly busy: boolean;
  /** How long to wait at the least before another try, in milliseconds, where somebody said so; else 0. */
  readonly retryAfterMs: number;
}

/** Judges whatever a handler threw. An AggregateError, as Probot throws it, is final only when every error in it is. */
export function judgeFailure(thrown: unknown): Failure {
  const errors = unwrap(thrown, new Set());
  const messages = new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))));
  return {
    message: [...messages].filter(Boolean).join("\n") || "Failed without a message",
    busy: errors.every((error) => error instanceof BusyError),
    retryAfterMs: retryAfterOf(errors),
    final: errors.every((error) => error instanceof LoopForgeError && !error.disposition.retry),
  };
}

/** The errors that are no aggregates, at least one of them. */
function unwrap(thrown: unknown, seen: Set<unknown>): readonly unknown[] {
  if (!(thrown instanceof AggregateError) || thrown.errors.length === 0 || seen.has(thrown)) return [thrown];
  seen.add(thrown);
  return thrown.errors.flatMap((error: unknown) => unwrap(error, seen));
}
