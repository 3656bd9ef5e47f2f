import { canonicalJson, type Json, linkOf, type Observation, sha256, timestamp } from "../core/index.js";
import type { LoopStore } from "../store/repository.js";
import type { Repo } from "./observe/index.js";

/** CI of a commit begins before its pull request is opened 41 times of 44, and of a branch without one, always. */
const KEPT_DAYS = 14;

export interface Waiting {
  readonly id: string;
  readonly observation: Observation;
  /** The key of its delivery. */
  readonly key?: string;
}

/** Observations of a commit that no record is known for yet: kept until the pull request of that commit appears. */
export class Parked {
  readonly #store: LoopStore;
  readonly #clock: () => Date;

  constructor(store: LoopStore, clock: () => Date) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @param key of the delivery that said it; the same one is kept once */
  async park(repo: Repo, sha: string, observation: Observation, key: string | undefined): Promise<void> {
    const expiresAt = timestamp(this.#clock().getTime() + KEPT_DAYS * 24 * 60 * 60 * 1000);
    const value = observation as unknown as Json;
    await this.#store.items.put(collection(repo.id, sha), key ?? sha256(canonicalJson(value)), value, { expiresAt });
  }

  /** What waits for a commit, in the order in which it happened. */
  async of(repoId: number, sha: string): Promise<readonly Waiting[]> {
    const items = await this.#store.items.list(collection(repoId, sha));
    const waiting = items.map(({ id, value }): Waiting => {
      const observation = value as unknown as Observation;
      return { id, observation, ...(observation.source.kind === "webhook" ? { key: id } : {}) };
    });
    return waiting.sort((a, b) => ((a.observation.occurredAt ?? "") < (b.observation.occurredAt ?? "") ? -1 : 1));
  }

  async release(repoId: number, sha: string, id: string): Promise<void> {
    await this.#store.items.delete(collection(repoId, sha), id);
  }
}

function collection(repoId: number, sha: string): string {
  return `parked:${linkOf.commit(repoId, sha)}`;
}
