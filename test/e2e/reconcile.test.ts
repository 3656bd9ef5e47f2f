import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/core/index.js";
import {
  type Finding,
  type ReconcileOptions,
  reconcile,
  reconcileInRounds,
  timeOutCi,
} from "../../src/github/catch-up/reconcile.js";
import { createAppOctokit } from "../../src/github/client/app-octokit.js";
import { octokitsFor } from "../../src/github/client/octokit-for.js";
import { createParts } from "../../src/github/parts.js";
import { createGithubFetch } from "../../src/server/github-fetch.js";
import { auditOf } from "../github/flow.js";
import { aPull, givenOperated, type Operated, passCi } from "./operated.js";

interface Reconciling extends Operated {
  /** Compares with GitHub over HTTP, beside the server that runs. */
  reconcile(name?: string): Promise<readonly Finding[]>;
  timeOutCi(): Promise<readonly Finding[]>;
  /** Of rounds an hour apart, what three minutes allow; each finding takes so many seconds. */
  reconcileForAWhile(secondsEach: number): Promise<readonly Finding[]>;
  /** Does not deliver what GitHub has to say. */
  lose(): void;
}

async function givenReconciling(configuration?: string): Promise<Reconciling> {
  const app = await givenOperated(configuration === undefined ? {} : { configuration });
  const { config, collected, clock, server } = app;
  const { appId, privateKey, githubUrl: baseUrl } = config;
  const { log } = collected;
  const github = createAppOctokit({ appId, privateKey, baseUrl, log, fetch: createGithubFetch(), patient: false });
  const parts = createParts({ store: server.store, appId, clock, logger: log });
  const options: ReconcileOptions = { parts, clock, octokitFor: octokitsFor(github) };
  return {
    ...app,
    reconcile: (name) => all(reconcile(options, name)),
    timeOutCi: () => all(timeOutCi(options)),
    async reconcileForAWhile(secondsEach) {
      const found: Finding[] = [];
      for await (const finding of reconcileInRounds(options, { everyMs: 3_600_000, budgetMs: 180_000 })) {
        found.push(finding);
        clock.advance(secondsEach);
      }
      return found;
    },
    lose: () => void app.sandbox.takePending(),
  };
}

async function all(findings: AsyncIterable<Finding>): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for await (const finding of findings) found.push(finding);
  return found;
}

const inWords = (finding: Finding) => {
  if (finding.found === "failed") return `${finding.ref} failed: ${String(finding.error)}`;
  const { ref, found, before, after } = finding;
  return `${ref} ${found}: ${before ?? "unknown"} → ${after}`;
};
const moves = (entries: readonly Entry[]) => entries.flatMap(({ toState }) => toState ?? []);

describe("given more open records than one run has time for", () => {
  const given = async () => {
    const app = await givenReconciling();
    for (const head of ["one", "two", "three", "four"]) aPull(app, head);
    await app.settle();
    return app;
  };
  const refs = (findings: readonly Finding[]) => findings.map(({ ref }) => ref);

  test("when it runs again and again, then each run goes on where the last one stopped, and all get their turn", async () => {
    const app = await given();
    expect(refs(await app.reconcileForAWhile(100))).toEqual(["acme/shop#1", "acme/shop#2"]);
    expect(refs(await app.reconcileForAWhile(100))).toEqual(["acme/shop#3", "acme/shop#4"]);
  });

  test("when all were compared, then the next round begins an hour after this one began", async () => {
    const app = await given();
    expect(await app.reconcileForAWhile(1)).toHaveLength(4);
    expect(await app.reconcileForAWhile(1)).toEqual([]);
    app.clock.advance(3600);
    expect(await app.reconcileForAWhile(1)).toHaveLength(4);
  });

  test("when something was never heard of, then it is taken in at the begin of a round, however many others there are", async () => {
    const app = await given();
    aPull(app, "five");
    app.lose();
    expect((await app.reconcileForAWhile(100)).map(inWords)[0]).toBe("acme/shop#5 adopted: unknown → pr_created");
  });
});

describe("given that deliveries were lost", () => {
  test("when it reconciles, then each missed step is recorded, at GitHub's own time and as read from there", async () => {
    const app = await givenReconciling("approvals:\n  required: 1\n");
    const pull = aPull(app);
    await app.settle();
    app.clock.advance(60);
    passCi(app, pull);
    app.clock.advance(60);
    pull.review({ by: app.bob, state: "approved" });
    app.clock.advance(60);
    pull.merge({ by: app.alice });
    app.lose();
    app.clock.advance(86_400);

    expect((await app.reconcile()).map(inWords)).toEqual(["acme/shop#1 repaired: pr_created → closed"]);
    const missed = (await app.entries()).filter(({ source }) => source.kind === "snapshot");
    expect(missed.map(({ toState, occurredAt }) => `${occurredAt?.slice(11, 19)} ${toState}`)).toEqual([
      "09:01:00 ci_pending",
      "09:01:00 ci_passed",
      "09:01:00 awaiting_review",
      "09:02:00 approved",
      "09:03:00 merged",
      "09:03:00 closed",
    ]);
    expect(missed.every(({ timestamp }) => timestamp.startsWith("2026-01-06"))).toBe(true);
    expect((await app.entries()).map(({ kind }) => kind)).not.toContain("exception");
    // The pull request shows what is so.
    await app.settle();
    expect(auditOf(pull)).toContain("Closed");
  });

  test("when it reconciles again, then nothing is found and nothing is written", async () => {
    const app = await givenReconciling();
    const pull = aPull(app);
    await app.settle();
    passCi(app, pull);
    app.lose();
    await app.reconcile();
    const before = await app.entries();
    const writes: string[] = [];
    app.sandbox.faults = async ({ req }, next) => {
      if (req.method !== "GET" && req.path !== "/graphql") writes.push(`${req.method} ${req.path}`);
      await next();
    };
    expect((await app.reconcile()).map(inWords)).toEqual(["acme/shop#1 in_step: ci_passed → ci_passed"]);
    expect(await app.entries()).toEqual(before);
    expect(writes.filter((write) => !write.endsWith("/access_tokens"))).toEqual([]);
  });

  test("when a pull request was pushed to and nothing of it was lost, then it is in step, and nothing is written", async () => {
    const app = await givenReconciling();
    const pull = aPull(app);
    await app.settle();
    app.clock.advance(60);
    pull.push({ by: app.alice, message: "Better" });
    await app.settle();
    const before = await app.entries();
    expect((await app.reconcile()).map(inWords)).toEqual(["acme/shop#1 in_step: ci_pending → ci_pending"]);
    expect(await app.entries()).toEqual(before);
  });

  test("when a push was lost, then what follows from it is recorded, and not that the pull request was opened once more", async () => {
    const app = await givenReconciling();
    const pull = aPull(app);
    await app.settle();
    passCi(app, pull);
    app.clock.advance(60);
    pull.edit({ by: app.alice, body: "It is slow." });
    await app.settle();
    const before = (await app.entries()).length;
    app.clock.advance(60);
    pull.push({ by: app.alice, message: "Better" });
    app.lose();
    expect((await app.reconcile()).map(inWords)).toEqual(["acme/shop#1 repaired: ci_passed → ci_pending"]);
    expect((await app.entries()).slice(before)).toMatchObject([{ kind: "transition", toState: "ci_pending" }]);
  });

  test("when something was opened that it never heard of, then it is taken in", async () => {
    const app = await givenReconciling();
    aPull(app, "first");
    await app.settle();
    app.clock.advance(60);
    const pull = aPull(app, "second");
    passCi(app, pull);
    app.repository.openIssue({ by: app.bob, title: "The cart is slow" });
    app.lose();
    expect((await app.reconcile()).map(inWords).sort()).toEqual([
      "acme/shop#1 in_step: pr_created → pr_created",
      "acme/shop#2 adopted: unknown → ci_passed",
      "acme/shop#3 adopted: unknown → issue_created",
    ]);
  });

  test("when what came is delivered after all, then it changes nothing more", async () => {
    const app = await givenReconciling();
    const pull = aPull(app);
    await app.settle();
    passCi(app, pull);
    pull.merge({ by: app.alice });
    const late = app.sandbox.takePending();
    await app.reconcile();
    const before = moves(await app.entries());
    for (const delivery of late) await app.sandbox.deliver(delivery);
    await app.settle();
    expect(moves(await app.entries())).toEqual(before);
  });

  test("when only one repository is asked for, then others are left alone", async () => {
    const app = await givenReconciling();
    const site = app.sandbox.repository("acme/site");
    site.grant(app.alice, "write");
    aPull(app);
    site.openPullRequest({ by: app.alice, title: "x", body: "", head: "x" });
    await app.settle();
    expect((await app.reconcile("Acme/Site")).map(({ ref }) => ref)).toEqual(["acme/site#1"]);
  });

  test("when GitHub does not show it to the App any more, then that is found, and the record stays as it is", async () => {
    const app = await givenReconciling();
    aPull(app);
    await app.settle();
    app.sandbox.uninstall(app.repository);
    app.lose();
    const before = await app.entries();
    expect((await app.reconcile()).map(inWords)).toEqual(["acme/shop#1 unreachable: pr_created → pr_created"]);
    expect(await app.entries()).toEqual(before);
  });
});

describe("given pull requests of which GitHub fails to tell", () => {
  /** So many that are open and known, whose checks passed unheard. */
  async function givenUnheard(count: number) {
    const app = await givenReconciling();
    const pulls = Array.from({ length: count }, (_, index) => aPull(app, `mend-${index + 1}`));
    await app.settle();
    for (const pull of pulls) passCi(app, pull);
    app.lose();
    return app;
  }
  const failAt = (app: Operated, isMeant: (path: string) => boolean, answer: () => Response) => {
    app.sandbox.faults = async (context, next) => {
      if (!isMeant(context.req.path)) return next();
      context.res = answer();
    };
  };
  const broken = () => Response.json({ message: "Server Error" }, { status: 500 });
  const repaired = (number: number) => `acme/shop#${number} repaired: pr_created → ci_passed`;

  test("when it is one of them, then that is found, and the others are repaired", async () => {
    const app = await givenUnheard(3);
    failAt(app, (path) => path.endsWith("/pulls/2/reviews"), broken);
    const found = (await app.reconcile()).map(inWords).sort();
    expect(found).toEqual([
      repaired(1),
      expect.stringContaining("acme/shop#2 failed: HttpError: Server Error"),
      repaired(3),
    ]);
  });

  test("when it is one that was never heard of, then that is found, and the others are taken in", async () => {
    const app = await givenUnheard(1);
    for (const head of ["new-1", "new-2"]) aPull(app, head);
    app.lose();
    failAt(app, (path) => path.endsWith("/pulls/3"), broken);
    expect((await app.reconcile()).map(inWords).sort()).toEqual([
      repaired(1),
      "acme/shop#2 adopted: unknown → pr_created",
      expect.stringContaining("acme/shop#3 failed: HttpError: Server Error"),
    ]);
  });

  test("when one of its answers cannot be understood, then the rest is gone by", async () => {
    const app = await givenUnheard(2);
    const suite = { id: 1, head_sha: "none", status: "completed", conclusion: "success", created_at: null };
    const answer = () => Response.json({ total_count: 1, check_suites: [suite] });
    failAt(app, (path) => path.endsWith("/check-suites"), answer);
    expect((await app.reconcile()).map(inWords).sort()).toEqual([repaired(1), repaired(2)]);
  });

  test("when it fails at all of them, then the run ends with GitHub's error", async () => {
    const app = await givenUnheard(6);
    failAt(app, (path) => path.includes("/pulls/"), broken);
    await expect(app.reconcile()).rejects.toThrow("Server Error");
  });

  test("when its limit is reached, then the run ends at once", async () => {
    const app = await givenUnheard(3);
    let asked = 0;
    const limited = () => {
      asked += 1;
      return Response.json({ message: "API rate limit exceeded for installation ID 1." }, { status: 403 });
    };
    failAt(app, (path) => /\/pulls\/\d+$/.test(path), limited);
    await expect(app.reconcile()).rejects.toThrow("rate limit");
    expect(asked).toBe(1);
  });
});

const PATIENT = `ci:
  checks: [build, lint]
  timeout_minutes: 60
`;

describe("given a team that waits an hour for CI", () => {
  /** A pull request of which one required check never ends, and the other never comes. */
  async function givenStuck(configuration = PATIENT) {
    const app = await givenReconciling(configuration);
    const pull = aPull(app);
    await app.settle();
    const build = app.repository.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).start();
    await app.settle();
    return { app, pull, build };
  }
  const timedOut = async (app: Operated) => (await app.entries()).find(({ trigger }) => trigger === "ci.timed_out");

  test("when the hour is not over, then it waits", async () => {
    const { app } = await givenStuck();
    app.clock.advance(3599);
    expect(await app.timeOutCi()).toEqual([]);
    expect((await app.reconcile()).map(({ found }) => found)).toEqual(["in_step"]);
  });

  test.each(["timeOutCi", "reconcile"] as const)(
    "when the hour is over, then %s gives up, and the ledger names what is missing and what did not end",
    async (way) => {
      const { app, pull } = await givenStuck();
      app.clock.advance(3600);
      expect((await app[way]()).map(inWords)).toEqual(["acme/shop#1 repaired: ci_pending → ci_failed"]);
      expect(await timedOut(app)).toMatchObject({
        ...{ kind: "transition", fromState: "ci_pending", toState: "ci_failed", people: [] },
        ...{ source: { kind: "snapshot" }, occurredAt: "2026-01-05T10:00:00.000Z" },
        metadata: { sha: pull.headSha, waited_minutes: 60, missing: ["lint"], unfinished: ["build"] },
      });
      await app.settle();
      expect(auditOf(pull)).toContain("lint");
      // Once is enough.
      expect(await app.timeOutCi()).toEqual([]);
      expect((await app.reconcile()).map(({ found }) => found)).toEqual(["in_step"]);
    },
  );

  test("when the checks had come and only their word was lost, then that is found instead", async () => {
    const { app, pull, build } = await givenStuck();
    app.clock.advance(60);
    build.complete("success");
    app.repository.startCheck({ app: app.ci, sha: pull.headSha, name: "lint" }).start().complete("success");
    app.lose();
    app.clock.advance(3600);
    expect((await app.timeOutCi()).map(inWords)).toEqual(["acme/shop#1 repaired: ci_pending → ci_passed"]);
    expect(await timedOut(app)).toBeUndefined();
  });

  test("when CI comes after all, then it counts", async () => {
    const { app, pull, build } = await givenStuck();
    app.clock.advance(3600);
    await app.timeOutCi();
    app.clock.advance(60);
    build.complete("success");
    app.repository.startCheck({ app: app.ci, sha: pull.headSha, name: "lint" }).start().complete("success");
    await app.settle();
    expect((await app.entries()).at(-1)).toMatchObject({ toState: "ci_passed" });
  });

  test("when a new head is pushed, then the hour begins anew", async () => {
    const { app, pull } = await givenStuck();
    app.clock.advance(3000);
    pull.push({ by: app.alice, message: "Better", files: { "cart.ts": "// better\n" } });
    await app.settle();
    app.clock.advance(3000);
    expect(await app.timeOutCi()).toEqual([]);
    app.clock.advance(600);
    expect(await app.timeOutCi()).toMatchObject([{ after: "ci_failed" }]);
    expect(await timedOut(app)).toMatchObject({ metadata: { sha: pull.headSha, missing: ["build", "lint"] } });
  });

  test("when a head is pushed long after the pull request was opened, then comparing with GitHub lets the hour begin with the push", async () => {
    const { app, pull } = await givenStuck();
    app.clock.advance(3000);
    passCi(app, pull);
    app.repository.startCheck({ app: app.ci, sha: pull.headSha, name: "lint" }).start().complete("success");
    await app.settle();
    app.clock.advance(5 * 3600);
    pull.push({ by: app.alice, message: "Better" });
    await app.settle();
    expect((await app.reconcile()).map(inWords)).toEqual(["acme/shop#1 in_step: ci_pending → ci_pending"]);
    app.clock.advance(3599);
    expect(await app.timeOutCi()).toEqual([]);
    app.clock.advance(1);
    expect(await app.timeOutCi()).toMatchObject([{ after: "ci_failed" }]);
  });

  test("when a check runs again long after the head was pushed, then the hour begins with the run", async () => {
    const { app, pull, build } = await givenStuck();
    build.complete("success");
    app.repository.startCheck({ app: app.ci, sha: pull.headSha, name: "lint" }).start().complete("success");
    await app.settle();
    app.clock.advance(5 * 3600);
    app.repository.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).start();
    await app.settle();
    expect((await app.reconcile()).map(inWords)).toEqual(["acme/shop#1 in_step: ci_pending → ci_pending"]);
    app.clock.advance(3599);
    expect(await app.timeOutCi()).toEqual([]);
    app.clock.advance(1);
    expect(await app.timeOutCi()).toMatchObject([{ after: "ci_failed" }]);
  });

  test("when the team says nothing of a timeout, then it waits for ever", async () => {
    const { app } = await givenStuck("ci:\n  checks: [build, lint]\n");
    app.clock.advance(30 * 86_400);
    expect(await app.timeOutCi()).toEqual([]);
  });
});
