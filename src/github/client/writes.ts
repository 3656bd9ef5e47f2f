import { LRUCache } from "lru-cache";
import { BusyError } from "../../core/index.js";
import { KeyedMutex } from "../keyed-mutex.js";
import { asBusy } from "./busy.js";

export interface WritesOptions {
  /** For the dates in GitHub's answers. */
  readonly clock: () => Date;
  /** Milliseconds from any moment on, which nobody can set: `performance.now`. All waits are measured by it. */
  readonly monotonic: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** From the end of a write to the next, in milliseconds; 1,000 by default. */
  readonly gapMs?: number;
  /** How long a write may wait for its turn before it is left for later, in milliseconds; 20,000 by default. */
  readonly patienceMs?: number;
}

/** Installations whose limits are remembered. */
const LANES_KEPT = 10_000;

/** What is known of one installation's limits. */
interface Lane {
  waiting: number;
  /** When the next write may begin, and until when GitHub wants to hear nothing, by the clock that nobody sets. */
  freeAt: number;
  busyUntil: number;
}

/**
 * Keeps an App's requests within GitHub's limits, for each installation: one write at a time, a second apart, and nothing at all while
 * GitHub says that there was too much. What would have to wait long is not waited for: it fails with the time from which on it may be
 * tried again, and whoever asked for it comes back.
 * @see https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 */
export class Writes {
  readonly #clock: () => Date;
  readonly #monotonic: () => number;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #gapMs: number;
  readonly #patienceMs: number;
  readonly #lanes = new LRUCache<string, Lane>({ max: LANES_KEPT });
  readonly #turns = new KeyedMutex();

  constructor({ clock, monotonic, sleep, gapMs = 1000, patienceMs = 20_000 }: WritesOptions) {
    this.#clock = clock;
    this.#monotonic = monotonic;
    this.#sleep = sleep;
    this.#gapMs = gapMs;
    this.#patienceMs = patienceMs;
  }

  /** @throws BusyError where GitHub is to be left alone; what the request throws */
  async read<T>(installation: string, request: () => Promise<T>): Promise<T> {
    return this.#listen(this.#lane(installation), request);
  }

  /** @throws BusyError where GitHub is to be left alone, or too many writes wait already; what the request throws */
  async write<T>(installation: string, request: () => Promise<T>): Promise<T> {
    const lane = this.#lane(installation);
    const wait = lane.waiting * this.#gapMs;
    if (wait > this.#patienceMs) {
      throw new BusyError(`${lane.waiting} writes to GitHub wait for their turn already`, wait);
    }
    lane.waiting += 1;
    try {
      return await this.#turns.run(installation, async () => {
        this.#refuseWhileBusy(lane);
        await this.#until(lane.freeAt);
        try {
          return await this.#listen(lane, request);
        } finally {
          lane.freeAt = this.#monotonic() + this.#gapMs;
        }
      });
    } finally {
      lane.waiting -= 1;
    }
  }

  async #listen<T>(lane: Lane, request: () => Promise<T>): Promise<T> {
    this.#refuseWhileBusy(lane);
    try {
      return await request();
    } catch (error) {
      const busy = asBusy(error, this.#clock());
      if (!busy) throw error;
      lane.busyUntil = Math.max(lane.busyUntil, this.#monotonic() + busy.retryAfterMs);
      throw busy;
    }
  }

  #refuseWhileBusy({ busyUntil }: Lane): void {
    const left = busyUntil - this.#monotonic();
    if (left > 0) throw new BusyError(`GitHub asked to be left alone for ${Math.ceil(left / 1000)} s more`, left);
  }

  async #until(at: number): Promise<void> {
    const left = at - this.#monotonic();
    if (left > 0) await this.#sleep(left);
  }

  #lane(installation: string): Lane {
    const known = this.#lanes.get(installation);
    if (known) return known;
    const lane: Lane = { waiting: 0, freeAt: Number.NEGATIVE_INFINITY, busyUntil: Number.NEGATIVE_INFINITY };
    this.#lanes.set(installation, lane);
    return lane;
  }
}
