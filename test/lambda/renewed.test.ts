import { describe, expect, test } from "vitest";
import { renewed } from "../../src/lambda/renewed.js";
import { testClock } from "../sandbox/given.js";

describe("given something that is renewed", () => {
  const minute = 60_000;

  function given(...values: readonly (string | Error)[]) {
    const clock = testClock();
    const failures: unknown[] = [];
    const left = [...values];
    const get = renewed(
      5 * minute,
      async () => {
        const value = left.shift();
        if (value instanceof Error) throw value;
        return value;
      },
      { clock, onFailure: (error) => failures.push(error) },
    );
    return { clock, get, failures };
  }

  test("when it is asked for within its time, then it is the same; later, it is loaded anew", async () => {
    const { clock, get } = given("one", "two");
    expect(await Promise.all([get(), get()])).toEqual(["one", "one"]);
    clock.advance(299);
    expect(await get()).toBe("one");
    clock.advance(1);
    expect(await get()).toBe("two");
  });

  test("when the clock is set back, then it is loaded anew, and not kept for as long as that", async () => {
    const { clock, get } = given("one", "two");
    await get();
    clock.advance(-3600);
    expect(await get()).toBe("two");
    expect(await get()).toBe("two");
  });

  test("when it cannot be renewed, then what there was is good, and somebody is told", async () => {
    const { clock, get, failures } = given("one", new Error("down"), "two");
    await get();
    clock.advance(300);
    expect(await get()).toBe("one");
    expect(failures).toHaveLength(1);
    clock.advance(300);
    expect(await get()).toBe("two");
  });

  test("when there was nothing yet, then it fails, and the next who asks tries again", async () => {
    const { get } = given(new Error("down"), "one");
    await expect(get()).rejects.toThrow("down");
    expect(await get()).toBe("one");
  });
});
