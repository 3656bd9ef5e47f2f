import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Writes } from "../../../src/github/client/writes.js";

const HOUR_MS = 3_600_000;

/** Writes of one installation, by a clock that is set and one that is not; time passes when somebody sleeps. */
function given() {
  const state = { elapsed: 0, stepped: 0 };
  const sleeps: number[] = [];
  const writes = new Writes({
    clock: () => new Date(Date.UTC(2026, 0, 5) + state.elapsed + state.stepped),
    monotonic: () => state.elapsed,
    sleep: async (ms) => {
      sleeps.push(ms);
      state.elapsed += ms;
    },
  });
  return {
    ...{ state, sleeps, writes },
    write: () => writes.write("1", async () => "written"),
    refused: (headers: Readonly<Record<string, string>>) =>
      writes
        .write("1", async () => {
          throw Object.assign(new Error("You have exceeded a secondary rate limit"), {
            status: 403,
            response: { headers },
          });
        })
        .catch((error: unknown) => error),
  };
}

describe("given a clock that is set between two writes", () => {
  test.each([
    ["back", -HOUR_MS],
    ["forward", HOUR_MS],
  ])("when it is set %s by an hour, then the next is a second later", async (_, ms) => {
    const { state, sleeps, write } = given();
    await write();
    state.stepped = ms;
    await write();
    expect(sleeps).toEqual([1000]);
  });

  test("when GitHub asked to wait a minute, then that is a minute, wherever the clock stands", async () => {
    const { state, write, refused } = given();
    await refused({ "retry-after": "60" });
    state.stepped = -HOUR_MS;
    await expect(write()).rejects.toMatchObject({ retryAfterMs: 60_000 });
    state.stepped = HOUR_MS;
    await expect(write()).rejects.toMatchObject({ retryAfterMs: 60_000 });
    state.elapsed += 60_000;
    expect(await write()).toBe("written");
  });

  test("whatever it is set to, no write waits longer than a second", async () => {
    const hours = fc.array(fc.integer({ min: -24, max: 24 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(hours, async (steps) => {
        const { state, sleeps, write } = given();
        for (const step of steps) {
          state.stepped += step * HOUR_MS;
          await write();
        }
        expect(Math.max(0, ...sleeps)).toBeLessThanOrEqual(1000);
      }),
    );
  });
});
