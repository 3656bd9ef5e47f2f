import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openEntry } from "../../src/core/index.js";
import { type BackfillStep, backfill } from "../../src/github/catch-up/backfill.js";
import { createAppOctokit } from "../../src/github/client/app-octokit.js";
import { octokitsFor } from "../../src/github/client/octokit-for.js";
import { createParts } from "../../src/github/parts.js";
import type { TransitionHook } from "../../src/hook.js";
import { createSandbox } from "../../src/sandbox/index.js";
import { setStage } from "../../src/sandbox/scenarios/index.js";
import { createGithubFetch } from "../../src/server/github-fetch.js";
import { MemoryRepository } from "../../src/store/memory.js";
import { countingGuid, testClock } from "../sandbox/given.js";
import { TEST_KEY } from "../support/keys.js";
import { collectedLog } from "../support/log.js";
import { headsOf } from "../support/scenarios.js";

const APP = { id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: "unused", privateKey: TEST_KEY };

/** A repository with a past that the App never heard of, and a backfill of it over HTTP. */
async function givenUnheard(configuration?: string) {
  const clock = testClock();
  const sandbox = createSandbox({ clock, authClock: () => new Date(), guid: countingGuid(), app: APP });
  const github = await sandbox.listen();
  onTestFinished(() => github.close());
  const stage = setStage(sandbox, configuration);
  const store = new MemoryRepository({ clock });
  const hook = vi.fn<TransitionHook>();
  const sleep = vi.fn(async (_ms: number) => {});
  const { log } = collectedLog();
  const parts = createParts({ store, appId: APP.id, hooks: [hook], clock, logger: log });
  const { id: appId, privateKey } = APP;
  const fetch = createGithubFetch() as never;
  const client = createAppOctokit({ appId, privateKey, baseUrl: github.url, log, fetch, patient: false });
  const repo = { id: stage.repository.id, name: stage.repository.fullName };
  const octokit = await octokitsFor(client)(repo);
  if (!octokit) throw new Error("The App is not installed");
  return {
    ...{ ...stage, clock, sandbox, hook, sleep },
    /** Goes through it, and stops after so many steps. */
    async backfill({ stopAfter = Number.POSITIVE_INFINITY, since }: { stopAfter?: number; since?: string } = {}) {
      const steps: BackfillStep[] = [];
      for await (const step of backfill({ parts, octokit, clock, sleep }, repo, since)) {
        steps.push(step);
        if (steps.length >= stopAfter) break;
      }
      return steps;
    },
    async entries() {
      const ledgers = await Promise.all((await headsOf(store)).map(({ recordId }) => store.entries(recordId)));
      return ledgers.flat().map(openEntry);
    },
    states: async () => (await headsOf(store)).map(({ ref, state }) => `${ref} ${state}`).sort(),
  };
}

type Unheard = Awaited<ReturnType<typeof givenUnheard>>;

/** So many issues, a minute apart. */
function openIssues({ repository, bob, clock }: Unheard, count: number) {
  return Array.from({ length: count }, (_, index) => {
    clock.advance(60);
    return repository.openIssue({ by: bob, title: `Issue ${index + 1}` });
  });
}

/** GitHub fails at requests of such paths. */
function failAt({ sandbox }: Unheard, isMeant: (path: string) => boolean): void {
  sandbox.faults = async (context, next) => {
    if (!isMeant(context.req.path)) return next();
    context.res = Response.json({ message: "Bad Gateway" }, { status: 502 });
  };
}

/** GitHub keeps checks for a time only. @param of the commit whose checks are gone; those of all, unless told otherwise */
function forgetChecks({ sandbox }: Unheard, of?: string): void {
  sandbox.faults = async (context, next) => {
    const [, sha, what] = /\/commits\/(\w+)\/(check-runs|check-suites|statuses)$/.exec(context.req.path) ?? [];
    if (!what || (of !== undefined && sha !== of)) return next();
    context.res = Response.json(what === "statuses" ? [] : { total_count: 0, [what.replace("-", "_")]: [] });
  };
}

const numbers = (steps: readonly BackfillStep[]) => steps.map(({ number }) => number);

describe("given a change that was merged before the App was there", () => {
  async function givenMerged(body = "", before: (app: Unheard) => void = () => {}) {
    const app = await givenUnheard();
    const { repository, clock, alice, bob, ci, sandbox } = app;
    before(app);
    const issue = repository.openIssue({ by: bob, title: "The cart is slow" });
    clock.advance(60);
    issue.assign(alice, { by: bob });
    clock.advance(60);
    const pull = repository.openPullRequest({ by: alice, title: "Mend it", body, head: "mend" });
    clock.advance(60);
    const check = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start();
    clock.advance(60);
    check.complete("success");
    clock.advance(60);
    pull.merge({ by: alice });
    sandbox.takePending();
    clock.advance(86_400);
    return { ...app, pull };
  }

  test("when it is filled in, then each step has GitHub's own time, and is marked as filled in", async () => {
    const app = await givenMerged();
    expect(await app.backfill()).toMatchObject([
      { number: 1, kind: "issue", total: 2 },
      { number: 2, kind: "pull request", total: 2 },
    ]);
    const entries = await app.entries();
    const moves = entries.filter(({ toState }) => toState !== null);
    expect(moves.map(({ occurredAt, toState }) => `${occurredAt?.slice(11, 16)} ${toState}`).sort()).toEqual([
      "09:00 issue_created",
      "09:01 task_queued",
      "09:02 issue_created",
      "09:02 pr_created",
      "09:02 task_queued",
      "09:03 ci_pending",
      "09:04 ci_passed",
      "09:05 closed",
      "09:05 merged",
    ]);
    expect(entries.every(({ source }) => source.kind === "backfill")).toBe(true);
    expect(entries.every(({ timestamp }) => timestamp.startsWith("2026-01-06"))).toBe(true);
    expect(entries.map(({ kind }) => kind)).not.toContain("exception");
    expect(app.sandbox.errors).toEqual([]);
  });

  test("when that was so long ago that GitHub has its checks no more, then nobody can know, and no rule is said to be broken", async () => {
    const app = await givenMerged();
    forgetChecks(app);
    app.clock.advance(100 * 86_400);
    await app.backfill();
    const entries = await app.entries();
    expect(entries.map(({ kind }) => kind)).not.toContain("exception");
    expect(entries.map(({ toState, trigger }) => `${toState} by ${trigger}`)).toEqual(
      expect.arrayContaining(["ci_passed by ci.not_known", "merged by pr.merged"]),
    );
  });

  test("when it was merged lately, the repository has CI and GitHub shows no check of it, then that rule was broken", async () => {
    const app = await givenMerged("", ({ repository, bob, ci }) => {
      const { headSha: sha } = repository.openPullRequest({ by: bob, title: "Earlier", body: "", head: "earlier" });
      repository.startCheck({ app: ci, sha, name: "build" }).start().complete("success");
    });
    forgetChecks(app, app.pull.headSha);
    await app.backfill();
    expect((await app.entries()).map(({ metadata }) => metadata.rule)).toContain("merged_before_ci_passed");
  });

  test("when the repository has never shown a check, then a merge without one breaks no rule", async () => {
    const app = await givenMerged();
    forgetChecks(app);
    await app.backfill();
    expect((await app.entries()).map(({ kind }) => kind)).not.toContain("exception");
  });

  test("when it solved an issue, then it is that issue's record, with the whole way and no broken rule", async () => {
    const app = await givenMerged("Fixes #1");
    await app.backfill();
    expect(await app.states()).toEqual(["acme/shop#1 closed"]);
    const entries = await app.entries();
    expect(entries.flatMap(({ toState }) => toState ?? [])).toEqual([
      ...["issue_created", "task_queued", "pr_created", "ci_pending", "ci_passed", "merged", "closed"],
    ]);
    expect(entries.map(({ kind }) => kind)).not.toContain("exception");
  });

  test("when it is filled in, then no hook runs, and nothing is written at GitHub", async () => {
    const app = await givenMerged();
    const writes: string[] = [];
    app.sandbox.faults = async ({ req }, next) => {
      if (req.method !== "GET" && req.path !== "/graphql") writes.push(`${req.method} ${req.path}`);
      await next();
    };
    await app.backfill();
    expect(app.hook).not.toHaveBeenCalled();
    expect(writes.filter((write) => !write.endsWith("/access_tokens"))).toEqual([]);
    expect(app.pull.comments).toEqual([]);
  });

  test("when it is filled in twice, then the second time adds nothing", async () => {
    const app = await givenMerged();
    await app.backfill();
    const before = await app.entries();
    expect(await app.backfill()).toMatchObject([{ recorded: 0 }, { recorded: 0 }]);
    expect(await app.entries()).toEqual(before);
  });
});

describe("given a change that was approved and merged, whose approver may not write any more", () => {
  async function givenApproved() {
    const app = await givenUnheard("approvals:\n  required: 1\n");
    const { repository, alice, bob, ci, sandbox } = app;
    const pull = repository.openPullRequest({ by: alice, title: "Mend it", body: "", head: "mend" });
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    pull.review({ by: bob, state: "approved" });
    sandbox.takePending();
    return { ...app, pull };
  }
  const kinds = async ({ entries }: Unheard) => (await entries()).map(({ kind }) => kind);

  test("when that was long ago, then it is taken to have been a member's approval, and no rule is said to be broken", async () => {
    const app = await givenApproved();
    app.pull.merge({ by: app.alice });
    app.clock.advance(500 * 86_400);
    app.repository.grant(app.bob, "read");
    await app.backfill();
    expect(await kinds(app)).not.toContain("exception");
    expect((await app.entries()).flatMap(({ toState }) => toState ?? [])).toContain("approved");
  });

  test("when it was merged lately, then it counts what they may do", async () => {
    const app = await givenApproved();
    app.pull.merge({ by: app.alice });
    app.clock.advance(86_400);
    app.repository.grant(app.bob, "read");
    await app.backfill();
    expect((await app.entries()).flatMap(({ toState }) => toState ?? [])).not.toContain("approved");
  });

  test("when it is still open, then their approval does not count, however old it is", async () => {
    const app = await givenApproved();
    app.clock.advance(500 * 86_400);
    app.repository.grant(app.bob, "read");
    await app.backfill();
    expect(await app.states()).toEqual(["acme/shop#1 awaiting_review"]);
  });
});

describe("given a backfill that was interrupted", () => {
  test("when it is started again, then it goes on where it stopped, and ends the same", async () => {
    const app = await givenUnheard();
    openIssues(app, 5);
    expect(numbers(await app.backfill({ stopAfter: 2 }))).toEqual([1, 2]);
    expect(await app.states()).toHaveLength(2);
    expect(numbers(await app.backfill())).toEqual([3, 4, 5]);
    expect(await app.states()).toEqual([1, 2, 3, 4, 5].map((number) => `acme/shop#${number} issue_created`));
    // And once it was through, it begins at the beginning.
    expect(numbers(await app.backfill())).toEqual([1, 2, 3, 4, 5]);
  });

  test("when GitHub failed from the middle on, then it ends with GitHub's error, and goes on from there", async () => {
    const app = await givenUnheard();
    openIssues(app, 8);
    let isDown = true;
    failAt(app, (path) => isDown && /\/issues\/[3-8]$/.test(path));
    await expect(app.backfill()).rejects.toThrow("Bad Gateway");
    expect(await app.states()).toHaveLength(2);
    isDown = false;
    expect(numbers(await app.backfill())).toEqual([3, 4, 5, 6, 7, 8]);
  });

  test("when GitHub failed at one, then that is said, the others are read, and it goes on from that one", async () => {
    const app = await givenUnheard();
    openIssues(app, 4);
    let isDown = true;
    failAt(app, (path) => isDown && path.endsWith("/issues/3"));
    expect((await app.backfill()).map(({ number, found }) => `${number} ${found}`)).toEqual([
      ...["1 read", "2 read", "3 failed", "4 read"],
    ]);
    expect(await app.states()).toHaveLength(3);
    isDown = false;
    expect(numbers(await app.backfill())).toEqual([3, 4]);
    expect(await app.states()).toHaveLength(4);
    expect(numbers(await app.backfill())).toEqual([1, 2, 3, 4]);
  });

  test("when one answer of GitHub's cannot be understood, then the rest is gone by", async () => {
    const app = await givenUnheard();
    const { repository, alice, ci } = app;
    const pull = repository.openPullRequest({ by: alice, title: "Mend it", body: "", head: "mend" });
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).start().complete("success");
    app.sandbox.faults = async (context, next) => {
      await next();
      if (!context.req.path.endsWith("/check-suites")) return;
      context.res = Response.json({ total_count: 1, check_suites: [{ id: 1, created_at: null }] });
    };
    expect(await app.backfill()).toMatchObject([{ number: 1, found: "read" }]);
    expect(await app.states()).toEqual(["acme/shop#1 ci_passed"]);
  });

  test("when an issue was transferred here, and so is older than its number, then none is left out", async () => {
    const app = await givenUnheard();
    const moved = openIssues(app, 4).at(-1);
    Object.assign(moved ?? {}, { createdAt: "2020-01-01T00:00:00Z" });
    expect(numbers(await app.backfill({ stopAfter: 1 }))).toEqual([4]);
    expect(numbers(await app.backfill())).toEqual([1, 2, 3]);
  });

  test("when issues were opened in the same second, then none is left out", async () => {
    const app = await givenUnheard();
    for (const title of ["a", "b", "c"]) app.repository.openIssue({ by: app.bob, title });
    await app.backfill({ stopAfter: 2 });
    await app.backfill();
    expect(await app.states()).toHaveLength(3);
  });

  test("when it is started again for another time, then it begins at the beginning", async () => {
    const app = await givenUnheard();
    openIssues(app, 3);
    await app.backfill({ stopAfter: 2 });
    expect(numbers(await app.backfill({ since: "2026-01-01T00:00:00Z" }))).toEqual([1, 2, 3]);
  });
});

describe("given a long past", () => {
  test("when only what changed since a day is wanted, then what did not is left out", async () => {
    const app = await givenUnheard();
    openIssues(app, 2);
    app.clock.advance(86_400);
    openIssues(app, 1);
    expect(numbers(await app.backfill({ since: "2026-01-06T00:00:00Z" }))).toEqual([3]);
    expect(await app.states()).toEqual(["acme/shop#3 issue_created"]);
  });

  test("when there is more than a page, then it reads all pages, and knows how many to expect", async () => {
    const app = await givenUnheard();
    openIssues(app, 120);
    const steps = await app.backfill();
    expect(numbers(steps)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    expect(steps[0]?.total).toBe(200);
  });

  test("when GitHub's limit is nearly used up, then it waits until there is a new one", async () => {
    const app = await givenUnheard();
    openIssues(app, 25);
    const answers = [{ remaining: 500 }, { remaining: 499 }].values();
    app.sandbox.faults = async (context, next) => {
      if (context.req.path !== "/rate_limit") return next();
      const { remaining } = answers.next().value ?? { remaining: 5000 };
      const core = { limit: 5000, used: 5000 - remaining, remaining, reset: app.clock().getTime() / 1000 + 1800 };
      context.res = Response.json({ resources: { core }, rate: core });
    };
    await app.backfill();
    // Looked at twice on the way; left alone with 500, waited with 499.
    expect(app.sleep.mock.calls).toEqual([[1_800_000]]);
  });
});
