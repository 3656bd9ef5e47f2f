/** How long to wait after the attempt of that number, in milliseconds. `random` is in [0, 1). */
export type Backoff = (attempt: number, random: number) => number;

/**
 * Exponential with full jitter: anything from 0 up to `baseMs` after the first attempt, twice that after each further one, never
 * more than `capMs`. The jitter keeps what failed together from coming back together.
 */
export function fullJitter(baseMs = 1000, capMs = 300_000): Backoff {
  return (attempt, random) => Math.round(random * Math.min(capMs, baseMs * 2 ** (attempt - 1)));
}

/**
 * Exponential with equal jitter, for what is held up: at least half of the time in question, so that a delivery that waits for three days
 * comes back some 600 times. SQS gives a message to the dead letters after 1,000.
 */
export function equalJitter(baseMs = 1000, capMs = 600_000): Backoff {
  return (attempt, random) => Math.round(((1 + random) / 2) * Math.min(capMs, baseMs * 2 ** (attempt - 1)));
}
