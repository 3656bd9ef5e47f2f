import { setTimeout } from "node:timers/promises";
import { LoopForgeError } from "../core/index.js";

/** Chance and time for what is tried again; by default the real ones. */
export interface RetryOptions {
  /** In [0, 1). */
  readonly random?: () => number;
  /** Waits so many milliseconds. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/**
 * What a server's failure means for the same request, asked again.
 * passing: it was not carried out, and may be now. unknown: the same, but it may have been carried out, for the answer was lost.
 * final: it will fail again.
 */
export type Outlook = "passing" | "unknown" | "final";

/** A server's failure in LoopForge's words. */
export class ServerFailure extends LoopForgeError {
  readonly outlook: Outlook;

  constructor(outlook: Outlook, ...error: ConstructorParameters<typeof LoopForgeError>) {
    super(...error);
    this.outlook = outlook;
  }
}

const MAX_TRIES = 6;
const FIRST_WAIT_MS = 50;

/**
 * Does the work again while it throws a {@link ServerFailure} that may pass, six times at the most. In between it waits up to 50 ms, then
 * up to twice that, and so on (full jitter): what failed together does not come back together.
 */
export async function withRetry<T>(
  work: () => Promise<T>,
  { random = Math.random, sleep = setTimeout }: RetryOptions = {},
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof ServerFailure && error.outlook !== "final";
      if (!mayPass || tries === MAX_TRIES) throw error;
      await sleep(random() * FIRST_WAIT_MS * 2 ** (tries - 1));
    }
  }
}
