import { asBusy } from "../client/busy.js";

export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** So many failures one after the other are not about single items any more: GitHub or the store is not there. */
const MAX_IN_A_ROW = 5;

/** Goes through the items of a run so that one that fails keeps none after it from its turn. */
export class Attempts {
  readonly #clock: () => Date;
  #failedInARow = 0;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  /**
   * @returns what came of the work on one item, or why it failed
   * @throws what has to end the run: that a limit of GitHub's is reached, that it does not know the App, and the last of several failures in a row
   */
  async at<T>(work: () => Promise<T>): Promise<Attempt<T>> {
    try {
      const value = await work();
      this.#failedInARow = 0;
      return { ok: true, value };
    } catch (error) {
      this.#failedInARow += 1;
      const isOfAll = isUnknownApp(error) || asBusy(error, this.#clock()) !== null;
      if (isOfAll || this.#failedInARow >= MAX_IN_A_ROW) throw error;
      return { ok: false, error };
    }
  }
}

function isUnknownApp(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === 401;
}
