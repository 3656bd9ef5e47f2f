import { describe, expect, test } from "vitest";
import { busyFor } from "../../../src/github/client/busy.js";
import { isNotThere, lastWordOf, shownBy } from "../../../src/github/client/github-errors.js";

const NOW = new Date("2026-01-05T09:00:00Z");

function refused(status: number, message = "", headers: object = {}): Error {
  return Object.assign(new Error(message), { status, response: { headers } });
}

function unanswered(...types: readonly string[]): Error {
  return Object.assign(new Error("Request failed"), { errors: types.map((type) => ({ type })), response: {} });
}

describe("given a refusal of GitHub's", () => {
  test.each([
    ["gone", refused(404), "not_there"],
    ["gone for good", refused(410), "not_there"],
    ["not a commit", refused(422, "No commit found for SHA: abc"), "not_there"],
    ["not permitted", refused(403, "Resource not accessible by integration"), "not_shown"],
    ["withheld", refused(451), "not_shown"],
    ["not found by a query", unanswered("NOT_FOUND"), "not_there"],
    ["forbidden to a query", unanswered("NOT_FOUND", "FORBIDDEN"), "not_shown"],
  ] as const)("when it is %s, then that is its last word", (_, error, word) => {
    expect(lastWordOf(error)).toBe(word);
    expect(isNotThere(error)).toBe(true);
    expect(busyFor(error, NOW)).toBeNull();
  });

  test.each([
    ["of old", refused(403, "You have triggered an abuse detection mechanism. Please wait a few minutes")],
    ["with a time", refused(403, "Forbidden", { "retry-after": "60" })],
    ["by its header", refused(403, "Forbidden", { "x-ratelimit-remaining": "0" })],
    ["a secondary one", refused(403, "You have exceeded a secondary rate limit")],
    ["by its status", refused(429)],
    ["of queries", unanswered("RATE_LIMITED")],
  ])("when it is a limit %s, then it is busy, and says nothing of what was asked for", (_, error) => {
    expect(lastWordOf(error)).toBeNull();
    expect(busyFor(error, NOW)).toBeGreaterThan(0);
  });

  test.each([
    ["fails", refused(502)],
    ["does not know the token", refused(401)],
    ["does not answer a query", unanswered("SERVICE_UNAVAILABLE")],
    ["says nothing", new Error("hang up")],
  ])("when it %s, then that is neither", (_, error) => {
    expect(lastWordOf(error)).toBeNull();
    expect(busyFor(error, NOW)).toBeNull();
  });
});

describe("given something that is asked for", () => {
  const failing = (error: Error) => () => Promise.reject(error);

  test("when it is there, then this is it, and nothing more is asked", async () => {
    expect(await shownBy(async () => 5)).toEqual({ status: "there", value: 5 });
  });

  test("when it is refused, then it is not shown", async () => {
    expect(await shownBy(failing(refused(403)))).toMatchObject({ status: "not_shown" });
    expect(await shownBy(failing(refused(404)))).toMatchObject({ status: "not_there" });
  });

  test("when asking again may help, then that is thrown", async () => {
    for (const error of [refused(502), refused(403, "API rate limit exceeded")]) {
      await expect(shownBy(failing(error))).rejects.toBe(error);
    }
  });
});
