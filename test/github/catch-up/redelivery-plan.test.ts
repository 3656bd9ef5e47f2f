import { describe, expect, test } from "vitest";
import { timestamp } from "../../../src/core/index.js";
import {
  asked,
  type DeliveryAttempt,
  planRedelivery,
  type RedeliveryRules,
  type Undelivered,
} from "../../../src/github/catch-up/redelivery-plan.js";

const NOW = new Date("2026-01-05T12:00:00Z");
const HOUR = 3600 * 1000;
const ago = (hours: number) => timestamp(NOW.getTime() - hours * HOUR);
const RULES: RedeliveryRules = {
  now: NOW,
  isSubscribed: (event) => event === "issues",
  limit: 10,
  keptMs: 72 * HOUR,
  pauseMs: HOUR,
  maxTries: 3,
};

function attempt(guid: string, fields: Partial<DeliveryAttempt> = {}): DeliveryAttempt {
  const about = { guid, event: "issues", action: "opened", repositoryId: 1, status: "timed out" };
  return { id: `${guid}-1`, ...about, at: ago(2), isRedelivery: false, succeeded: false, ...fields };
}

function known(guid: string, fields: Partial<Undelivered> = {}): Undelivered {
  const about = { guid, event: "issues", action: "opened", repositoryId: 1, status: "timed out" };
  return { ...about, deliveryId: `${guid}-1`, firstAt: ago(2), lastAt: ago(2), tries: 0, askedAt: null, ...fields };
}

const guids = (list: readonly { readonly guid: string }[]) => list.map(({ guid }) => guid);

describe("given attempts at deliveries", () => {
  test("when none of an event's succeeded, then it is asked for by its newest one", () => {
    const attempts = [
      attempt("a", { id: "2", at: ago(2), isRedelivery: true, status: "502" }),
      attempt("a", { id: "1", at: ago(5) }),
    ];
    const expected = known("a", { deliveryId: "2", firstAt: ago(5), lastAt: ago(2), status: "502" });
    expect(planRedelivery([], attempts, RULES)).toEqual({ ask: [expected], wait: [], gaps: [], arrived: [] });
    expect(planRedelivery([], attempts.reverse(), RULES).ask).toEqual([expected]);
  });

  test("when one of an event's succeeded, in whatever order they come, then it is not asked for", () => {
    const attempts = [attempt("a", { succeeded: true, isRedelivery: true }), attempt("a", { at: ago(5) })];
    for (const some of [attempts, attempts.toReversed()]) {
      expect(planRedelivery([], some, RULES)).toEqual({ ask: [], wait: [], gaps: [], arrived: ["a"] });
    }
  });

  test("when the first attempt succeeded, then there is nothing to say of it", () => {
    const plan = planRedelivery([], [attempt("a", { succeeded: true })], RULES);
    expect(plan).toEqual({ ask: [], wait: [], gaps: [], arrived: [] });
  });

  test("when the event is none of the App's subscription, then it is not asked for", () => {
    expect(planRedelivery([], [attempt("a", { event: "star" })], RULES)).toMatchObject({ ask: [], wait: [], gaps: [] });
  });

  test("when there are more than may be asked for, then the oldest come first and the others wait", () => {
    const attempts = [attempt("young", { at: ago(1) }), attempt("old", { at: ago(9) }), attempt("middle")];
    const plan = planRedelivery([], attempts, { ...RULES, limit: 2 });
    expect([guids(plan.ask), guids(plan.wait)]).toEqual([["old", "middle"], ["young"]]);
  });

  test("when GitHub keeps it no more, then it is a gap", () => {
    const plan = planRedelivery([], [attempt("a", { at: ago(72.1) }), attempt("b", { at: ago(71.9) })], RULES);
    expect(plan.gaps).toMatchObject([{ guid: "a", reason: "no longer kept by GitHub" }]);
    expect(guids(plan.ask)).toEqual(["b"]);
  });
});

describe("given what was asked for before", () => {
  test("when it was within the hour, then it waits; when it was before that, then it is asked for again", () => {
    const before = known("before", { tries: 1, askedAt: ago(1) });
    const now = known("now", { tries: 1, askedAt: ago(0.9) });
    const plan = planRedelivery([before, now], [], RULES);
    expect([guids(plan.ask), guids(plan.wait)]).toEqual([["before"], ["now"]]);
  });

  test("when it arrived, then it is over", () => {
    const plan = planRedelivery(
      [known("a", { tries: 1, askedAt: ago(1) })],
      [attempt("a", { succeeded: true, isRedelivery: true })],
      RULES,
    );
    expect(plan).toEqual({ ask: [], wait: [], gaps: [], arrived: ["a"] });
  });

  test("when it failed again, then its newest attempt is the one to repeat, and the tries are kept", () => {
    const before = known("a", { tries: 1, askedAt: ago(1), firstAt: ago(70) });
    const plan = planRedelivery([before], [attempt("a", { id: "9", at: ago(0.5), isRedelivery: true })], RULES);
    expect(plan.ask).toEqual([{ ...before, deliveryId: "9", lastAt: ago(0.5) }]);
  });

  test("when it was tried often enough, then it is a gap, once the last try had its hour", () => {
    const spent = known("spent", { tries: 3, askedAt: ago(1) });
    const last = known("last", { tries: 3, askedAt: ago(0.5) });
    const plan = planRedelivery([spent, last], [], RULES);
    expect(plan.gaps).toEqual([{ ...spent, reason: "failed at every try" }]);
    expect(guids(plan.wait)).toEqual(["last"]);
  });

  test("when it is asked for, then that is counted", () => {
    expect(asked(known("a", { tries: 1 }), NOW)).toMatchObject({ tries: 2, askedAt: ago(0) });
  });
});
