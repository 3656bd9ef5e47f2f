import { describe, expect, test } from "vitest";
import { BusyError } from "../../../src/core/busy.js";
import { pacedOctokit } from "../../../src/github/client/paced-octokit.js";
import { Writes } from "../../../src/github/client/writes.js";
import { testClock } from "../../sandbox/given.js";
import { collectedLog } from "../../support/log.js";

/** A client of one installation, whose GitHub answers each query with these errors. */
function givenGraphql(errors: readonly object[]) {
  const clock = testClock();
  let asked = 0;
  const answer = async () => {
    asked += 1;
    const reset = Math.floor(clock().getTime() / 1000) + 300;
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
    return Response.json({ data: null, errors }, { headers });
  };
  const Client = pacedOctokit(new Writes({ clock, monotonic: () => clock().getTime(), sleep: async () => {} }));
  const octokit = new Client({
    auth: { installationId: 5 },
    authStrategy: () => ({ hook: (request: (asked: object) => unknown, options: object) => request(options) }),
    log: collectedLog().log,
    request: { fetch: answer },
  });
  return { clock, octokit, asked: () => asked };
}

describe("given a query that GitHub does not answer because too much was asked", () => {
  const LIMIT = [{ type: "RATE_LIMITED", message: "API rate limit exceeded for installation ID 5." }];

  test("when more is asked, then it waits until the limit is over", async () => {
    const { clock, octokit, asked } = givenGraphql(LIMIT);
    const ask = () => octokit.graphql("query { viewer { login } }").catch((error: unknown) => error);
    expect(await ask()).toMatchObject({ retryAfterMs: 301_000 });
    expect(await ask()).toBeInstanceOf(BusyError);
    expect(asked()).toBe(1);
    clock.advance(301);
    await ask();
    expect(asked()).toBe(2);
  });
});

describe("given a query that GitHub refuses for another reason", () => {
  test("when more is asked, then it is asked at once", async () => {
    const { octokit, asked } = givenGraphql([{ type: "NOT_FOUND", message: "Could not resolve to a Repository" }]);
    const ask = () => octokit.graphql("query { viewer { login } }").catch((error: unknown) => error);
    expect(await ask()).not.toBeInstanceOf(BusyError);
    await ask();
    expect(asked()).toBe(2);
  });
});
