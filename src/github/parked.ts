import { type Json, linkOf, type Observation, timestamp } from "../core/index.js";
import type { LoopStore } from "../store/repository.js";
import type { Repo } from "./observe/index.js";

/** CI of a commit begins before its pull request is opened 41 times of 44, and of a branch without one, always. */
const KEPT_DAYS = 14;

/** Observations of a commit that no record is known for yet: kept until the pull request of that commit appears. */
export class Parked {
  readonly #store: LoopStore;
  readonly #clock: () => Date;

  constructor(store: LoopStore, clock: () => Date) {
    this.#store = store;
    this.#clock = clock;
  }

  async park(repo: Repo, sha: string, key: string, observation: Observation): Promise<void> {
    const expiresAt = timestamp(this.#clock().getTime() + KEPT_DAYS * 24 * 60 * 60 * 1000);
    await this.#store.items.put(collection(repo.id, sha), key, observation as unknown as Json, { expiresAt });
  }

  /** What waits for a commit, with the key that each was parked under. */
  async of(
    repoId: number,
    sha: string,
  ): Promise<readonly { readonly id: string; readonly observation: Observation }[]> {
    const items = await this.#store.items.list(collection(repoId, sha));
    return items.map(({ id, value }) => ({ id, observation: value as unknown as Observation }));
  }

  async release(repoId: number, sha: string, id: string): Promise<void> {
    await this.#store.items.delete(collection(repoId, sha), id);
  }
}

function collection(repoId: number, sha: string): string {
  return `parked:${linkOf.commit(repoId, sha)}`;
}
