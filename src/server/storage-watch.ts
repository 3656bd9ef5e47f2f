import type { Timers } from "../inbox/attempt.js";
import { StorageBroken } from "../store/storage-broken.js";

export interface StorageWatchOptions {
  /** By the name that the log calls it. */
  readonly parts: Readonly<Record<string, { check?(): Promise<void> }>>;
  readonly timers: Timers;
  readonly log: { fatal(details: object, message: string): void };
  /** How often to look, in milliseconds; 1,000 by default. */
  readonly everyMs?: number;
}

export interface StorageWatch {
  /** Resolves when a part is broken: this process can keep nothing any more, and has to end. */
  readonly broken: Promise<StorageBroken>;
  stop(): void;
}

/** Looks now and then whether what is written can still be found after a new start, and says so once when it cannot. */
export function watchStorage({ parts, timers, log, everyMs = 1000 }: StorageWatchOptions): StorageWatch {
  let resolve: (failure: StorageBroken) => void = () => {};
  const broken = new Promise<StorageBroken>((done) => {
    resolve = done;
  });
  let isStopped = false;
  let timer: unknown;

  const look = async (): Promise<void> => {
    for (const [part, { check }] of Object.entries(parts)) {
      const failure = check ? await broke(() => check.call(parts[part])) : null;
      if (!failure) continue;
      log.fatal({ part, reason: failure.reason }, failure.message);
      resolve(failure);
      return;
    }
    if (!isStopped) timer = timers.setTimeout(() => void look(), everyMs);
  };
  timer = timers.setTimeout(() => void look(), everyMs);
  return {
    broken,
    stop() {
      isStopped = true;
      timers.clearTimeout(timer);
    },
  };
}

/** What else a check fails with may pass, and is the probes' to tell. */
async function broke(check: () => Promise<void>): Promise<StorageBroken | null> {
  try {
    await check();
    return null;
  } catch (error) {
    return error instanceof StorageBroken ? error : null;
  }
}
