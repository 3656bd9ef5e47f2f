/** Something to be done now and then. What it answers is for the log. */
export type Job = () => Promise<object>;

export interface ScheduleOptions {
  /** By name, in the order in which they run. */
  readonly jobs: Readonly<Record<string, Job>>;
  readonly log: {
    info(details: object, message: string): void;
    error(details: object, message: string): void;
  };
}

/**
 * Runs the jobs one after the other: one that fails keeps no other from running.
 * @throws AggregateError of what failed, so that Lambda counts an error
 */
export function createScheduleHandler({ jobs, log }: ScheduleOptions): () => Promise<void> {
  return async () => {
    const errors: unknown[] = [];
    for (const [job, run] of Object.entries(jobs)) {
      try {
        log.info({ job, result: await run() }, "A job has run");
      } catch (error) {
        log.error({ job, err: error }, "A job failed");
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "Not every job has run to its end");
  };
}
