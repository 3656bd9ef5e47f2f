import { beforeEach, describe, expect, test } from "vitest";
import { LoopForgeError } from "../../../src/core/index.js";
import { refreshRequest, refreshRequested } from "../../../src/github/publish/refresh-requested.js";
import type { App, CheckRun, PullRequest, Repository } from "../../../src/sandbox/index.js";
import { givenPaced, type Paced } from "../../report/paced.js";
import { changed, newest, payloadOf, without } from "../../support/payloads.js";

const APP_ID = 4711;

let app: Paced;
let repository: Repository;
let ci: App;
let pull: PullRequest;

beforeEach(async () => {
  app = givenPaced();
  ci = app.sandbox.checksApp("ci");
  repository = app.sandbox.repository("acme/shop");
  const alice = app.sandbox.user("alice");
  pull = repository.openPullRequest({ by: alice, title: "Mend the cart", body: "", head: "mend" });
  await app.receiveAll();
});

function ownRuns(): readonly CheckRun[] {
  return [...repository.checkRuns.values()].filter(({ suite }) => suite.app.id === APP_ID);
}

function rerun(): object {
  ownRuns()[0]?.rerequest({ by: app.sandbox.user("alice") });
  return payloadOf(newest(app.sandbox, "check_run.rerequested"));
}

/** Somebody pressed a button: what GitHub sends differs from a re-run in these fields. */
function pressed(identifier: string): object {
  return { ...rerun(), action: "requested_action", requested_action: { identifier } };
}

describe("given LoopForge's own check run", () => {
  test("when somebody runs it again, then it is about the pull requests of its head", async () => {
    const subjects = await refreshRequested(rerun(), { workItems: app.parts.pipeline.workItems, appId: APP_ID });
    const repo = { id: repository.id, name: "acme/shop", defaultBranch: "main" };
    expect(subjects).toEqual([{ kind: "pull", repo, number: pull.number, linking: null }]);
  });

  test("when somebody runs its suite again, then it is about the same", async () => {
    ownRuns()[0]?.suite.rerequest({ by: app.sandbox.user("alice") });
    const payload = payloadOf(newest(app.sandbox, "check_suite.rerequested"));
    expect(await refreshRequested(payload, { workItems: app.parts.pipeline.workItems, appId: APP_ID })).toHaveLength(1);
  });

  test("when somebody presses Refresh, then it is about the same; another button says nothing", () => {
    expect(refreshRequest(pressed("refresh"), APP_ID)).toMatchObject({ sha: pull.headSha });
    expect(refreshRequest(pressed("explode"), APP_ID)).toBeNull();
  });

  test("when GitHub does not say whose it is, then it is about nothing", () => {
    const payload = rerun();
    for (const nobody of [null, { id: null }]) {
      expect(refreshRequest(changed(payload, "check_run.app", nobody), APP_ID)).toBeNull();
    }
  });

  test("when a button has no identifier, or a long one, then it is another App's", () => {
    for (const action of [null, {}, { identifier: null }, { identifier: "x".repeat(400) }]) {
      expect(refreshRequest(changed(pressed("refresh"), "requested_action", action), APP_ID)).toBeNull();
    }
  });

  test("when its head is known to nobody, then it is about nothing", async () => {
    const payload = rerun() as { readonly check_run: object };
    const other = { ...payload, check_run: { ...payload.check_run, head_sha: "f".repeat(40) } };
    expect(await refreshRequested(other, { workItems: app.parts.pipeline.workItems, appId: APP_ID })).toEqual([]);
  });

  test("when a field that is read is missing, then that is an error that names it", () => {
    const payload = without(rerun(), "check_run.head_sha");
    expect(() => refreshRequest(payload, APP_ID)).toThrow(LoopForgeError);
    expect(() => refreshRequest(payload, APP_ID)).toThrow("check_run.head_sha");
  });

  test("when the report is asked for again, then it is written although nothing changed, by a check run of its own", async () => {
    const before = app.writes.length;
    const octokit = await app.installation();
    const { id: repoId, fullName: repoName } = repository;
    await app.parts.conclusions.again({ repoId, repoName, number: pull.number }, octokit);
    const routes = app.writes.slice(before).map(({ route }) => route);
    expect(routes.map((route) => route.replace(/\d+$/, "ID")).sort()).toEqual([
      "PATCH /repos/acme/shop/issues/comments/ID",
      "POST /repos/acme/shop/check-runs",
    ]);
    expect(ownRuns()).toHaveLength(2);
  });
});

describe("given another App's check run", () => {
  test("when somebody runs it again, then it is none of LoopForge's business", async () => {
    const build = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" });
    build.complete("failure");
    build.rerequest({ by: app.sandbox.user("alice") });
    const payload = payloadOf(newest(app.sandbox, "check_run.rerequested"));
    expect(refreshRequest(payload, APP_ID)).toBeNull();
  });
});
