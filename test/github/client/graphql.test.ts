import { ProbotOctokit } from "probot";
import { beforeEach, describe, expect, test } from "vitest";
import { BusyError } from "../../../src/core/index.js";
import { checkedFetch } from "../../../src/github/client/checked-fetch.js";
import { askGraphql } from "../../../src/github/client/graphql.js";
import { reliable } from "../../../src/github/client/reliable.js";
import { createGithubFetch } from "../../../src/server/github-fetch.js";
import {
  type Answer,
  type BadServer,
  cutShort,
  givenBadServer,
  hangUp,
  json,
  page,
} from "../../support/bad-answers.js";
import { collectedLog } from "../../support/log.js";

interface Repository {
  readonly repository: { readonly issues: readonly (string | null)[] };
}

const WHOLE = { repository: { issues: ["one", "two"] } };

let github: BadServer;
beforeEach(async () => {
  github = await givenBadServer();
});

function ask(...answers: readonly Answer[]) {
  github.answer(/graphql/, ...answers);
  const Client = ProbotOctokit.plugin(reliable).defaults({ throttle: { enabled: false } });
  const { log } = collectedLog();
  const fetch = checkedFetch(createGithubFetch());
  const octokit = new Client({ baseUrl: github.url, log, request: { fetch }, auth: { token: "ghs_any" } });
  return askGraphql<Repository>(octokit as never, "query { repository }", { number: 1 });
}

const failed = (...errors: readonly object[]) => json({ data: null, errors });
const asked = () => github.requests.length;

describe("given a query that is answered", () => {
  test("when all is there, then nothing is missing", async () => {
    expect(await ask(json({ data: WHOLE }))).toEqual({ data: WHOLE, missing: [] });
  });

  test.each(["FORBIDDEN", "RESOURCE_LIMITS_EXCEEDED", "NOT_FOUND"])(
    "when a part of it is %s, then the rest counts, and what is missing is said",
    async (type) => {
      const data = { repository: { issues: [null, "two"] } };
      const errors = [{ type, message: "No", path: ["repository", "issues", 0] }];
      expect(await ask(json({ data, errors }))).toEqual({ data, missing: ["repository.issues.0"] });
      expect(asked()).toBe(1);
    },
  );
});

describe("given a query that GitHub does not answer", () => {
  test.each([
    ["does not know a field", failed({ message: "Field 'x' doesn't exist on type 'Issue'" })],
    ["says so in a code", failed({ message: "?", extensions: { code: "undefinedField" } })],
    ["finds nothing", json({ data: { repository: null }, errors: [{ type: "NOT_FOUND", message: "No" }] })],
    ["does not permit it", json({ message: "Resource not accessible by integration" }, 403)],
  ])("when it %s, then it does not say, and is asked once", async (_, answer) => {
    expect(await ask(answer)).toBeNull();
    expect(asked()).toBe(1);
  });

  test.each([
    ["fails", failed({ message: "Something went wrong while executing your query." })],
    ["is down", page(502)],
    ["is cut", cutShort({ data: WHOLE })],
    ["hangs up", hangUp()],
    ["answers with a page", page()],
    ["answers nothing", json({ data: null })],
  ])(
    "when it %s once, then the second answer counts; when twice, then nothing is taken for an answer",
    async (_, answer) => {
      expect(await ask(answer, json({ data: WHOLE }))).toEqual({ data: WHOLE, missing: [] });
      expect(asked()).toBe(2);
      await expect(ask(answer)).rejects.toMatchObject({ code: "github_unavailable" });
      expect(asked()).toBe(4);
    },
  );

  test("when a limit is reached, then that is thrown", async () => {
    const limited = failed({ type: "RATE_LIMITED", message: "API rate limit exceeded" });
    await expect(ask(limited)).rejects.toMatchObject({ errors: [{ type: "RATE_LIMITED" }] });
    expect(asked()).toBe(1);
  });

  test("when it is to be left alone, then that is thrown", async () => {
    const busy = new BusyError("Left alone", 1000);
    const graphql = Object.assign(() => Promise.reject(busy), {});
    await expect(askGraphql({ graphql: graphql as never }, "query { x }", {})).rejects.toBe(busy);
  });
});
