import { ProbotOctokit } from "probot";
import { beforeEach, describe, expect, test } from "vitest";
import { type AppClient, createAppOctokit } from "../../../src/github/client/app-octokit.js";
import { checkedFetch } from "../../../src/github/client/checked-fetch.js";
import { reliable, withCheckedAnswers } from "../../../src/github/client/reliable.js";
import { withRequestSignal } from "../../../src/github/client/request-signal.js";
import { createGithubFetch } from "../../../src/server/github-fetch.js";
import {
  type Answer,
  type BadServer,
  cutInChunks,
  cutQuietly,
  cutShort,
  drip,
  givenBadServer,
  hangUp,
  json,
  page,
  text,
} from "../../support/bad-answers.js";
import { TEST_KEY } from "../../support/keys.js";
import { collectedLog } from "../../support/log.js";

const PLACE = { owner: "acme", repo: "shop" };
const TOKEN = { token: "ghs_one", expires_at: "2099-01-01T00:00:00Z", permissions: { metadata: "read" } };
const RUNS = { total_count: 1, check_runs: [{ id: 1, name: "build", conclusion: "failure" }] };
const COMMENTS = [{ id: 1, body: "One" }];

let github: BadServer;
let octokit: AppClient;
beforeEach(async () => {
  github = await givenBadServer();
  github.answer(/access_tokens$/, json(TOKEN, 201));
  octokit = clientOf();
});

function clientOf(timeoutMs = 30_000): AppClient {
  const { log } = collectedLog();
  const credentials = { appId: 1, privateKey: TEST_KEY, baseUrl: github.url };
  const options = { ...credentials, log, fetch: createGithubFetch(), patient: false, timeoutMs };
  return createAppOctokit(options).forInstallation(5);
}

const listRuns = (client = octokit) => client.paginate(client.rest.checks.listForRef, { ...PLACE, ref: "abc" });
const listComments = () => octokit.paginate(octokit.rest.issues.listComments, { ...PLACE, issue_number: 1 });

describe("given an answer that breaks off", () => {
  test.each<[string, (value: unknown) => Answer]>([
    ["says how long it is", cutShort],
    ["comes in chunks", cutInChunks],
    ["ends as if that were all", cutQuietly],
  ])("when it is a list that %s, then it is never an empty one", async (_, cut) => {
    github.answer(/check-runs/, cut(RUNS));
    github.answer(/comments/, cut(COMMENTS));
    await expect(listRuns()).rejects.toMatchObject({ code: "github_unavailable" });
    await expect(listComments()).rejects.toMatchObject({ code: "github_unavailable" });
  });

  test("when it is the second page, then the first is not all there is", async () => {
    const next = `<${github.url}/repositories/7/issues/1/comments?page=2>; rel="next"`;
    const first: Answer = (response) => {
      response.setHeader("link", next);
      json(COMMENTS)(response);
    };
    github.answer(/issues\/1\/comments$/, first);
    github.answer(/comments\?page=2/, cutShort(COMMENTS));
    await expect(listComments()).rejects.toMatchObject({ code: "github_unavailable" });
  });

  test("when it is whole the next time, then Octokit's own retry has read it", async () => {
    const Client = ProbotOctokit.plugin(reliable).defaults({
      throttle: { enabled: false },
      retry: { retryAfterBaseValue: 1 },
    });
    const { log } = collectedLog();
    const client = new Client({
      ...{ baseUrl: github.url, log, request: { fetch: checkedFetch(createGithubFetch()) } },
      auth: { token: "ghs_any" },
    });
    for (const bad of [cutShort(RUNS), cutQuietly(RUNS), hangUp(), page()]) {
      github.answer(/check-runs/, bad, json(RUNS));
      expect(await client.paginate(client.rest.checks.listForRef, { ...PLACE, ref: "abc" })).toHaveLength(1);
    }
  });
});

describe("given an answer that is not what was asked for", () => {
  test.each<[string, Answer]>([
    ["a page of a proxy's", page()],
    ["null", json(null)],
    ["an empty text", text("")],
    ["an object that is none of GitHub's", json({})],
    ["a list in its place", json([])],
    ["accepted, and not there yet", json(RUNS, 202)],
    ["elsewhere", (response) => void response.writeHead(300).end()],
    ["nothing", (response) => void response.writeHead(204).end()],
    ["refused for now", json({ message: "Git Repository is empty." }, 409)],
  ])("when checks are asked for and it is %s, then it is no list", async (_, answer) => {
    github.answer(/check-runs/, answer);
    await expect(listRuns()).rejects.toMatchObject({ code: "github_unavailable" });
  });

  test.each<[string, Answer]>([
    ["a page of a proxy's", page(404)],
    ["an empty object", json({}, 404)],
    [
      "cut",
      (response) => void response.writeHead(404, { "content-length": "40" }).write("{", () => response.destroy()),
    ],
  ])("when it is a 404 that is %s, then GitHub did not say that it is not there", async (_, answer) => {
    github.answer(/check-runs/, answer);
    await expect(listRuns()).rejects.toMatchObject({ code: "github_unavailable" });
  });

  test("when it is GitHub's own refusal, then it is GitHub's own error", async () => {
    await expect(listRuns()).rejects.toMatchObject({ status: 404 });
  });

  test.each<[string, Answer]>([
    ["a page of a proxy's", page()],
    ["an empty object", json({})],
    ["null", json(null)],
    ["a list", json([])],
  ])("when it is %s for a query, then that is an error", async (_, answer) => {
    github.answer(/graphql/, answer);
    await expect(octokit.graphql("{ viewer { login } }")).rejects.toMatchObject({ code: "github_unavailable" });
  });
});

describe("given an answer that does not end", () => {
  test("when it drips, then it is late all the same", async () => {
    github.answer(/check-runs/, drip());
    await expect(listRuns(clientOf(100))).rejects.toMatchObject({
      code: "github_unavailable",
      message: expect.stringContaining("within 0.1 s"),
    });
  });

  test("when the caller gives up, then the request ends, and is not tried again", async () => {
    github.answer(/check-runs/, drip());
    const aborter = new AbortController();
    const asked = octokit.rest.checks.listForRef({ ...PLACE, ref: "abc", request: { signal: aborter.signal } });
    aborter.abort(new Error("The worker stops"));
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
  });

  test("when the work that it is for is given up, then the request ends", async () => {
    github.answer(/check-runs/, drip());
    const aborter = new AbortController();
    const asked = withRequestSignal(aborter.signal, () => listRuns());
    aborter.abort(new Error("The worker stops"));
    await expect(asked).rejects.toMatchObject({ name: "AbortError", message: "The worker stops" });
    await expect(withRequestSignal(aborter.signal, () => listRuns())).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("given a client that somebody else has made", () => {
  test("when its answers are checked, then a list that breaks off is no empty one there, either", async () => {
    github.answer(/check-runs/, cutShort(RUNS));
    const client = new ProbotOctokit({
      ...{ baseUrl: github.url, log: collectedLog().log, auth: { token: "ghs_any" } },
      ...{ throttle: { enabled: false }, retry: { enabled: false } },
    });
    const list = () => client.paginate(client.rest.checks.listForRef, { ...PLACE, ref: "abc" });
    expect(await list()).toEqual([]);
    withCheckedAnswers(withCheckedAnswers(client));
    await expect(list()).rejects.toMatchObject({ code: "github_unavailable" });
  });
});

describe("given any request", () => {
  test("then it names the version of GitHub's API that LoopForge is written for", async () => {
    github.answer(/check-runs/, json(RUNS));
    await listRuns();
    const versions = github.requests.map(({ headers }) => headers["x-github-api-version"]);
    expect(versions).toEqual(["2022-11-28", "2022-11-28"]);
  });
});
