/** A time that runs faster than the machine's. */
export interface Hurry {
  readonly factor: number;
  /** The instant, in milliseconds since 1970, at which both times are the same. */
  readonly since: number;
}

/** @returns a clock in milliseconds since 1970 */
export function hurried({ factor, since }: Hurry, real: () => number = Date.now): () => number {
  return () => Math.floor(since + (real() - since) * factor);
}
