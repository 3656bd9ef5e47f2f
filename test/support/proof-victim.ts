import type { BundledServer } from "./proof-bundle.js";
import { type ServerProcess, type Settings, startProcess } from "./proof-process.js";
import type { Hurry } from "./proof-time.js";

/** A server that is killed again and again, and each time started again on the same files. */
export interface Victim {
  /** Where it takes deliveries; while it is dead, or has not listened yet, it does not resolve. */
  url(): Promise<string>;
  /** The process that serves now, or is about to. */
  readonly current: ServerProcess;
  /** Kills it at once, and lets another take its place. */
  kill(): Promise<void>;
  /** For good. */
  end(): Promise<void>;
}

/** The next process loads while the one before it lives: what is proven is how it dies, not how fast it loads. */
export function startVictim(bundled: BundledServer, settings: Settings, hurry?: Hurry): Victim {
  let current = startProcess(bundled, hurry);
  let spare = startProcess(bundled, hurry);
  let address: string | null = null;
  let waiting: ((url: string) => void)[] = [];

  const serve = async (process: ServerProcess): Promise<void> => {
    const url = await process.serve(settings);
    // It may have been killed in between.
    if (process !== current) return;
    address = url;
    for (const resolve of waiting.splice(0)) resolve(url);
  };
  void serve(current);
  return {
    url: () => {
      if (address !== null) return Promise.resolve(address);
      return new Promise((resolve) => {
        waiting = [...waiting, resolve];
      });
    },
    get current() {
      return current;
    },
    async kill() {
      address = null;
      await current.kill();
      current = spare;
      void serve(current);
      spare = startProcess(bundled, hurry);
    },
    end: async () => {
      await Promise.all([current.kill(), spare.kill()]);
    },
  };
}
