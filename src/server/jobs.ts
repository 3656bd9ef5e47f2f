import type { Timers } from "../inbox/attempt.js";

/** Something to be done now and then. What it answers is for the log. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<object>;
}

export interface JobsOptions {
  readonly jobs: readonly Job[];
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

/** Runs each job again and again, one at a time, the next round after the last has ended. One that fails keeps no other from running. */
export function startJobs({ jobs, timers, log }: JobsOptions): RunningJobs {
  let isStopped = false;
  let turn: Promise<void> = Promise.resolve();
  const pending = new Map<Job, unknown>();

  const schedule = (job: Job): void => {
    if (isStopped) return;
    pending.set(
      job,
      timers.setTimeout(() => {
        turn = turn.then(() => work(job));
      }, job.everyMs),
    );
  };
  const work = async (job: Job): Promise<void> => {
    if (isStopped) return;
    try {
      log.debug({ job: job.name, result: await job.run() }, "A job has run");
    } catch (error) {
      log.error({ job: job.name, err: error }, "A job failed, and will run again");
    }
    schedule(job);
  };

  for (const job of jobs) schedule(job);
  return {
    async stop() {
      isStopped = true;
      for (const timer of pending.values()) timers.clearTimeout(timer);
      await turn;
    },
  };
}
