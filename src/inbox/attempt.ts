import type { Backoff } from "./backoff.js";
import { judgeFailure } from "./failure.js";
import type { Claim, WaysOn } from "./inbox.js";

export interface Timers {
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** As pino has it. */
export interface WorkerLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AttemptOptions {
  readonly inbox: WaysOn;
  readonly handle: (claim: Claim, signal: AbortSignal) => Promise<void>;
  readonly clock: () => Date;
  readonly random: () => number;
  readonly timers: Timers;
  readonly log: WorkerLog;
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
}

/** One claim being worked. */
export interface Attempt {
  /** Resolves, and never rejects, when the claim is finished, given back or lost. */
  readonly settled: Promise<void>;
  /** Ends the wait for the handler and gives the delivery back. */
  readonly abandon: () => void;
}

type Outcome =
  | { readonly kind: "handled" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "spent" }
  | { readonly kind: "lost" }
  | { readonly kind: "abandoned" };

/** Runs the handler on one claim, keeps the lease meanwhile, and tells the inbox how it ended. */
export function startAttempt(claim: Claim, options: AttemptOptions): Attempt {
  const aborter = new AbortController();
  let cutShort: (outcome: Outcome, reason: Error) => void = () => {};
  const cut = new Promise<Outcome>((resolve) => {
    cutShort = (outcome, reason) => {
      resolve(outcome);
      aborter.abort(reason);
    };
  });

  const work = async (): Promise<void> => {
    // Only attempts that ended without a word get here: the process died of them, or at them.
    if (claim.attempt > options.maxAttempts) return settle(claim, { kind: "spent" }, options);
    const stopTimeout = limitTime(options, (error) => cutShort({ kind: "failed", error }, error));
    const stopKeeping = keepLease(claim, options, () => cutShort({ kind: "lost" }, new Error("The lease was lost")));
    const outcome = await Promise.race([handled(claim, aborter.signal, options), cut]);
    stopTimeout();
    stopKeeping();
    return settle(claim, outcome, options);
  };

  return { settled: work(), abandon: () => cutShort({ kind: "abandoned" }, new Error("The worker stops")) };
}

async function handled(claim: Claim, signal: AbortSignal, { handle }: AttemptOptions): Promise<Outcome> {
  try {
    await handle(claim, signal);
    return { kind: "handled" };
  } catch (error) {
    return { kind: "failed", error };
  }
}

function limitTime({ timers, timeoutMs }: AttemptOptions, expire: (error: Error) => void): () => void {
  const error = new Error(`Not handled within ${timeoutMs / 1000} s`);
  const timer = timers.setTimeout(() => expire(error), timeoutMs);
  return () => timers.clearTimeout(timer);
}

/** Extends the lease three times in its length, so that one failure to do so does not lose it. */
function keepLease(claim: Claim, options: AttemptOptions, onLost: () => void): () => void {
  const { inbox, clock, timers, leaseMs, log } = options;
  let stopped = false;
  const next = () => timers.setTimeout(() => void extend(), leaseMs / 3);
  let timer = next();
  const extend = async (): Promise<void> => {
    try {
      const kept = await inbox.extend(claim, clock(), leaseMs);
      if (!kept && !stopped) return onLost();
    } catch (error) {
      log.error({ ...about(claim), error: judgeFailure(error).message }, "Cannot extend the lease of a delivery");
    }
    if (!stopped) timer = next();
  };
  return () => {
    stopped = true;
    timers.clearTimeout(timer);
  };
}

/** When the inbox cannot be told, the lease runs out and the delivery is worked again. */
async function settle(claim: Claim, outcome: Outcome, options: AttemptOptions): Promise<void> {
  try {
    const kept = await tell(claim, outcome, options);
    if (!kept) options.log.warn(about(claim), "A delivery went to another worker: its lease had run out");
  } catch (error) {
    const fields = { ...about(claim), outcome: outcome.kind, error: judgeFailure(error).message };
    options.log.error(fields, "Cannot tell the inbox how a delivery ended: it will be worked again");
  }
}

function tell(claim: Claim, outcome: Outcome, options: AttemptOptions): Promise<boolean> {
  const { inbox, clock, maxAttempts } = options;
  switch (outcome.kind) {
    case "handled":
      return inbox.done(claim, clock());
    case "failed":
      return fail(claim, outcome.error, options);
    case "spent": {
      const reason = `Given up after ${maxAttempts} attempts: at the last one its worker stopped without a word`;
      options.log.error({ ...about(claim), error: reason }, "A delivery is set aside");
      return inbox.setAside(claim, reason, clock());
    }
    case "abandoned":
      return inbox.release(claim);
    case "lost":
      return Promise.resolve(false);
    default:
      return outcome satisfies never;
  }
}

function fail(claim: Claim, thrown: unknown, options: AttemptOptions): Promise<boolean> {
  const { inbox, clock, log, backoff, random, maxAttempts } = options;
  const { message: error, final, busy, retryAfterMs } = judgeFailure(thrown);
  const now = clock();
  if (final || (claim.attempt >= maxAttempts && !busy)) {
    log.error({ ...about(claim), error }, "A delivery is set aside");
    return inbox.setAside(claim, error, now);
  }
  const dueAt = new Date(now.getTime() + Math.max(retryAfterMs, backoff(claim.attempt, random())));
  log.warn({ ...about(claim), error, dueAt }, "A delivery failed and will be tried again");
  return inbox.retry(claim, { error, dueAt, counts: !busy });
}

function about({ guid, event, action, attempt }: Claim): object {
  return { guid, event, action, attempt };
}
