import { describe, expect, test } from "vitest";
import { octokitsFor } from "../../src/github/client/octokit-for.js";
import type { ReportJob } from "../../src/github/publish/report-job.js";
import { judgeFailure } from "../../src/inbox/failure.js";
import type { PullRequest } from "../../src/sandbox/index.js";
import {
  auditOf,
  ciPassed,
  type Flow,
  givenFlow,
  idOfIssue,
  idOfPull,
  isMerge,
  openPull,
  ownChecks,
  passCi,
  refusal,
} from "../github/flow.js";
import { outsideOf } from "../support/in-process.js";
import { newest } from "../support/payloads.js";

const BY_SETTING = "auto_merge:\n  enabled: true\n";
const BY_LABEL = "auto_merge:\n  label: ship it\n";
const AUTO_MERGED = "transition ci_passed → merged (auto.merged)";

/** Asks for the merge by a comment of Bob's. */
function command(app: Flow, pull: PullRequest, word: "on" | "off"): void {
  pull.comment({ by: app.bob, body: `/loopforge automerge ${word}` });
}

/** Nobody but the App was asked to merge. */
function merger({ mergedBy }: PullRequest): string | undefined {
  return mergedBy?.login;
}

const APP = "loopforge[bot]";

describe("given that the App is asked to merge", () => {
  test("when the newer pull request of the issue has the same number in another repository, then this one is not merged for it", async () => {
    const app = givenFlow({ configuration: BY_LABEL });
    const web = app.sandbox.repository("acme/web");
    web.grant(app.alice, "write");
    app.shop.openIssue({ by: app.alice, title: "One" });
    web.openIssue({ by: app.alice, title: "So that numbers are the same" });
    const mine = openPull(app, { body: "Fixes #1", labels: ["ship it"] });
    await app.settle();
    const theirs = web.openPullRequest({ by: app.alice, title: "x", head: "x", body: "Fixes acme/shop#1" });
    web.startCheck({ app: app.ci, sha: theirs.headSha, name: "build" }).start().complete("success");
    await app.settle();
    expect(theirs.number).toBe(mine.number);
    expect(mine.merged).toBe(false);
  });

  test("when it merged, its answer was lost and the delivery is tried again first, then no refusal is recorded", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    let isLost = true;
    app.fault(isMerge, async (proceed) => {
      if (!isLost) return null;
      isLost = false;
      await proceed();
      return refusal(502, "Bad Gateway");
    });
    const pull = openPull(app);
    passCi(app, pull);
    await expect(app.receiveAll()).rejects.toThrow("Bad Gateway");
    await app.receive(ciPassed(app));
    await app.settle();
    expect(await app.history(idOfPull(pull))).not.toContain("note (auto.refused)");
    expect(await app.history(idOfPull(pull))).toContain(AUTO_MERGED);
  });

  test("when it is by the settings, then it merges once CI passed, and the ledger says that it did", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    const pull = openPull(app);
    await app.settle();
    expect(pull.merged).toBe(false);
    passCi(app, pull);
    await app.settle();
    expect(merger(pull)).toBe(APP);
    expect((await app.history(idOfPull(pull))).slice(-3)).toEqual([
      "transition ci_pending → ci_passed (ci.passed)",
      AUTO_MERGED,
      "transition merged → closed (pr.closed)",
    ]);
    const merged = (await app.entries(idOfPull(pull))).find(({ trigger }) => trigger === "auto.merged");
    expect(merged).toMatchObject({
      metadata: { sha: pull.headSha, merge_sha: pull.mergeCommitSha },
      people: expect.arrayContaining([expect.objectContaining({ role: "merger", type: "Bot" })]),
    });
    expect(auditOf(pull)).toMatch(/auto.?merge|merged by/i);
    expect(app.sandbox.errors).toEqual([]);
  });

  test("when it is by a label, then it merges once the label is there, and not before", async () => {
    const app = givenFlow({ configuration: BY_LABEL });
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    pull.label("bug", { by: app.alice });
    await app.settle();
    expect(pull.merged).toBe(false);
    pull.label("ship it", { by: app.alice });
    await app.settle();
    expect(merger(pull)).toBe(APP);
  });

  test("when the label differs in upper and lower case only, then it is the same, as it is at GitHub", async () => {
    const app = givenFlow({ configuration: BY_LABEL });
    const pull = openPull(app, { labels: ["Ship It"] });
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(true);
  });

  test("when the label is taken off before CI passes, then it does not merge", async () => {
    const app = givenFlow({ configuration: BY_LABEL });
    const pull = openPull(app, { labels: ["ship it"] });
    await app.settle();
    pull.unlabel("ship it", { by: app.alice });
    await app.settle();
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(false);
  });

  test("when it is by a command before CI passes, then it merges when CI passes", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    command(app, pull, "on");
    await app.settle();
    passCi(app, pull);
    await app.settle();
    expect(merger(pull)).toBe(APP);
  });

  test("when it is by a command after CI passed, then it merges at once", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    command(app, pull, "on");
    await app.settle();
    expect(merger(pull)).toBe(APP);
  });

  test("when commands contradict each other, then the last word counts", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    await app.settle();
    for (const word of ["on", "off", "on", "off"] as const) {
      command(app, pull, word);
      await app.settle();
    }
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(false);
    command(app, pull, "on");
    await app.settle();
    expect(merger(pull)).toBe(APP);
  });

  test("when the last word is heard first, then it is the last word all the same", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    await app.settle();
    command(app, pull, "on");
    app.clock.advance(10);
    command(app, pull, "off");
    for (const delivery of app.sandbox.takePending().reverse()) await app.receive(delivery);
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(false);
  });

  test.each([
    ["the settings", BY_SETTING, [] as string[]],
    ["the label", BY_LABEL, ["ship it"]],
  ])("when a command says off, then that is above %s", async (_, configuration, labels) => {
    const app = givenFlow({ configuration });
    const pull = openPull(app, { labels });
    command(app, pull, "off");
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(false);
  });

  test("when somebody without write access says on, then it does not merge", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    pull.comment({ by: app.mallory, body: "/loopforge automerge on" });
    await app.settle();
    expect(pull.merged).toBe(false);
  });

  test.each(["squash", "rebase"] as const)("when the team merges by %s, then so does the App", async (method) => {
    const app = givenFlow({ configuration: `${BY_SETTING}  method: ${method}\n` });
    const pull = openPull(app);
    passCi(app, pull);
    const asked: unknown[] = [];
    app.sandbox.faults = withBodies(app, asked);
    await app.settle();
    expect(asked).toEqual([{ sha: pull.headSha, merge_method: method }]);
    expect(merger(pull)).toBe(APP);
  });

  test("when nobody asked, then it never merges", async () => {
    const app = givenFlow();
    const pull = openPull(app, { labels: ["ship it"] });
    passCi(app, pull);
    pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    expect(app.requests().filter((request) => request.endsWith("/merge"))).toEqual([]);
  });
});

/** Also keeps what the App sends with the request to merge. */
function withBodies({ sandbox }: Flow, asked: unknown[]): Flow["sandbox"]["faults"] {
  const before = sandbox.faults;
  return async (context, next) => {
    if (isMerge(context.req.raw)) asked.push(await context.req.raw.clone().json());
    return before ? before(context, next) : next();
  };
}

describe("given that something is missing for a merge", () => {
  test.each<[string, string, (app: Flow) => PullRequest]>([
    [
      "it is a draft",
      "",
      (app) => {
        const pull = openPull(app, { draft: true });
        passCi(app, pull);
        return pull;
      },
    ],
    ["no check has come", "", (app) => openPull(app)],
    [
      "a check runs",
      "",
      (app) => {
        const pull = openPull(app);
        app.shop.startCheck({ app: app.ci, sha: pull.headSha, name: "test" }).start();
        passCi(app, pull, "build");
        return pull;
      },
    ],
    [
      "a check failed",
      "",
      (app) => {
        const pull = openPull(app);
        app.shop.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).complete("failure");
        return pull;
      },
    ],
    [
      "a check that is required has not come",
      "ci:\n  checks: [e2e]\n",
      (app) => {
        const pull = openPull(app);
        passCi(app, pull);
        return pull;
      },
    ],
    [
      "an approval is required",
      "approvals:\n  required: 1\n",
      (app) => {
        const pull = openPull(app);
        passCi(app, pull);
        return pull;
      },
    ],
    [
      "a review is asked for",
      "",
      (app) => {
        const pull = openPull(app);
        pull.requestReview(app.bob, { by: app.alice });
        passCi(app, pull);
        return pull;
      },
    ],
    [
      "changes are asked for",
      "",
      (app) => {
        const pull = openPull(app);
        pull.review({ by: app.bob, state: "changes_requested", body: "No tests" });
        passCi(app, pull);
        return pull;
      },
    ],
    [
      "the approval is of an earlier head",
      "",
      (app) => {
        const pull = openPull(app);
        pull.review({ by: app.bob, state: "approved" });
        pull.push({ by: app.alice, message: "More" });
        passCi(app, pull);
        return pull;
      },
    ],
    [
      "it is in the merge queue",
      "",
      (app) => {
        const pull = openPull(app);
        pull.enqueue({ by: app.alice });
        passCi(app, pull);
        return pull;
      },
    ],
    [
      "it is closed",
      "",
      (app) => {
        const pull = openPull(app);
        pull.close({ by: app.alice });
        passCi(app, pull);
        return pull;
      },
    ],
  ])("when %s, then GitHub is not asked to merge", async (_, more, play) => {
    const app = givenFlow({ configuration: BY_SETTING + more });
    const pull = play(app);
    await app.settle();
    expect(app.requests().filter((request) => request.endsWith("/merge"))).toEqual([]);
    expect(pull.merged).toBe(false);
  });

  test.each<[string, string, (app: Flow, pull: PullRequest) => void]>([
    ["the draft ends", "", (app, pull) => pull.readyForReview({ by: app.alice })],
    ["it is approved", "approvals:\n  required: 1\n", (app, pull) => pull.review({ by: app.bob, state: "approved" })],
    ["the required check passes", "ci:\n  checks: [e2e]\n", (app, pull) => passCi(app, pull, "e2e")],
    ["it leaves the merge queue", "", (app, pull) => pull.mergeGroup?.dequeue({ by: app.alice })],
  ])("when %s, then the App merges", async (event, more, mend) => {
    const app = givenFlow({ configuration: BY_SETTING + more });
    const pull = openPull(app, { draft: event === "the draft ends" });
    if (event === "it leaves the merge queue") pull.enqueue({ by: app.alice });
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(false);
    mend(app, pull);
    await app.settle();
    expect(merger(pull)).toBe(APP);
  });

  test("when it is approved and CI passed, then the way through the approval is in the ledger", async () => {
    const app = givenFlow({ configuration: `${BY_SETTING}approvals:\n  required: 1\n` });
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    expect(await app.history(idOfPull(pull))).toContain("transition approved → merged (auto.merged)");
  });
});

describe("given that GitHub refuses the merge", () => {
  const CONFLICT = { status: 405, reason: "Pull Request is not mergeable" };

  /** A pull request that the App is asked to merge, and that GitHub refuses. */
  async function refused({ status, reason } = CONFLICT) {
    const app = givenFlow({ configuration: BY_SETTING });
    let isRefusing = true;
    app.fault(isMerge, () => (isRefusing ? refusal(status, reason) : null));
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    const tries = () => app.requests().filter((request) => request.endsWith("/merge")).length;
    return { app, pull, tries, relent: () => (isRefusing = false) };
  }

  test.each([
    [403, "Resource not accessible by integration"],
    [404, "Not Found"],
    [405, "At least 1 approving review is required by reviewers with write access."],
    [409, "Head branch was modified. Review and try the merge again."],
    [422, "Validation Failed"],
  ])(
    "when it answers %i, then GitHub's text is in the ledger and shown, and the record stays",
    async (status, reason) => {
      const { app, pull } = await refused({ status, reason });
      expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
      expect((await app.entries(idOfPull(pull))).at(-1)).toMatchObject({
        ...{ kind: "note", trigger: "auto.refused", toState: null, source: { kind: "api" } },
        metadata: { sha: pull.headSha, refusal: expect.stringContaining(reason) },
      });
      expect(auditOf(pull)).toMatch(/refused/i);
      const [shown] = (await app.itemOf(idOfPull(pull))).pulls;
      expect(shown?.mergeRefused).toMatchObject({ sha: pull.headSha, reason: expect.stringContaining(reason) });
    },
  );

  test("when its text is long and hostile, then it is bounded, and renders nothing", async () => {
    const reason = `@acme/everyone <img src=x> | a | b |\n# ${"x".repeat(100_000)}`;
    const { app, pull } = await refused({ status: 405, reason });
    const entry = (await app.entries(idOfPull(pull))).at(-1);
    expect(String(entry?.metadata.refusal).length).toBeLessThanOrEqual(500);
    expect(auditOf(pull).replace(/`[^`]*`/g, "")).not.toMatch(/@acme|<img/);
  });

  test("when the same delivery comes again, then the App does not try again", async () => {
    const { app, pull, tries } = await refused();
    expect(tries()).toBe(1);
    const before = await app.history(idOfPull(pull));
    await app.receive(ciPassed(app));
    expect(tries()).toBe(0);
    expect(await app.history(idOfPull(pull))).toEqual(before);
  });

  test("when nothing changed at all, then a refresh does not make the App try again either", async () => {
    const { app, pull, tries } = await refused();
    tries();
    pull.comment({ by: app.bob, body: "/loopforge refresh" });
    await app.settle();
    expect(tries()).toBe(0);
  });

  test("when something changed, then it tries again, and merges if it may", async () => {
    const { app, pull, tries, relent } = await refused();
    tries();
    relent();
    pull.label("bug", { by: app.alice });
    await app.settle();
    expect(tries()).toBe(1);
    expect(await app.history(idOfPull(pull))).toContain(AUTO_MERGED);
  });

  test("when it refuses again after a change, then that is recorded too, and it waits again", async () => {
    const { app, pull, tries } = await refused();
    tries();
    pull.label("bug", { by: app.alice });
    await app.settle();
    expect(tries()).toBe(1);
    const notes = (await app.history(idOfPull(pull))).filter((line) => line === "note (auto.refused)");
    expect(notes).toHaveLength(2);
    await app.receive(newest(app.sandbox, "pull_request.labeled"));
    expect(tries()).toBe(0);
  });

  test("when it speaks of a rate limit, then that is no refusal: the delivery fails, to be tried again", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    app.fault(isMerge, () => refusal(403, "API rate limit exceeded for installation ID 1."));
    const pull = openPull(app);
    passCi(app, pull);
    await expect(app.settle()).rejects.toThrow("rate limit");
    expect(await app.history(idOfPull(pull))).not.toContain("note (auto.refused)");
  });
});

describe("given that the App's own check is required, and the App enforces", () => {
  const ENFORCED = `mode: enforce\n${BY_SETTING}`;

  test("when CI passes, then the check is green at GitHub before the merge is asked for, and it merges", async () => {
    const app = givenFlow({ configuration: ENFORCED });
    app.shop.requireChecks(["build", "LoopForge"]);
    const pull = openPull(app);
    await app.settle();
    passCi(app, pull);
    await app.settle();
    expect(merger(pull)).toBe(APP);
    expect(await app.history(idOfPull(pull))).not.toContain("note (auto.refused)");
    expect(ownChecks(app.shop, pull.headSha).map(({ conclusion }) => conclusion)).toEqual(["success"]);
    expect(auditOf(pull)).toContain("LoopForge – Closed");
  });

  test("when the check could not be written, then it merges once it is, though no record changed", async () => {
    const app = givenFlow({ configuration: ENFORCED });
    app.shop.requireChecks(["LoopForge"]);
    const pull = openPull(app);
    await app.settle();
    let isRefusing = true;
    app.fault(
      ({ method, url }) => method === "PATCH" && url.includes("/check-runs/"),
      () => (isRefusing ? refusal(403, "Resource not accessible by integration") : null),
    );
    passCi(app, pull);
    await app.settle();
    const refused = await app.entries(idOfPull(pull));
    expect(refused.at(-1)?.metadata).toMatchObject({
      refusal: expect.stringContaining('Required status check "LoopForge" is in progress.'),
    });
    app.requests();
    await app.receive(ciPassed(app));
    expect(app.requests().filter((request) => request.endsWith("/merge"))).toEqual([]);

    isRefusing = false;
    await app.receive(ciPassed(app));
    expect(merger(pull)).toBe(APP);
    expect((await app.entries(idOfPull(pull)))[refused.length]).toMatchObject({ trigger: "auto.merged" });
  });
});

describe("given another merge into the base between the decision and the merge", () => {
  const MODIFIED = "Base branch was modified. Review and try the merge again.";

  /** A pull request that is ready, whose merge GitHub refuses the first time. */
  function ready(app: Flow) {
    let isFirst = true;
    app.fault(isMerge, () => {
      if (!isFirst) return null;
      isFirst = false;
      return refusal(405, MODIFIED);
    });
    const pull = openPull(app);
    passCi(app, pull);
    return pull;
  }

  test("when GitHub says so, then that is no refusal: the delivery fails, and merges when it is tried again", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    const pull = ready(app);
    const failure = await app.receiveAll().catch((error: unknown) => error);
    expect(judgeFailure(failure)).toMatchObject({ message: expect.stringContaining(MODIFIED), final: false });
    expect(await app.history(idOfPull(pull))).not.toContain("note (auto.refused)");
    await app.receive(ciPassed(app));
    expect(merger(pull)).toBe(APP);
  });

  test("when the report is left for later and shown by then, then the merge is tried again all the same", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    const { conclusions } = app.parts;
    const kept: ReportJob[] = [];
    conclusions.leaveTo(async (job) => void kept.push(job));
    const pull = ready(app);
    await app.settle();
    const octokit = await octokitsFor(outsideOf(app.sandbox))({ name: "acme/shop" });
    const [newest] = kept.slice(-1);
    if (!octokit || !newest) throw new Error("No report was kept");
    const conclude = () => conclusions.conclude(newest.owed, octokit, async () => undefined);
    await expect(conclude()).rejects.toThrow(MODIFIED);
    expect(auditOf(pull)).toContain("Ready to merge");
    await conclude();
    expect(merger(pull)).toBe(APP);
  });
});

describe("given a push between the decision and the merge", () => {
  test("when GitHub refuses the old head, then the new one waits for its own CI and is then merged", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    const pull = openPull(app);
    let pushed = false;
    app.fault(isMerge, () => {
      if (!pushed) pull.push({ by: app.alice, message: "One more" });
      pushed = true;
      return null;
    });
    passCi(app, pull);
    await app.settle();
    expect(pull.merged).toBe(false);
    const notes = (await app.entries(idOfPull(pull))).filter(({ trigger }) => trigger === "auto.refused");
    expect(notes.map(({ metadata }) => metadata.refusal)).toEqual([
      expect.stringContaining("Head branch was modified. Review and try the merge again."),
    ]);
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_pending");
    passCi(app, pull);
    await app.settle();
    expect(merger(pull)).toBe(APP);
    const merged = (await app.entries(idOfPull(pull))).find(({ trigger }) => trigger === "auto.merged");
    expect(merged?.metadata.sha).toBe(pull.headSha);
  });
});

describe("given that GitHub fails at the merge", () => {
  test("when it answers 502, then the delivery fails, and merges when it is tried again", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    let isDown = true;
    app.fault(isMerge, () => (isDown ? refusal(502, "Bad Gateway") : null));
    const pull = openPull(app);
    passCi(app, pull);
    await expect(app.receiveAll()).rejects.toThrow("Bad Gateway");
    expect(await app.history(idOfPull(pull))).not.toContain("note (auto.refused)");
    isDown = false;
    await app.receive(ciPassed(app));
    expect(merger(pull)).toBe(APP);
    await app.settle();
    expect(await app.history(idOfPull(pull))).toContain(AUTO_MERGED);
  });

  test("when it merged and its answer was lost, then the webhook tells of the App's own merge", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    app.fault(isMerge, async (proceed) => {
      await proceed();
      return refusal(502, "Bad Gateway");
    });
    const pull = openPull(app);
    passCi(app, pull);
    await expect(app.receiveAll()).rejects.toThrow("Bad Gateway");
    expect(pull.merged).toBe(true);
    await app.settle();
    expect(await app.history(idOfPull(pull))).toContain(AUTO_MERGED);
    expect((await app.head(idOfPull(pull)))?.exceptions).toBe(0);
  });

  test("when a person merges what the App was asked to merge, then it is the person's merge", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    app.fault(isMerge, () => refusal(405, "Pull Request is not mergeable"));
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    pull.merge({ by: app.bob });
    await app.settle();
    expect(await app.history(idOfPull(pull))).toContain("transition ci_passed → merged (pr.merged)");
  });
});

describe("given a pull request that resolves two issues", () => {
  test("when it is ready, then it is merged once, and both records say that the App did", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    const issues = ["One", "Another"].map((title) => app.shop.openIssue({ by: app.alice, title }));
    const pull = openPull(app, { body: "Fixes #1, fixes #2" });
    passCi(app, pull);
    await app.settle();
    expect(app.requests().filter((request) => request.endsWith("/merge"))).toHaveLength(1);
    for (const issue of issues) {
      expect(await app.history(idOfIssue(issue))).toContain(AUTO_MERGED);
      expect(await app.stateOf(idOfIssue(issue))).toBe("closed");
    }
  });

  test("when GitHub refuses, then both ledgers say so, and it is asked once", async () => {
    const app = givenFlow({ configuration: BY_SETTING });
    app.fault(isMerge, () => refusal(405, "Pull Request is not mergeable"));
    const issues = ["One", "Another"].map((title) => app.shop.openIssue({ by: app.alice, title }));
    const pull = openPull(app, { body: "Fixes #1, fixes #2" });
    passCi(app, pull);
    await app.settle();
    await app.receive(ciPassed(app));
    expect(app.requests().filter((request) => request.endsWith("/merge"))).toHaveLength(1);
    for (const issue of issues) {
      expect(await app.history(idOfIssue(issue))).toContain("note (auto.refused)");
    }
  });

  test("when another pull request for one of them is the newer, then the older one is judged by itself, and merged", async () => {
    const app = givenFlow({ configuration: BY_LABEL });
    app.shop.openIssue({ by: app.alice, title: "One" });
    const older = openPull(app, { body: "Fixes #1", labels: ["ship it"] });
    await app.settle();
    openPull(app, { body: "Fixes #1", head: "other" });
    await app.settle();
    passCi(app, older);
    await app.settle();
    expect(older.merged).toBe(true);
  });
});
