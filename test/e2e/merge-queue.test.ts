import { describe, expect, test } from "vitest";
import type { MergeGroup, PullRequest } from "../../src/sandbox/index.js";
import {
  aDelivery,
  auditOf,
  type Flow,
  givenFlow,
  idOfIssue,
  idOfPull,
  openPull,
  ownChecks,
  passCi,
  refusal,
} from "../github/flow.js";
import { changed, newest, payloadOf, without } from "../support/payloads.js";

const ENFORCE = "mode: enforce\n";

/** What the App says of a trial merge. */
function said({ shop }: Flow, { headSha }: MergeGroup) {
  return ownChecks(shop, headSha).map(({ name, status, conclusion, output }) => ({
    ...{ name, status, conclusion, title: output.title, summary: output.summary },
  }));
}

async function readyPull(app: Flow, body = ""): Promise<PullRequest> {
  const pull = openPull(app, { body });
  passCi(app, pull);
  await app.settle();
  return pull;
}

describe("given a merge queue that asks for checks", () => {
  test("when GitHub does not say in which repository, then nothing comes of it", async () => {
    const app = givenFlow();
    const pull = await readyPull(app);
    const group = pull.enqueue({ by: app.bob });
    const payload = without(payloadOf(newest(app.sandbox, "merge_group.checks_requested")), "repository");
    app.lose();
    await app.receive(aDelivery("merge_group", payload, "of no repository"));
    expect(said(app, group)).toEqual([]);
  });

  test.each([
    ["observes", ""],
    ["enforces", ENFORCE],
  ])(
    "when the pull request was ready and the App %s, then the check on the trial merge is a success",
    async (_, mode) => {
      const app = givenFlow({ configuration: mode });
      const pull = await readyPull(app);
      const group = pull.enqueue({ by: app.bob });
      await app.settle();
      expect(said(app, group)).toMatchObject([
        {
          ...{ name: "LoopForge", status: "completed", conclusion: "success" },
          title: `#${pull.number} was ready when it entered the queue`,
          summary: expect.stringContaining("`acme/shop#1`: **CI passed**"),
        },
      ]);
      expect(app.sandbox.errors).toEqual([]);
    },
  );

  test.each([
    ["observes", "", "neutral", "it never blocks the queue"],
    ["enforces", ENFORCE, "failure", "LoopForge enforces here"],
  ])("when it was not ready and the App %s, then the check says so", async (_, mode, conclusion, words) => {
    const app = givenFlow({ configuration: mode });
    const pull = openPull(app);
    app.shop.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).complete("failure");
    await app.settle();
    const group = pull.enqueue({ by: app.bob });
    await app.settle();
    expect(said(app, group)).toMatchObject([
      { conclusion, title: `#${pull.number} was not known to be ready`, summary: expect.stringContaining(words) },
    ]);
  });

  test("when an approval is missing, then it was not ready", async () => {
    const app = givenFlow({ configuration: `${ENFORCE}approvals:\n  required: 1\n` });
    const pull = await readyPull(app);
    const group = pull.enqueue({ by: app.bob });
    await app.settle();
    expect(said(app, group)).toMatchObject([{ conclusion: "failure" }]);
  });

  test("when the pull request resolves two issues, then both are told", async () => {
    const app = givenFlow();
    for (const title of ["One", "Another"]) app.shop.openIssue({ by: app.alice, title });
    const pull = await readyPull(app, "Fixes #1, fixes #2");
    const group = pull.enqueue({ by: app.bob });
    await app.settle();
    expect(said(app, group)).toMatchObject([
      { conclusion: "success", summary: expect.stringMatching(/`acme\/shop#1`[\s\S]*`acme\/shop#2`/) },
    ]);
  });

  const passes = (app: Flow, pull: PullRequest) => passCi(app, pull);
  const endsDraft = (app: Flow, pull: PullRequest) => pull.readyForReview({ by: app.alice });

  test.each([
    ["that CI passed", endsDraft, passes],
    ["that it is no draft any more", passes, endsDraft],
  ])("when the word %s is late, then GitHub is asked before it is a no", async (_, heard, late) => {
    const app = givenFlow({ configuration: ENFORCE });
    const pull = openPull(app, { draft: true });
    heard(app, pull);
    await app.settle();
    late(app, pull);
    const group = pull.enqueue({ by: app.bob });
    const pending = app.sandbox.takePending();
    const asked = pending.filter(({ event }) => event === "merge_group");
    for (const delivery of asked) await app.receive(delivery);
    expect(said(app, group)).toMatchObject([{ conclusion: "success" }]);
    for (const delivery of pending) await app.receive(delivery);
    await app.settle();
    expect(said(app, group)).toHaveLength(1);
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
    expect((await app.head(idOfPull(pull)))?.exceptions).toBe(0);
  });

  test("when the answer is a no, then GitHub was asked once, and when it is a yes, not at all", async () => {
    const app = givenFlow({ configuration: ENFORCE });
    const [red, green] = [openPull(app, { head: "red" }), openPull(app, { head: "green" })];
    app.shop.startCheck({ app: app.ci, sha: red.headSha, name: "build" }).complete("failure");
    passCi(app, green);
    await app.settle();
    for (const pull of [red, green]) pull.enqueue({ by: app.bob });
    const asked = app.sandbox.takePending().filter(({ event }) => event === "merge_group");
    app.requests();
    for (const delivery of asked) await app.receive(delivery);
    const reads = app.requests().filter((request) => /^GET .*\/pulls\/\d+$/.test(request));
    expect(reads).toEqual([`GET /repos/acme/shop/pulls/${red.number}`]);
  });

  test("when nothing was heard of the pull request, then GitHub is asked, and it gets its record", async () => {
    const app = givenFlow({ configuration: ENFORCE });
    const pull = openPull(app);
    passCi(app, pull);
    app.lose();
    const group = pull.enqueue({ by: app.bob });
    const asked = app.sandbox.takePending().filter(({ event }) => event === "merge_group");
    for (const delivery of asked) await app.receive(delivery);
    expect(said(app, group)).toMatchObject([{ conclusion: "success" }]);
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
    expect(auditOf(pull)).toContain("Ready to merge");
  });

  test.each([
    ["observes", "", "neutral"],
    ["enforces", ENFORCE, "failure"],
  ])(
    "when nothing is known of the pull request, also at GitHub, and the App %s, then the check says that",
    async (_, mode, conclusion) => {
      const app = givenFlow({ configuration: mode });
      const pull = openPull(app);
      const group = pull.enqueue({ by: app.bob });
      const asked = app.sandbox.takePending().filter(({ event }) => event === "merge_group");
      app.fault(
        ({ method, url }) => method === "GET" && new URL(url).pathname.endsWith(`/pulls/${pull.number}`),
        () => refusal(404, "Not Found"),
      );
      for (const delivery of asked) await app.receive(delivery);
      expect(said(app, group)).toMatchObject([
        { conclusion, summary: expect.stringContaining("LoopForge has no record of it.") },
      ]);
      expect(await app.recordIds()).toEqual([]);
    },
  );

  test("when it does not say which pull request it is for, then it is answered all the same", async () => {
    const app = givenFlow();
    const group = (await readyPull(app)).enqueue({ by: app.bob });
    const asked = newest(app.sandbox, "merge_group.checks_requested");
    app.lose();
    const payload = changed(payloadOf(asked), "merge_group.head_ref", "refs/heads/@everyone|x");
    await app.receive(aDelivery("merge_group", payload, "other"));
    expect(said(app, group)).toMatchObject([
      { conclusion: "neutral", title: "A pull request was not known to be ready" },
    ]);
  });

  test("when the delivery comes twice, then it is answered once", async () => {
    const app = givenFlow();
    const group = (await readyPull(app)).enqueue({ by: app.bob });
    await app.settle();
    await app.receive(newest(app.sandbox, "merge_group.checks_requested"));
    expect(said(app, group)).toHaveLength(1);
  });

  test("when GitHub fails, then the delivery fails, and is answered when it is tried again", async () => {
    const app = givenFlow();
    const group = (await readyPull(app)).enqueue({ by: app.bob });
    const asked = newest(app.sandbox, "merge_group.checks_requested");
    app.lose();
    let isDown = true;
    app.fault(
      ({ method, url }) => method === "POST" && url.endsWith("/check-runs"),
      () => (isDown ? refusal(502, "Bad Gateway") : null),
    );
    await expect(app.receive(asked)).rejects.toThrow("Bad Gateway");
    isDown = false;
    await app.receive(asked);
    expect(said(app, group)).toHaveLength(1);
  });

  test("when GitHub does not let the App answer, then the delivery is done", async () => {
    const app = givenFlow();
    (await readyPull(app)).enqueue({ by: app.bob });
    app.fault(
      ({ method, url }) => method === "POST" && url.endsWith("/check-runs"),
      () => refusal(403, "Resource not accessible by integration"),
    );
    await expect(app.settle()).resolves.toBeUndefined();
  });

  test("when it is asked, then nothing is recorded of it: the trial merge's checks are not those of the head", async () => {
    const app = givenFlow();
    const pull = await readyPull(app);
    const group = pull.enqueue({ by: app.bob });
    await app.settle();
    const before = await app.history(idOfPull(pull));
    app.shop.startCheck({ app: app.ci, sha: group.headSha, name: "build" }).start().complete("failure");
    await app.settle();
    expect(await app.history(idOfPull(pull))).toEqual(before);
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
  });
});

describe("given a pull request on its way through the queue", () => {
  test("when it enters, then that is a note with who put it there", async () => {
    const app = givenFlow();
    const pull = await readyPull(app);
    pull.enqueue({ by: app.bob });
    await app.settle();
    const entry = (await app.entries(idOfPull(pull))).at(-1);
    expect(entry).toMatchObject({ kind: "note", trigger: "queue.entered", toState: null });
    const actor = entry?.people.find(({ role }) => role === "actor");
    expect(actor && (await app.store.people.find(actor.person))?.account.login).toBe("bob");
    expect(auditOf(pull)).toMatch(/queue/i);
  });

  test.each(["MANUAL", "CI_FAILURE", "MERGE_CONFLICT"])(
    "when it leaves for the reason %s, then the note has GitHub's word for it",
    async (reason) => {
      const app = givenFlow();
      const pull = await readyPull(app);
      const group = pull.enqueue({ by: app.bob });
      await app.settle();
      group.dequeue({ by: app.alice, reason });
      await app.settle();
      const left = (await app.entries(idOfPull(pull))).filter(({ trigger }) => trigger === "queue.left");
      expect(left.map(({ kind, metadata }) => `${kind} ${metadata.reason}`)).toEqual([
        `note ${reason}`,
        "note dequeued",
      ]);
      expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
    },
  );

  test("when only the end of its group is heard of, then that is a note, too", async () => {
    const app = givenFlow();
    const pull = await readyPull(app);
    const group = pull.enqueue({ by: app.bob });
    await app.settle();
    group.dequeue({ by: app.alice });
    for (const delivery of app.sandbox.takePending()) if (delivery.event === "merge_group") await app.receive(delivery);
    expect((await app.entries(idOfPull(pull))).at(-1)).toMatchObject({
      ...{ kind: "note", trigger: "queue.left" },
      metadata: { sha: group.headSha, reason: "dequeued" },
    });
  });

  test("when its group is built again, for an earlier entry was taken out, then it is in the queue, and the App does not merge past it", async () => {
    const app = givenFlow({ configuration: "auto_merge:\n  enabled: true\n" });
    const pull = openPull(app);
    await app.settle();
    const group = pull.enqueue({ by: app.bob });
    await app.settle();
    const next = group.invalidate({ by: app.alice });
    await app.settle();
    passCi(app, pull);
    await app.settle();
    expect((await app.history(idOfPull(pull))).filter((line) => line.includes("queue."))).toEqual([
      "note (queue.entered)",
    ]);
    expect(app.requests().filter((request) => request.endsWith("/merge"))).toEqual([]);
    next.merge();
    await app.settle();
    expect(await app.history(idOfPull(pull))).toContain("transition ci_passed → merged (pr.merged)");
  });

  test("when the queue merges it, then it is merged by GitHub's bot, not by this App, and breaks no rule", async () => {
    const app = givenFlow({ configuration: "auto_merge:\n  enabled: true\n" });
    const issue = app.shop.openIssue({ by: app.alice, title: "One" });
    const pull = openPull(app, { body: "Fixes #1" });
    const group = pull.enqueue({ by: app.bob });
    passCi(app, pull);
    await app.settle();
    group.merge();
    await app.settle();
    const history = await app.history(idOfIssue(issue));
    expect(history).toContain("transition ci_passed → merged (pr.merged)");
    expect(await app.stateOf(idOfIssue(issue))).toBe("closed");
    expect((await app.head(idOfIssue(issue)))?.exceptions).toBe(0);
  });

  test("when the deliveries come twice, then each note is there once", async () => {
    const app = givenFlow();
    const pull = await readyPull(app);
    pull.enqueue({ by: app.bob }).dequeue({ by: app.alice });
    const pending = app.sandbox.takePending();
    for (const delivery of [...pending, ...pending]) await app.receive(delivery);
    const notes = (await app.history(idOfPull(pull))).filter((line) => line.startsWith("note (queue."));
    expect(notes).toEqual(["note (queue.entered)", "note (queue.left)", "note (queue.left)"]);
  });

  test("when nothing was heard of the pull request, then the end of its group says nothing", async () => {
    const app = givenFlow();
    const pull = openPull(app);
    pull.enqueue({ by: app.bob }).dequeue({ by: app.alice });
    const ends = app.sandbox
      .takePending()
      .filter(({ event, action }) => event === "merge_group" && action === "destroyed");
    for (const delivery of ends) await app.receive(delivery);
    expect(await app.recordIds()).toEqual([]);
  });
});
