// Loaded before a server whose time is to run faster: what it would wait minutes for, a test has no time for. Its clock and its timers
// run LOOPFORGE_HURRY times as fast as the machine's, from the instant LOOPFORGE_HURRY_SINCE on.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { hurried } from "./proof-time.js";

const RealDate = Date;
const factor = Number(process.env.LOOPFORGE_HURRY);
const now = hurried({ factor, since: Number(process.env.LOOPFORGE_HURRY_SINCE) }, () => RealDate.now());

class HurriedDate extends RealDate {
  constructor(...given: [] | [string | number | Date]) {
    if (given.length === 0) super(now());
    else super(...given);
  }

  static override now(): number {
    return now();
  }
}
globalThis.Date = HurriedDate as DateConstructor;

// What is measured by the clock that nobody sets is waited for by the same timers.
const measured = performance.now.bind(performance);
performance.now = () => measured() * factor;

// From a minute on it limits how long real work may take, and that does not hurry.
const LIMIT_MS = 60_000;
const hurriedMs = (ms = 0) => (ms < LIMIT_MS ? ms / factor : ms);

type Timer = (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => NodeJS.Timeout;
const sooner = (timer: Timer) =>
  Object.assign((...[run, ms, ...args]: Parameters<Timer>) => timer(run, hurriedMs(ms), ...args), timer);
const { setTimeout: later, setInterval: again } = globalThis;
globalThis.setTimeout = sooner(later as Timer) as typeof later;
globalThis.setInterval = sooner(again as Timer) as typeof again;

type Sleep = (ms?: number, ...rest: unknown[]) => Promise<unknown>;
const timers = createRequire(import.meta.url)("node:timers/promises") as { setTimeout: Sleep };
const { setTimeout: sleep } = timers;
timers.setTimeout = (ms, ...rest) => sleep(hurriedMs(ms), ...rest);
syncBuiltinESMExports();
