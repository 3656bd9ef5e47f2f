/** Milliseconds from any moment on, which nobody can set: `performance.now`. */
export type Monotonic = () => number;

const EVERY_MS = 60_000;
/** Causes may have text of others in them. */
const MAX_CAUSES = 200;

/** Lets one line of a log through for each cause and minute, and counts the others: what fails all the time is said and not shouted. */
export class LogLimit {
  readonly #monotonic: Monotonic;
  readonly #said = new Map<string, { readonly at: number; omitted: number }>();

  constructor(monotonic: Monotonic) {
    this.#monotonic = monotonic;
  }

  /** @param say writes the line; told how many of the same cause were left out since the last one */
  once(cause: string, say: (omitted: number) => void): void {
    const now = this.#monotonic();
    const last = this.#said.get(cause);
    if (last && now - last.at < EVERY_MS) {
      last.omitted += 1;
      return;
    }
    this.#said.delete(cause);
    if (this.#said.size >= MAX_CAUSES) this.#forgetOldest();
    this.#said.set(cause, { at: now, omitted: 0 });
    say(last?.omitted ?? 0);
  }

  #forgetOldest(): void {
    const [oldest] = this.#said.keys();
    if (oldest !== undefined) this.#said.delete(oldest);
  }
}
