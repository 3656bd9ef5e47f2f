import { Presets, SingleBar } from "cli-progress";

/** A bar on standard error, where somebody looks at a terminal; otherwise nothing. */
export interface Progress {
  step(): void;
  /** How many there are in all, where that turns out on the way. */
  of(total: number): void;
  stop(): void;
}

const NONE: Progress = { step: () => {}, of: () => {}, stop: () => {} };

/** @param total null where it is not known beforehand: then it counts */
export function showProgress(what: string, total: number | null): Progress {
  if (process.stderr.isTTY !== true) return NONE;
  const withTotal = `${what} {bar} {value}/{total}  {eta_formatted} left`;
  const format = total === null ? `${what} {value}` : withTotal;
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(total ?? Number.MAX_SAFE_INTEGER, 0);
  return { step: () => bar.increment(), of: (all) => bar.setTotal(all), stop: () => bar.stop() };
}
