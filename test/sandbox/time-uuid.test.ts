import fc from "fast-check";
import { expect, test } from "vitest";
import { timeUuid } from "../../src/sandbox/time-uuid.js";

const VERSION_1 = /^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The milliseconds since 1970 that a UUID of version 1 holds. */
function millisecondsIn(uuid: string): number {
  const [low = "", middle = "", high = ""] = uuid.split("-");
  const steps = BigInt(`0x${high.slice(1)}${middle}${low}`);
  return Number((steps - 0x01b21dd213814000n) / 10_000n);
}

test("given any moment and count, then the UUID is one of version 1 and holds the moment", () => {
  const moment = fc.date({ min: new Date("2008-04-10T00:00:00Z"), max: new Date("2100-01-01T00:00:00Z") });
  fc.assert(
    fc.property(
      moment.filter((at) => !Number.isNaN(at.getTime())),
      fc.nat({ max: 2 ** 40 }),
      (at, count) => {
        const uuid = timeUuid(at, count);
        expect(uuid).toMatch(VERSION_1);
        expect(millisecondsIn(uuid)).toBe(at.getTime());
      },
    ),
  );
});

test("given two counts of one moment, then the UUIDs differ", () => {
  const at = new Date("2026-01-05T09:00:00Z");
  expect(timeUuid(at, 1)).not.toBe(timeUuid(at, 2));
  expect(timeUuid(at, 1)).not.toBe(timeUuid(at, 10_001));
});
