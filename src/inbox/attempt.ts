import { type Backoff, equalJitter, fullJitter } from "./backoff.js";
import { type Failure, judgeFailure } from "./failure.js";
import type { Claim, HeldUpBy, WaysOn } from "./inbox.js";
import type { LogLimit } from "./log-limit.js";

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
  /** What is the same for many deliveries is said once. */
  readonly logLimit: LogLimit;
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** For what is held up. */
  readonly holdBackoff: Backoff;
  /** How long after it was received a delivery that is held up is set aside, in milliseconds. */
  readonly maxAgeMs: number;
}

/** What a server and a function on Lambda do alike. */
export const ATTEMPTS = {
  maxAttempts: 20,
  backoff: fullJitter(),
  holdBackoff: equalJitter(),
  maxAgeMs: 3 * 86_400_000,
} as const satisfies Partial<AttemptOptions>;

/** One claim being worked. */
export interface Attempt {
  /** Resolves, and never rejects, when the claim is finished, given back or lost. */
  readonly settled: Promise<void>;
  /** Ends the wait for the handler and gives the delivery back. */
  readonly abandon: () => void;
  /** Extends the lease now, for the clock that it was counted by has been set, or nothing ran for a while. */
  readonly renew: () => Promise<void>;
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

  const keeping = keepLease(claim, options, () => cutShort({ kind: "lost" }, new Error("The lease was lost")));
  const work = async (): Promise<void> => {
    // Only attempts that ended without a word get here: the process died of them, or at them.
    if (claim.attempt > options.maxAttempts) {
      keeping.stop();
      return settle(claim, { kind: "spent" }, options);
    }
    const stopTimeout = limitTime(options, (error) => cutShort({ kind: "failed", error }, error));
    const outcome = await Promise.race([handled(claim, aborter.signal, options), cut]);
    stopTimeout();
    keeping.stop();
    return settle(claim, outcome, options);
  };

  return {
    settled: work(),
    abandon: () => cutShort({ kind: "abandoned" }, new Error("The worker stops")),
    renew: keeping.renew,
  };
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

interface Keeping {
  readonly stop: () => void;
  readonly renew: () => Promise<void>;
}

/** Extends the lease three times in its length, so that one failure to do so does not lose it. */
function keepLease(claim: Claim, options: AttemptOptions, onLost: () => void): Keeping {
  const { inbox, clock, timers, leaseMs, log, logLimit } = options;
  let stopped = false;
  const extend = async (): Promise<void> => {
    try {
      const kept = await inbox.extend(claim, clock(), leaseMs);
      if (!kept && !stopped) onLost();
    } catch (error) {
      const { message } = judgeFailure(error);
      logLimit.once(`extend: ${message}`, (omitted) =>
        log.error({ ...about(claim), error: message, omitted }, "Cannot extend the lease of a delivery"),
      );
    }
  };
  const next = () => timers.setTimeout(() => void extend().then(again), leaseMs / 3);
  const again = (): void => {
    if (!stopped) timer = next();
  };
  let timer = next();
  return {
    stop: () => {
      stopped = true;
      timers.clearTimeout(timer);
    },
    renew: () => (stopped ? Promise.resolve() : extend()),
  };
}

/** When the inbox cannot be told, the lease runs out and the delivery is worked again. */
async function settle(claim: Claim, outcome: Outcome, options: AttemptOptions): Promise<void> {
  try {
    const kept = await tell(claim, outcome, options);
    if (!kept) options.log.warn(about(claim), "A delivery went to another worker: its lease had run out");
  } catch (error) {
    const { message } = judgeFailure(error);
    options.logLimit.once(`settle: ${message}`, (omitted) =>
      options.log.error(
        { ...about(claim), outcome: outcome.kind, error: message, omitted },
        "Cannot tell the inbox how a delivery ended: it will be worked again",
      ),
    );
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
  const failure = judgeFailure(thrown);
  const { message: error, final, heldUpBy } = failure;
  if (heldUpBy !== null) return holdUp(claim, { ...failure, heldUpBy }, options);
  const failedAt = clock();
  if (final || claim.attempt >= maxAttempts) {
    log.error({ ...about(claim), error }, "A delivery is set aside");
    return inbox.setAside(claim, error, failedAt);
  }
  const dueAt = new Date(failedAt.getTime() + backoff(claim.attempt, random()));
  log.warn({ ...about(claim), error, dueAt }, "A delivery failed and will be tried again");
  return inbox.retry(claim, { error, failedAt, dueAt });
}

/** A failure that the delivery is not to blame for. */
type Hold = Failure & { readonly heldUpBy: HeldUpBy };

/**
 * Nothing is wrong with the delivery: it waits, and loses no try. Only age ends that, and only after as many waits as there are tries: so one
 * that a person takes up again, or a clock that was set forward, does not end it at once.
 */
function holdUp(claim: Claim, failure: Hold, options: AttemptOptions): Promise<boolean> {
  const { inbox, clock, log, logLimit, maxAttempts, maxAgeMs } = options;
  const { message: error, heldUpBy } = failure;
  const failedAt = clock();
  const ageMs = failedAt.getTime() - Date.parse(claim.receivedAt);
  if (ageMs > maxAgeMs && claim.holds >= maxAttempts) {
    const reason = `Held up for ${Math.floor(ageMs / 86_400_000)} days, the last time by ${heldUpBy}: ${error}`;
    log.error({ ...about(claim), heldUpBy, error }, "A delivery is set aside: it was held up for too long");
    return inbox.setAside(claim, reason, failedAt);
  }
  const dueAt = new Date(failedAt.getTime() + holdMs(claim, failure, options));
  logLimit.once(`held up by ${heldUpBy}`, (omitted) =>
    log.warn({ ...about(claim), heldUpBy, error, dueAt, omitted }, "A delivery is held up, and goes on by itself"),
  );
  return inbox.retry(claim, { error, failedAt, dueAt, heldUpBy });
}

/** GitHub's limits say themselves when they end: beyond that, a minute's jitter is enough. */
const JITTERED_LIMITS = 7;

function holdMs({ holds }: Claim, { heldUpBy, retryAfterMs }: Hold, options: AttemptOptions): number {
  const { backoff, holdBackoff, random } = options;
  if (heldUpBy !== "github_limits") return Math.max(retryAfterMs, holdBackoff(holds + 1, random()));
  return Math.max(retryAfterMs, backoff(Math.min(holds + 1, JITTERED_LIMITS), random()));
}

function about({ guid, event, action, attempt }: Claim): object {
  return { guid, event, action, attempt };
}
