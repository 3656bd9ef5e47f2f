import { ATTEMPTS, type Attempt, type AttemptOptions, startAttempt, type Timers, type WorkerLog } from "./attempt.js";
import type { Backoff } from "./backoff.js";
import { judgeFailure } from "./failure.js";
import type { Claim, Inbox } from "./inbox.js";
import { LogLimit, type Monotonic } from "./log-limit.js";

export type { Timers, WorkerLog };

export interface WorkerOptions {
  readonly inbox: Inbox;
  /**
   * Works one delivery; it may get the same one again. The signal is aborted when nobody waits for it any more: its time is up, its
   * lease was lost, or the worker stops.
   */
  readonly handle: (claim: Claim, signal: AbortSignal) => Promise<void>;
  readonly clock: () => Date;
  /** For how long something takes: a clock that nobody can set. `performance.now` by default. */
  readonly monotonic?: Monotonic;
  readonly log: WorkerLog;
  /** In [0, 1), for the backoff's jitter; `Math.random` by default. */
  readonly random?: () => number;
  /** The global ones by default. */
  readonly timers?: Timers;
  /**
   * How many deliveries are worked side by side; 16 by default. Fewer at first where a worker before may have died of one: see
   * {@link Worker.start}.
   */
  readonly concurrency?: number;
  /**
   * Whether there is more urgent work in this process: meanwhile deliveries are worked one at a time, so that none waits for good.
   * Wake the worker when it is over.
   */
  readonly isBusy?: () => boolean;
  /** How long a delivery stays with a worker that has died, in milliseconds; 30,000 by default. */
  readonly leaseMs?: number;
  /** After how many milliseconds a handler counts as failed; 60,000 by default. */
  readonly timeoutMs?: number;
  /** How often to look for what another process put or retried, in milliseconds; 5,000 by default. */
  readonly pollMs?: number;
  /** How often a delivery that fails by its own fault is tried before it is set aside; 20 by default. */
  readonly maxAttempts?: number;
  /** By default full jitter from 1 second to 5 minutes. */
  readonly backoff?: Backoff;
  /** For what is held up; by default equal jitter from 1 second to 10 minutes. */
  readonly holdBackoff?: Backoff;
  /** How long after it was received a delivery that is held up is set aside, in milliseconds; 3 days by default. */
  readonly maxAgeMs?: number;
}

export interface Worker {
  /**
   * Begins to take deliveries. One that was stopped stays so. Once it meets one that was tried before, it works one at a time, and one
   * more side by side for each that has ended since it began: so the others get on while one ends the process again and again, and it is
   * soon alone with that one, whose attempts then count and no others'.
   */
  start(): void;
  /** Says that something was put, so that it need not wait for the next look. */
  wake(): void;
  /** Resolves when nothing is being worked and nothing was due; retries may still wait for their time. */
  idle(): Promise<void>;
  /** Takes nothing more, waits up to `graceMs` for what is being worked, and gives the rest back. */
  stop(graceMs: number): Promise<void>;
}

/** A clock that is slewed, or a process that was busy, is no step. */
const STEP_MS = 1000;

/**
 * Takes deliveries from the inbox and hands them to `handle`. What it throws decides ({@link judgeFailure}): an error that LoopForge means
 * as final sets the delivery aside at once; what the delivery is not to blame for holds it up; any other is tried again after a growing
 * while, and set aside after the last attempt.
 */
export function createWorker(options: WorkerOptions): Worker {
  const { inbox, clock, log, concurrency = 16, pollMs = 5000, leaseMs = 30_000, timers = globalThis } = options;
  const { isBusy = () => false, monotonic = () => performance.now() } = options;
  const logLimit = new LogLimit(monotonic);
  const attempts: AttemptOptions = {
    random: Math.random,
    timeoutMs: 60_000,
    ...ATTEMPTS,
    ...options,
    timers,
    leaseMs,
    logLimit,
  };
  const running = new Set<Attempt>();
  let state: "new" | "started" | "stopped" = "new";
  /** Something may be due that no claim has looked for yet. */
  let news = false;
  let pumping: Promise<void> | null = null;
  let isCareful = false;
  let ended = 0;
  let alarm: unknown;
  /** How far the clock is ahead of the one that nobody sets, in milliseconds. */
  let ahead = clock().getTime() - monotonic();
  /** When this worker last looked for leases that are over, by the clock that nobody sets. */
  let lookedAt = monotonic();
  let onIdle: (() => void)[] = [];

  const sideBySide = () => (isCareful ? Math.min(concurrency, 1 + ended) : concurrency);
  const free = () => (isBusy() ? 1 : sideBySide()) - running.size;
  const wanted = () => state === "started" && news && free() > 0;

  function wake(): void {
    news = true;
    if (!pumping && wanted()) pumping = pump();
  }

  async function pump(): Promise<void> {
    timers.clearTimeout(alarm);
    do {
      while (wanted()) await take();
      if (state === "started") await setAlarm();
    } while (wanted());
    pumping = null;
    tellIdle();
  }

  async function take(): Promise<void> {
    news = false;
    const places = free();
    try {
      // Read once: were it set between the two, the claim would find leases over that nobody has renewed.
      const now = clock();
      await renewAfterGap(now);
      const claims = await inbox.claim(places, now, leaseMs);
      isCareful ||= claims.some(({ attempt }) => attempt > 1);
      const taken = state === "stopped" ? [] : claims.slice(0, Math.max(0, sideBySide() - running.size));
      // Before any is begun, for that may be the end of it all. They are taken again when one has ended.
      await Promise.all(claims.slice(taken.length).map((claim) => inbox.release(claim)));
      for (const claim of taken) begin(claim);
      if (taken.length === places) news = true;
    } catch (error) {
      complain(error, "Cannot take deliveries from the inbox");
    }
  }

  /**
   * Where the clock was set, or the process stood still (a virtual machine that was paused, a host without memory), the leases of this worker
   * seem to be over: it would take its own work away from itself.
   */
  async function renewAfterGap(now: Date): Promise<void> {
    const [aheadBefore, lookedBefore] = [ahead, lookedAt];
    lookedAt = monotonic();
    ahead = now.getTime() - lookedAt;
    const stepped = ahead - aheadBefore;
    const isStep = Math.abs(stepped) >= STEP_MS;
    if (!isStep && lookedAt - lookedBefore < leaseMs / 2) return;
    if (isStep) {
      log.warn({ steppedMs: Math.round(stepped) }, "The clock was set: the leases of what is being worked are renewed");
    }
    await Promise.all([...running].map((attempt) => attempt.renew()));
  }

  function complain(thrown: unknown, what: string): void {
    const { message } = judgeFailure(thrown);
    logLimit.once(`${what} ${message}`, (omitted) => log.error({ error: message, omitted }, what));
  }

  function begin(claim: Claim): void {
    const attempt = startAttempt(claim, attempts);
    running.add(attempt);
    void attempt.settled.then(() => {
      running.delete(attempt);
      ended += 1;
      wake();
      tellIdle();
    });
  }

  /** For the next retry or the end of a lost lease, and for what other processes do. */
  async function setAlarm(): Promise<void> {
    timers.clearTimeout(alarm);
    let delay = pollMs;
    try {
      const next = await inbox.nextDueAt(clock());
      if (next) delay = Math.min(pollMs, Math.max(1, Date.parse(next) - clock().getTime()));
    } catch (error) {
      complain(error, "Cannot ask the inbox what falls due next");
    }
    if (state === "started") alarm = timers.setTimeout(wake, delay);
  }

  function tellIdle(): void {
    if (pumping || running.size > 0) return;
    for (const resolve of onIdle.splice(0)) resolve();
  }

  function idle(): Promise<void> {
    return new Promise((resolve) => {
      onIdle = [...onIdle, resolve];
      tellIdle();
    });
  }

  async function stop(graceMs: number): Promise<void> {
    state = "stopped";
    timers.clearTimeout(alarm);
    const grace = timers.setTimeout(() => {
      for (const attempt of running) attempt.abandon();
    }, graceMs);
    await idle();
    timers.clearTimeout(grace);
  }

  return {
    start() {
      if (state === "new") state = "started";
      wake();
    },
    wake,
    idle,
    stop,
  };
}
