import type { Timers } from "../inbox/attempt.js";
import type { Items } from "../store/repository.js";

/** Something to be done now and then. What it answers is for the log. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  /**
   * Whether its last run is remembered over a new start: a job that runs once a day would never run on a server that is started anew every
   * night.
   */
  readonly isRemembered?: boolean;
  readonly run: () => Promise<object>;
}

export interface JobsOptions {
  readonly jobs: readonly Job[];
  /** Where the last runs are remembered. */
  readonly items: Pick<Items, "get" | "put">;
  readonly clock: () => Date;
  readonly timers: Timers;
  readonly log: {
    debug(details: object, message: string): void;
    error(details: object, message: string): void;
  };
}

export interface RunningJobs {
  /** Begins none any more, and resolves when the one that runs has ended. */
  stop(): Promise<void>;
}

const LAST_RUNS = "last-runs";
/** A remembered job that is due does not run in the rush of the start. */
const SOON_MS = 10_000;
/** A remembered job that failed does not wait for its whole time. */
const AGAIN_MS = 3_600_000;

/** Runs each job again and again, one at a time, the next round after the last has ended. One that fails keeps no other from running. */
export function startJobs({ jobs, items, clock, timers, log }: JobsOptions): RunningJobs {
  let isStopped = false;
  let turn: Promise<void> = Promise.resolve();
  const pending = new Map<Job, unknown>();

  const schedule = (job: Job, ms: number): void => {
    if (isStopped) return;
    pending.set(
      job,
      timers.setTimeout(() => {
        turn = turn.then(() => work(job));
      }, ms),
    );
  };
  const work = async (job: Job): Promise<void> => {
    if (isStopped) return;
    try {
      log.debug({ job: job.name, result: await job.run() }, "A job has run");
      if (job.isRemembered) await items.put(LAST_RUNS, job.name, clock().toISOString());
      schedule(job, job.everyMs);
    } catch (error) {
      log.error({ job: job.name, err: error }, "A job failed, and will run again");
      schedule(job, Math.min(job.everyMs, AGAIN_MS));
    }
  };
  /** Never longer than its own time, wherever the clock stood when it was remembered, or stands now. */
  const untilDue = async ({ name, everyMs }: Job): Promise<number> => {
    const last = await items.get(LAST_RUNS, name).catch(() => null);
    const sinceMs = typeof last === "string" ? clock().getTime() - Date.parse(last) : everyMs;
    return sinceMs >= 0 && sinceMs < everyMs ? Math.max(SOON_MS, everyMs - sinceMs) : SOON_MS;
  };

  const beginRemembered = async (): Promise<void> => {
    for (const job of jobs) if (job.isRemembered) schedule(job, await untilDue(job));
  };

  for (const job of jobs) if (!job.isRemembered) schedule(job, job.everyMs);
  turn = beginRemembered();
  return {
    async stop() {
      isStopped = true;
      for (const timer of pending.values()) timers.clearTimeout(timer);
      await turn;
    },
  };
}
