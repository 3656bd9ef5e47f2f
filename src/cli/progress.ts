import { Presets, SingleBar } from "cli-progress";

/** A bar on standard error, where somebody looks at a terminal; otherwise nothing. */
export interface Progress {
  step(): void;
  stop(): void;
}

const NONE: Progress = { step: () => {}, stop: () => {} };

/** @param total null where it is not known beforehand: then it counts */
export function showProgress(what: string, total: number | null): Progress {
  if (process.stderr.isTTY !== true) return NONE;
  const format = total === null ? `${what} {value}` : `${what} {bar} {value}/{total}  {eta_formatted} left`;
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(total ?? Number.MAX_SAFE_INTEGER, 0);
  return { step: () => bar.increment(), stop: () => bar.stop() };
}
