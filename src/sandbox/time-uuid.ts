/** 100-nanosecond steps from the start of the Gregorian calendar, which version 1 counts from, to 1970. */
const GREGORIAN_STEPS = 0x01b21dd213814000n;
const STEPS_IN_MS = 10_000n;

/**
 * A UUID of version 1, which is what GitHub gives its deliveries: it holds the time at which it was made.
 * @param count tells UUIDs of one moment apart, and orders them: a later one has a greater count
 * @see RFC 9562, section 5.1
 */
export function timeUuid(at: Date, count: number): string {
  const steps = GREGORIAN_STEPS + BigInt(at.getTime()) * STEPS_IN_MS + (BigInt(count) % STEPS_IN_MS);
  const time = steps.toString(16).padStart(15, "0");
  const node = count.toString(16).padStart(12, "0");
  return [time.slice(7), time.slice(3, 7), `1${time.slice(0, 3)}`, "8000", node].join("-");
}
