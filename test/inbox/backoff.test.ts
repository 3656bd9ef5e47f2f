import fc from "fast-check";
import { expect, it } from "vitest";
import { fullJitter } from "../../src/inbox/backoff.js";

it("grows from its base to its cap, and stays there", () => {
  const longest = Array.from({ length: 11 }, (_, index) => fullJitter()(index + 1, 1));
  expect(longest).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]);
});

it("is anything from nothing up to that, a whole number of milliseconds", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, random) => {
        const wait = fullJitter()(attempt, random);
        expect(Number.isInteger(wait) && wait >= 0 && wait <= 300_000).toBe(true);
      },
    ),
  );
});
