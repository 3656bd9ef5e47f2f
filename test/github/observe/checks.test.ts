import { beforeEach, describe, expect, test } from "vitest";
import { checkKey, checksAt, factSets, factsIn, timestamp } from "../../../src/core/index.js";
import { type ObservedEvent, parseEvent } from "../../../src/github/observe/index.js";
import { OWN_MARK } from "../../../src/github/own-mark.js";
import type { App, CheckRun, PullRequest, Sandbox } from "../../../src/sandbox/index.js";
import { givenSandbox, testClock } from "../../sandbox/given.js";
import { exampleOf } from "../../support/examples.js";
import { aLookout } from "../../support/lookout.js";
import { changed, newest, payloadOf, without } from "../../support/payloads.js";

type CheckEvent = Extract<ObservedEvent, `check_${string}`>;

let sandbox: Sandbox;
let clock: ReturnType<typeof testClock>;
let ci: App;
let pull: PullRequest;
let run: CheckRun;

beforeEach(() => {
  clock = testClock("2026-01-05T09:00:00Z");
  sandbox = givenSandbox({ clock });
  ci = sandbox.checksApp("ci");
  const repository = sandbox.repository("acme/shop");
  pull = repository.openPullRequest({ by: sandbox.user("alice"), title: "Mend the cart", head: "mend" });
  run = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" });
  clock.advance(60);
});

function observed(event: CheckEvent, change: (payload: object) => object = (payload) => payload) {
  return parseEvent(event, change(payloadOf(newest(sandbox, event)))).observe(aLookout());
}

describe("given a check run", () => {
  test("when it is created, then it is said of its commit, and that it runs", () => {
    const sighting = observed("check_run.created");
    expect(sighting?.subject).toEqual({
      kind: "commit",
      repo: { id: pull.repository.id, name: "acme/shop", defaultBranch: "main" },
      sha: pull.headSha,
    });
    expect(sighting?.observation).toMatchObject({
      cause: "ci.reported",
      occurredAt: timestamp("2026-01-05T09:00:00Z"),
      people: [],
      evidence: { app: "ci", check: "build", conclusion: null, sha: pull.headSha },
    });
    expect(sighting?.observation.news.checks).toMatchObject({ repoId: pull.repository.id, sha: pull.headSha });
    expect(sighting?.observation.news.checks?.checks[0]).toMatchObject({
      kind: "run",
      appId: ci.id,
      app: "ci",
      name: "build",
      id: run.id,
      conclusion: null,
      completedAt: null,
    });
  });

  test.each([
    "success",
    "failure",
    "neutral",
    "cancelled",
    "skipped",
    "timed_out",
    "action_required",
    "stale",
  ] as const)("when it completes with %s, then that is its conclusion", (conclusion) => {
    run.complete(conclusion);
    expect(observed("check_run.completed")?.observation).toMatchObject({
      occurredAt: timestamp("2026-01-05T09:01:00Z"),
      evidence: { check: "build", conclusion },
      news: { checks: { checks: [{ conclusion, completedAt: timestamp("2026-01-05T09:01:00Z") }, {}] } },
    });
  });

  test("when the payload's status and its action differ, then the status counts", () => {
    const sighting = observed("check_run.created", (payload) =>
      changed(changed(payload, "check_run.status", "completed"), "check_run.conclusion", "success"),
    );
    expect(sighting?.observation.news.checks?.checks[0]?.conclusion).toBe("success");
  });

  test("when `created` arrives after `completed`, then the check stays completed", () => {
    const late = observed("check_run.created");
    run.complete("failure");
    const first = observed("check_run.completed");
    const facts = [first, late].flatMap((sighting, index) => {
      const receivedAt = timestamp(Date.UTC(2026, 0, 6) + index);
      return factsIn(sighting?.observation.news ?? {}, { producedAt: null, receivedAt, isRead: false });
    });
    const [heard = []] = factSets(facts).values();
    expect(checksAt(heard, null).find(({ kind }) => kind === "run")?.conclusion).toBe("failure");
  });

  test("when another App has a check of the same name, then the two are told apart", () => {
    const other = sandbox.checksApp("other-ci");
    pull.repository.startCheck({ app: other, sha: pull.headSha, name: "build" });
    const sighting = observed("check_run.created");
    const [check] = sighting?.observation.news.checks?.checks ?? [];
    expect(check && checkKey(check)).toBe(`${other.id}/build`);
  });

  test("when GitHub leaves its app out, then this App's own is told by the mark that it carries", () => {
    const unnamed = (mark: string) => (payload: object) =>
      changed(without(payload, "check_run.app"), "check_run.external_id", mark);
    expect(observed("check_run.created", unnamed(`${OWN_MARK}record-1`))).toBeNull();
    expect(observed("check_run.created", unnamed("somebody-else"))?.observation.news.checks?.checks[0]?.appId).toBe(0);
  });

  test("when it tells of its suite, then how far the suite has come is said with GitHub's own time", () => {
    run.complete("success");
    expect(observed("check_run.completed")?.observation.news.checks?.checks).toMatchObject([
      { kind: "run", suiteId: run.suite.id },
      { kind: "suite", id: run.suite.id, asOf: timestamp("2026-01-05T09:01:00Z") },
    ]);
  });

  test("when its app's clock says what makes no sense, then it has no time, and everything else", () => {
    const sighting = observed("check_run.created", (payload) => changed(payload, "check_run.started_at", "25 o'clock"));
    expect(sighting?.observation.news.checks?.checks[0]).toMatchObject({ name: "build", asOf: null });
  });

  test("when it is this App's own, then it says nothing", () => {
    run.complete("success");
    const ofOurs = (payload: object) => changed(payload, "check_run.app.id", 4711);
    expect(observed("check_run.created", ofOurs)).toBeNull();
    expect(observed("check_run.completed", ofOurs)).toBeNull();
  });

  test("when its address is none, then it is observed without one", () => {
    const sighting = observed("check_run.created", (payload) =>
      changed(payload, "check_run.html_url", "javascript:alert(1)"),
    );
    expect(sighting?.observation.news.checks?.checks[0]?.url).toBeNull();
    expect(sighting?.observation.evidence).not.toHaveProperty("url");
  });

  test.each(["check_run.app", "check_run.conclusion", "check_run.html_url", "check_run.output", "sender"])(
    "when %s is missing, then it is observed all the same",
    (field) => {
      expect(observed("check_run.created", (payload) => without(payload, field))?.subject.kind).toBe("commit");
    },
  );
});

describe("given a check suite", () => {
  test("when it completes, then it is said of its commit", () => {
    run.complete("failure");
    const sighting = observed("check_suite.completed");
    expect(sighting).toMatchObject({
      subject: { kind: "commit", sha: pull.headSha },
      observation: {
        cause: "ci.reported",
        people: [],
        evidence: { app: "ci", conclusion: "failure", sha: pull.headSha },
        news: { checks: { checks: [{ kind: "suite", appId: ci.id, suiteId: run.suite.id, conclusion: "failure" }] } },
      },
    });
  });

  test("when it is empty, then it says nothing", () => {
    run.complete("success");
    const empty = (payload: object) => changed(payload, "check_suite.latest_check_runs_count", 0);
    expect(observed("check_suite.completed", empty)).toBeNull();
  });

  test("when it has no conclusion, then it says nothing", () => {
    run.complete("success");
    expect(observed("check_suite.completed", (payload) => changed(payload, "check_suite.conclusion", null))).toBeNull();
  });

  test("when it is at work, then it says nothing in a delivery, and in a read how far it has come", () => {
    run.complete("success");
    const payload = changed(payloadOf(newest(sandbox, "check_suite.completed")), "check_suite.status", "in_progress");
    const event = parseEvent("check_suite.completed", payload);
    expect(event.observe(aLookout())).toBeNull();
    expect(event.observe(aLookout({ isRead: true }))?.observation.news.checks?.checks).toMatchObject([
      { kind: "suite", conclusion: null },
    ]);
  });

  test("when it is this App's own, then it says nothing", () => {
    run.complete("success");
    expect(observed("check_suite.completed", (payload) => changed(payload, "check_suite.app.id", 4711))).toBeNull();
  });
});

describe("given payloads as people got them from GitHub", () => {
  test.each([
    ["check_run.created", { name: "Octocoders-linter", conclusion: null }],
    ["check_run.completed", { name: "Octocoders-linter", conclusion: "failure" }],
    ["check_run.rerequested", { name: "randscape", conclusion: "neutral" }],
    ["check_suite.completed", { kind: "suite", conclusion: "success" }],
  ] as const)("when it is %s, then its check is read", (event, check) => {
    const sighting = parseEvent(event, exampleOf(event)).observe(aLookout());
    expect(sighting).toMatchObject({
      subject: { kind: "commit", repo: { id: expect.any(Number) }, sha: expect.stringMatching(/^[0-9a-f]{40}$/) },
      observation: { cause: "ci.reported", people: [], evidence: { conclusion: check.conclusion } },
    });
    expect(sighting?.observation.news.checks?.checks[0]).toMatchObject(check);
  });
});
