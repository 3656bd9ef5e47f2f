import { describe, expect, test } from "vitest";
import { type AtGithub, failAt, givenAtGithub, setEnvironment } from "./at-github.js";
import { loopforge } from "./loopforge.js";

/** An issue that was solved, one that waits, and a pull request that is open, each a day after the other. */
function givenPast({ repository, alice, bob, ci, clock }: AtGithub): void {
  repository.openIssue({ by: bob, title: "The cart is slow" });
  clock.advance(3600);
  const pull = repository.openPullRequest({ by: alice, title: "Mend it", body: "Fixes #1", head: "mend" });
  repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
  clock.advance(3600);
  pull.merge({ by: alice });
  clock.advance(86_400);
  repository.openIssue({ by: bob, title: "The cart is red" });
  clock.advance(86_400);
  repository.openPullRequest({ by: alice, title: "Paint it", body: "", head: "paint" });
}

describe("loopforge backfill", () => {
  test("reads a repository's past, and says how much", async () => {
    const github = await givenAtGithub();
    givenPast(github);
    const { code, out, err } = await loopforge("backfill", "acme/shop");
    expect([code, err]).toEqual([0, ""]);
    const { heads, entries } = await github.recorded();
    expect(out).toBe(`Read 2 issues and 2 pull requests of acme/shop; recorded ${entries.length} entries.\n`);
    expect(heads.map(({ ref, state }) => `${ref} ${state}`).sort()).toEqual([
      "acme/shop#1 closed",
      "acme/shop#3 issue_created",
      "acme/shop#4 pr_created",
    ]);
    expect(entries.every(({ source }) => source.kind === "backfill")).toBe(true);
  });

  test("--json prints counts", async () => {
    const github = await givenAtGithub();
    givenPast(github);
    const { out } = await loopforge("backfill", "https://github.com/acme/shop", "--json");
    const { entries } = await github.recorded();
    expect(JSON.parse(out)).toEqual({ issues: 2, pull_requests: 2, entries: entries.length, failed: [] });
  });

  test("--since reads only what changed since then", async () => {
    const github = await givenAtGithub();
    givenPast(github);
    const { out } = await loopforge("backfill", "acme/shop", "--since", "2026-01-06T12:00:00Z", "--json");
    expect(JSON.parse(out)).toMatchObject({ issues: 0, pull_requests: 1 });
  });

  test.each([
    ["", [], "Read 1 issues and 2 pull requests of acme/shop; recorded "],
    [
      " in JSON, too",
      ["--json"],
      '"failed": [\n    {\n      "number": 3,\n      "kind": "issue",\n      "reason": "Teapot',
    ],
  ])("reads the others where GitHub fails at one, says at which%s, and exits 1", async (_, args, said) => {
    const github = await givenAtGithub();
    givenPast(github);
    failAt(github, "/issues/3");
    const { code, out, err } = await loopforge("backfill", "acme/shop", ...args);
    expect(code).toBe(1);
    expect(out).toContain(said);
    expect(err).toMatch(/^✗ acme\/shop#3 {2}Teapot/);
  });

  test("writes nothing at GitHub", async () => {
    const github = await givenAtGithub();
    givenPast(github);
    const writes: string[] = [];
    github.sandbox.faults = async ({ req }, next) => {
      if (req.method !== "GET" && req.path !== "/graphql" && !req.path.endsWith("/access_tokens"))
        writes.push(`${req.method} ${req.path}`);
      await next();
    };
    await loopforge("backfill", "acme/shop");
    expect(writes).toEqual([]);
    expect(github.sandbox.errors).toEqual([]);
  });

  test("a second one finds nothing new", async () => {
    const github = await givenAtGithub();
    givenPast(github);
    await github.learn();
    const { out } = await loopforge("backfill", "acme/shop", "--json");
    expect(JSON.parse(out)).toEqual({ issues: 2, pull_requests: 2, entries: 0, failed: [] });
  });

  test.each([
    ["no repository", [], "missing required argument 'repository'"],
    ["what is no repository", ["acme"], "It must be owner/name, such as acme/shop."],
    ["what is no date", ["acme/shop", "--since", "yesterdayish"], "It must be a date, such as 2026-01-01."],
    ["one where the App is not", ["acme/other"], "The App is not installed on acme/other"],
  ])("is wrong use with %s", async (_, args, said) => {
    await givenAtGithub();
    const { code, err } = await loopforge("backfill", ...args);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  test("without credentials is wrong use, and says what to set", async () => {
    await givenAtGithub();
    setEnvironment({ APP_ID: undefined, PRIVATE_KEY: undefined });
    const { code, err } = await loopforge("backfill", "acme/shop");
    expect([code, err]).toEqual([
      2,
      "loopforge: There is no App to ask GitHub as: set APP_ID and PRIVATE_KEY (or PRIVATE_KEY_PATH), see loopforge serve --help\n",
    ]);
  });
});
