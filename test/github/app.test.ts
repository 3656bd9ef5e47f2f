import { beforeEach, describe, expect, test } from "vitest";
import type { App, PullRequest, Repository, User } from "../../src/sandbox/index.js";
import { type Answer, type Call, closing, givenNocked, type Nocked } from "../support/nocked.js";
import { newest } from "../support/payloads.js";
import { givenFlow, openPull as openPullIn, passCi } from "./flow.js";

let app: Nocked;
let repository: Repository;
let ci: App;
let alice: User;
let bob: User;

beforeEach(async () => {
  app = givenNocked();
  ci = app.sandbox.checksApp("ci");
  repository = app.sandbox.repository("acme/shop");
  alice = app.sandbox.user("alice");
  bob = app.sandbox.user("bob");
  repository.grant(alice, "write");
  repository.grant(bob, "write");
  await app.receiveAll();
});

const NOT_FOUND: Answer = { status: 404, body: { message: "Not Found" } };

function openPull(body = "", head = "mend"): PullRequest {
  return repository.openPullRequest({ by: alice, title: "Mend the cart", body, head });
}

function idOfIssue(number: number): string {
  return `gh-${repository.id}-issue-${number}`;
}

function idOfPull(number: number): string {
  return `gh-${repository.id}-pull-${number}`;
}

async function stateOf(id: string): Promise<string | undefined> {
  const heads = await app.store.list();
  return heads.items.find((head) => head.recordId === id)?.state;
}

async function recordIds(): Promise<readonly string[]> {
  return (await app.store.ledgers()).items;
}

/** What the App asked of GitHub since; in order of the alphabet, for check run and comment are written side by side. */
function routes(): readonly string[] {
  return app
    .calls()
    .map(({ route }) => route)
    .sort();
}

function bodyOf(calls: readonly Call[], route: string): unknown {
  return calls.find((call) => call.route === route)?.body;
}

const CHECK_RUNS = "/repos/acme/shop/check-runs";
const byApp = (id: number) => ({ user: { type: "Bot" }, performed_via_github_app: { id } });
/** Before a head gets its check run: an earlier try may have made it already. */
const lookAt = ({ headSha }: PullRequest) =>
  `GET /repos/acme/shop/commits/${headSha}/check-runs?check_name=LoopForge&per_page=100`;
const COMMENTS = "/repos/acme/shop/issues/1/comments";
const FIRST_CHECK_RUN = `${CHECK_RUNS}/1001`;
const FIRST_COMMENT = "/repos/acme/shop/issues/comments/2001";

/** What the App said of the pull request, last: the check run's conclusion and title, the comment's headline. */
function said() {
  const calls = app.calls();
  const check = calls.findLast(({ route }) => route.includes("/check-runs"))?.body as
    | { conclusion: string; output: { title: string } }
    | undefined;
  const comment = calls.findLast(({ route }) => route.includes("/comments"))?.body as { body: string } | undefined;
  return {
    check: check && `${check.conclusion}: ${check.output.title}`,
    comment: comment && /^### (.*)$/m.exec(comment.body)?.[1],
  };
}

describe("given an issue", () => {
  test("when it is opened, then it has a record, and GitHub is asked and told nothing", async () => {
    repository.openIssue({ by: alice, title: "The cart is broken" });
    await app.receiveAll();
    expect(await app.history(idOfIssue(1))).toEqual(["created  → issue_created (created)"]);
    const [created] = await app.entries(idOfIssue(1));
    expect(created).toMatchObject({
      metadata: { cause: "issue.opened", url: "https://github.com/acme/shop/issues/1" },
      people: [{ role: "actor" }, { role: "author" }],
      source: { kind: "webhook", event: "issues.opened", delivery: newest(app.sandbox, "issues.opened").guid },
    });
    expect(await app.store.head((await recordIds())[0] as never)).toMatchObject({ ref: "acme/shop#1", refNumber: 1 });
    expect(routes()).toEqual([]);
  });

  test.each([
    ["assigned", (issue: ReturnType<Repository["openIssue"]>) => issue.assign(bob, { by: alice })],
    ["labeled", (issue: ReturnType<Repository["openIssue"]>) => issue.label("queued", { by: alice })],
  ])("when it is %s, then it is queued", async (_, pickUp) => {
    pickUp(repository.openIssue({ by: alice, title: "The cart is broken" }));
    await app.receiveAll();
    expect(await app.history(idOfIssue(1))).toEqual([
      "created  → issue_created (created)",
      "transition issue_created → task_queued (worker.picked_up)",
    ]);
  });

  test("when it gets some other label, then its record has the label and does not move", async () => {
    const issue = repository.openIssue({ by: alice, title: "The cart is broken" });
    app.clock.advance(1);
    issue.label("bug", { by: alice });
    await app.receiveAll();
    expect(await app.history(idOfIssue(1))).toHaveLength(1);
    expect((await app.store.list()).items[0]?.labels).toEqual(["bug"]);
  });

  test("when it is closed without a merge, then it is cancelled", async () => {
    repository.openIssue({ by: alice, title: "The cart is broken" }).close({ by: bob, reason: "not_planned" });
    await app.receiveAll();
    expect(await app.history(idOfIssue(1))).toContain("transition issue_created → cancelled (issue.closed)");
  });

  test("when it is reopened after its end, then its next cycle is a record of its own", async () => {
    const issue = repository.openIssue({ by: alice, title: "The cart is broken" });
    issue.close({ by: bob });
    issue.reopen({ by: bob });
    app.clock.advance(1);
    issue.assign(bob, { by: bob });
    await app.receiveAll();
    expect(await stateOf(idOfIssue(1))).toBe("cancelled");
    expect(await stateOf(`${idOfIssue(1)}-c2`)).toBe("task_queued");
  });

  test("when its delivery comes twice, then nothing is recorded twice", async () => {
    repository.openIssue({ by: alice, title: "The cart is broken" }).assign(bob, { by: alice });
    const pending = app.sandbox.takePending();
    for (const delivery of [...pending, ...pending]) await app.receive(delivery);
    expect(await app.history(idOfIssue(1))).toHaveLength(2);
  });
});

describe("given a pull request that closes no issue", () => {
  test("when it is opened, then it is its own record, with one check run and one comment", async () => {
    const pull = openPull();
    await app.receiveAll();
    expect(await app.history(idOfPull(1))).toEqual([
      "created  → issue_created (created)",
      "transition issue_created → task_queued (worker.picked_up)",
      "transition task_queued → pr_created (pr.opened)",
    ]);
    const calls = app.calls();
    expect(calls.map(({ route }) => route).sort()).toEqual([
      ...[lookAt(pull), `GET ${COMMENTS}?per_page=100`],
      ...["POST /graphql", `POST ${CHECK_RUNS}`, `POST ${COMMENTS}`],
    ]);
    expect(bodyOf(calls, "POST /graphql")).toMatchObject({ variables: { owner: "acme", name: "shop", number: 1 } });
    expect(bodyOf(calls, `POST ${CHECK_RUNS}`)).toMatchObject({
      ...{ name: "LoopForge", head_sha: pull.headSha, status: "completed", conclusion: "neutral" },
      output: { title: "Waiting for CI to start" },
    });
    expect(bodyOf(calls, `POST ${COMMENTS}`)).toMatchObject({
      body: expect.stringMatching(/^<!-- loopforge:audit -->\n/),
    });
  });

  test("when nothing changed, then nothing is written", async () => {
    openPull();
    await app.receiveAll();
    app.calls();
    await app.receive(newest(app.sandbox, "pull_request.opened"));
    expect(routes()).toEqual(["POST /graphql"]);
  });

  test("when CI goes on, then the same check run and the same comment are edited", async () => {
    const pull = openPull();
    await app.receiveAll();
    app.calls();
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" });
    await app.receiveAll();
    expect(routes()).toEqual([`PATCH ${FIRST_CHECK_RUN}`, `PATCH ${FIRST_COMMENT}`]);
  });

  test("when commits are pushed, then the new head gets a check run, and the comment is edited", async () => {
    const pull = openPull();
    await app.receiveAll();
    app.calls();
    const { sha } = pull.push({ by: alice, message: "More" });
    await app.receiveAll();
    const calls = app.calls();
    expect(calls.map(({ route }) => route).sort()).toEqual([
      ...[lookAt(pull), `PATCH ${FIRST_COMMENT}`, `POST ${CHECK_RUNS}`],
    ]);
    expect(bodyOf(calls, `POST ${CHECK_RUNS}`)).toMatchObject({ head_sha: sha });
    expect(await app.history(idOfPull(1))).toContain("transition pr_created → ci_pending (pr.synchronized)");
  });

  test("when it is closed unmerged, then its work item is queued again", async () => {
    openPull().close({ by: alice });
    await app.receiveAll();
    expect(await app.history(idOfPull(1))).toContain("transition pr_created → task_queued (pr.closed)");
    expect(said().comment).toContain("Queued");
  });

  test("when it is merged with CI green, then it is closed, and in order", async () => {
    const pull = openPull();
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("success");
    pull.merge({ by: bob });
    await app.receiveAll();
    expect((await app.history(idOfPull(1))).slice(-4)).toEqual([
      "transition pr_created → ci_pending (ci.started)",
      "transition ci_pending → ci_passed (ci.passed)",
      "transition ci_passed → merged (pr.merged)",
      "transition merged → closed (pr.closed)",
    ]);
    expect(said()).toEqual({ check: "success: Closed", comment: "🟣 LoopForge – Closed" });
  });

  test("when it is merged with CI red, then that is an exception, and the report says so first", async () => {
    const pull = openPull();
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("failure");
    pull.merge({ by: bob });
    await app.receiveAll();
    expect(await app.history(idOfPull(1))).toContain("exception ci_failed → merged (pr.merged)");
    const exception = (await app.entries(idOfPull(1))).find(({ kind }) => kind === "exception");
    expect(exception?.metadata).toMatchObject({
      rule: "merged_before_ci_passed",
      ci: "failed",
      not_passed: ["build: failure"],
    });
    expect(said()).toEqual({
      check: "neutral: Merged before CI passed",
      comment: "🔴 LoopForge – Merged before CI passed",
    });
  });
});

describe("given checks", () => {
  test("when they run, fail and pass again, then the record follows", async () => {
    const pull = openPull();
    const build = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" });
    await app.receiveAll();
    expect(said().check).toBe("neutral: CI pending – 0 of 1 check");
    build.complete("failure");
    await app.receiveAll();
    expect(said().check).toBe("neutral: CI failed – 1 of 1 check");
    app.clock.advance(1);
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("success");
    await app.receiveAll();
    expect(said().check).toBe("success: Ready to merge – CI passed");
    expect((await app.history(idOfPull(1))).slice(3)).toEqual([
      "transition pr_created → ci_pending (ci.started)",
      "transition ci_pending → ci_failed (ci.failed)",
      "transition ci_failed → ci_pending (ci.started)",
      "transition ci_pending → ci_passed (ci.passed)",
    ]);
  });

  test("when only the suite says that it completed, then that counts", async () => {
    const pull = openPull();
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("success");
    const isRun = (event: string) => event === "check_run";
    for (const delivery of app.sandbox.takePending()) if (!isRun(delivery.event)) await app.receive(delivery);
    expect(await stateOf(idOfPull(1))).toBe("ci_passed");
  });

  test("when they come before their pull request, then they wait for it", async () => {
    const pull = openPull();
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("success");
    const pending = app.sandbox.takePending();
    const isCheck = (event: string) => event.startsWith("check_");
    for (const delivery of pending.filter(({ event }) => isCheck(event))) await app.receive(delivery);
    expect(await recordIds()).toEqual([]);
    for (const delivery of pending.filter(({ event }) => !isCheck(event))) await app.receive(delivery);
    expect(await stateOf(idOfPull(1))).toBe("ci_passed");
    const passed = (await app.entries(idOfPull(1))).find(({ toState }) => toState === "ci_passed");
    expect(passed).toMatchObject({
      source: { kind: "webhook", event: "pull_request.opened" },
      metadata: { implied: true, url: "https://github.com/acme/shop/pull/1/checks" },
    });
  });

  test("when they are of a head that was pushed over, then they no longer count", async () => {
    const pull = openPull();
    const build = repository.startCheck({ app: ci, sha: pull.headSha, name: "build" });
    pull.push({ by: alice, message: "More" });
    build.complete("success");
    await app.receiveAll();
    expect(await stateOf(idOfPull(1))).toBe("ci_pending");
  });
});

describe("given reviews", () => {
  test("when one is asked for and given, then the record goes through both", async () => {
    const pull = openPull();
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("success");
    pull.requestReview(bob, { by: alice });
    await app.receiveAll();
    expect(said()).toMatchObject({ check: "neutral: Waiting for 1 approval" });
    pull.review({ by: bob, state: "approved" });
    await app.receiveAll();
    expect(said()).toMatchObject({ check: "success: Ready to merge – CI passed, approved" });
    expect((await app.history(idOfPull(1))).slice(-2)).toEqual([
      "transition ci_passed → awaiting_review (review.requested)",
      "transition awaiting_review → approved (review.approved)",
    ]);
  });

  test("when an approval is followed by a push, then it no longer counts", async () => {
    const pull = openPull();
    pull.review({ by: bob, state: "approved" });
    pull.push({ by: alice, message: "More" });
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("success");
    await app.receiveAll();
    expect(await stateOf(idOfPull(1))).toBe("awaiting_review");
  });

  test("when somebody without a part in the repository approves, then it does not count", async () => {
    const pull = openPull();
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("success");
    pull.review({ by: app.sandbox.user("carol"), state: "approved" });
    await app.receiveAll();
    expect(await stateOf(idOfPull(1))).toBe("ci_passed");
  });

  test("when changes are asked for and that is dismissed, then an approval is still missing", async () => {
    const pull = openPull();
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("success");
    const review = pull.review({ by: bob, state: "changes_requested", body: "No tests" });
    pull.dismissReview(review, { by: alice, message: "There are" });
    await app.receiveAll();
    expect(await stateOf(idOfPull(1))).toBe("awaiting_review");
  });

  test("when no approval is needed by the team's policy but one is set, then a merge without it is an exception", async () => {
    const flow = givenFlow({ app: { defaults: { approvals: { required: 1 } } } });
    const pull = openPullIn(flow);
    passCi(flow, pull);
    pull.merge({ by: flow.bob });
    await flow.settle();
    const exception = (await flow.entries(idOfPull(pull.number))).find(({ kind }) => kind === "exception");
    expect(exception?.metadata.rule).toBe("merged_without_approval");
  });
});

describe("given a pull request that closes issues", () => {
  const opened = (numbers: readonly number[]): void => {
    for (const number of numbers) repository.openIssue({ by: alice, title: `Issue ${number}` });
  };

  test("when GitHub and the description name them, then both count", async () => {
    opened([1, 2]);
    app.answer("POST /graphql", { status: 200, body: { data: closing([{ number: 1, repository }]) } });
    openPull("Fixes #2");
    await app.receiveAll();
    expect(await stateOf(idOfIssue(1))).toBe("pr_created");
    expect(await stateOf(idOfIssue(2))).toBe("pr_created");
    expect(await recordIds()).not.toContain(idOfPull(3));
  });

  test("when it closes two, then both records move, and it has one check run and one comment about both", async () => {
    opened([1, 2]);
    const pull = openPull("Fixes #1, fixes #2");
    await app.receiveAll();
    const calls = app.calls();
    const comments = "POST /repos/acme/shop/issues/3/comments";
    expect(calls.map(({ route }) => route).sort()).toEqual([
      ...[lookAt(pull), "GET /repos/acme/shop/issues/3/comments?per_page=100"],
      ...["POST /graphql", `POST ${CHECK_RUNS}`, comments],
    ]);
    expect(bodyOf(calls, comments)).toMatchObject({ body: expect.stringMatching(/acme\/shop#1[\s\S]*acme\/shop#2/) });
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("success");
    pull.merge({ by: bob });
    await app.receiveAll();
    for (const number of [1, 2]) {
      expect(await app.history(idOfIssue(number))).toContain("transition merged → closed (issue.closed)");
    }
    expect(routes().filter((route) => route.startsWith("POST /repos/"))).toEqual([]);
  });

  test("when GitHub names an issue of another repository, then it is left alone", async () => {
    opened([1]);
    app.answer("POST /graphql", { status: 200, body: { data: closing([{ number: 1, repository: { id: 5 } }]) } });
    openPull();
    await app.receiveAll();
    expect(await recordIds()).toEqual([idOfIssue(1), idOfPull(2)]);
  });

  test("when the issue was there before the App, then it is read and gets its record", async () => {
    const issue = repository.openIssue({ by: bob, title: "An old one" });
    const payload = JSON.parse(newest(app.sandbox, "issues.opened").body) as { issue: object };
    app.sandbox.takePending();
    app.answer(`GET /repos/acme/shop/issues/${issue.number}`, { status: 200, body: payload.issue });
    openPull(`Fixes #${issue.number}`);
    await app.receiveAll();
    expect(await app.history(idOfIssue(1))).toEqual([
      "created  → issue_created (created)",
      "transition issue_created → task_queued (worker.picked_up)",
      "transition task_queued → pr_created (pr.opened)",
    ]);
    const [created] = await app.entries(idOfIssue(1));
    expect(created?.source).toEqual({ kind: "snapshot" });
  });

  test("when a keyword names an issue that is not there, then it is dropped", async () => {
    openPull("Fixes #404");
    await app.receiveAll();
    expect(routes()).toContain("GET /repos/acme/shop/issues/404");
    expect(await recordIds()).toEqual([idOfPull(1)]);
  });

  test("when a keyword names a pull request, then it is dropped", async () => {
    const other = openPull("", "other");
    const data = { number: other.number, pull_request: { url: "https://api.github.com/repos/acme/shop/pulls/1" } };
    app.answer("GET /repos/acme/shop/issues/1", { status: 200, body: data });
    openPull("Fixes #1");
    await app.receiveAll();
    expect(await recordIds()).toEqual([idOfPull(1), idOfPull(2)]);
  });

  test("when it names itself, then it is its own record", async () => {
    openPull("Fixes #1");
    await app.receiveAll();
    expect(await recordIds()).toEqual([idOfPull(1)]);
    expect(routes()).not.toContain("GET /repos/acme/shop/issues/1");
  });

  test("when the issue has come to its end before, then the pull request is its own record", async () => {
    repository.openIssue({ by: alice, title: "Done" }).close({ by: alice });
    app.clock.advance(1);
    openPull("Fixes #1");
    await app.receiveAll();
    expect(await recordIds()).toEqual([idOfIssue(1), idOfPull(2)]);
    expect(await stateOf(idOfIssue(1))).toBe("cancelled");
  });

  test("when GitHub cannot say what it closes, then its words count", async () => {
    opened([1]);
    const errors = [{ type: "NOT_FOUND", message: "Could not resolve to a Repository" }];
    app.answer("POST /graphql", { status: 200, body: { data: { repository: null }, errors } });
    openPull("Fixes #1");
    await app.receiveAll();
    expect(await stateOf(idOfIssue(1))).toBe("pr_created");
  });
});

describe("given that GitHub does not take the report", () => {
  test.each([
    [404, "Not Found"],
    [403, "Resource not accessible by integration"],
    [410, "Gone"],
    [422, "Validation Failed"],
    [451, "Repository access blocked"],
  ])("when it answers %i for good, then the delivery is done, and the log says so", async (status, message) => {
    app.answer(/^POST \/repos/, { status, body: { message } });
    openPull();
    await app.receiveAll();
    expect(await stateOf(idOfPull(1))).toBe("pr_created");
    expect(app.log.join("")).toContain("GitHub refused the report");
  });

  test.each([
    [500, "Server Error"],
    [502, "Bad Gateway"],
    [403, "You have exceeded a secondary rate limit"],
    [429, "Too Many Requests"],
  ])("when it answers %i for now, then the delivery fails, to be tried again", async (status, message) => {
    app.answer(/^POST \/repos/, { status, body: { message } });
    openPull();
    await expect(app.receiveAll()).rejects.toThrow(message);
    expect(await stateOf(idOfPull(1))).toBe("pr_created");
  });

  test("when it takes it at the second try, then entries and comment are there once", async () => {
    let tries = 0;
    app.answer(/^POST .*\/comments$/, () =>
      ++tries === 1 ? { status: 500, body: {} } : { status: 201, body: { id: 99 } },
    );
    app.answer(/^GET .*\/comments/, { status: 200, body: [] as object[] });
    const pull = openPull();
    await expect(app.receiveAll()).rejects.toThrow();
    await app.receive(newest(app.sandbox, "pull_request.opened"));
    expect(await app.history(idOfPull(1))).toHaveLength(3);
    expect(routes()).toEqual([
      lookAt(pull),
      ...[`GET ${COMMENTS}?per_page=100`, `GET ${COMMENTS}?per_page=100`],
      ...["POST /graphql", "POST /graphql"],
      `POST ${CHECK_RUNS}`,
      ...[`POST ${COMMENTS}`, `POST ${COMMENTS}`],
    ]);
  });

  test("when the first try wrote the comment and died before it knew, then that comment is edited", async () => {
    app.answer(/^POST .*\/comments$/, { status: 500, body: {} });
    openPull();
    await expect(app.receiveAll()).rejects.toThrow();
    app.calls();
    const comments = [
      { id: 6, user: { type: "User" }, performed_via_github_app: null, body: "<!-- loopforge:audit --> a copy" },
      { id: 7, ...byApp(15368), body: "<!-- loopforge:audit -->\n\nanother program's" },
      { id: 8, ...byApp(4711), body: "<!-- loopforge:audit -->\n\nours" },
    ];
    app.answer(/^GET .*\/comments/, () => ({ status: 200, body: comments }));
    await app.receive(newest(app.sandbox, "pull_request.opened"));
    expect(routes()).toContain("PATCH /repos/acme/shop/issues/comments/8");
  });

  test("when the store knows nothing of a comment that stands there, then that one is edited, and looked for once", async () => {
    const ours = { id: 8, ...byApp(4711), body: "<!-- loopforge:audit -->\n\nours" };
    app.answer(/^GET .*\/comments/, { status: 200, body: [ours] });
    const pull = openPull();
    await app.receiveAll();
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" });
    await app.receiveAll();
    expect(routes().filter((route) => /comments/.test(route))).toEqual([
      `GET ${COMMENTS}?per_page=100`,
      ...Array<string>(2).fill("PATCH /repos/acme/shop/issues/comments/8"),
    ]);
  });

  test("when somebody deleted the comment, then there is a new one", async () => {
    const pull = openPull();
    await app.receiveAll();
    app.calls();
    app.answer(/^PATCH .*\/comments\//, NOT_FOUND);
    repository.startCheck({ app: ci, sha: pull.headSha, name: "build" });
    await app.receiveAll();
    expect(routes().toSorted()).toEqual([
      ...[`GET ${COMMENTS}?per_page=100`, `PATCH ${FIRST_CHECK_RUN}`],
      ...[`PATCH ${FIRST_COMMENT}`, `POST ${COMMENTS}`],
    ]);
  });
});

describe("given a hook", () => {
  test("when it has something to say, then the comment has it; when it wants a check run, then it has one", async () => {
    app = givenNocked({
      hooks: [
        function policy(_record, _from, to) {
          return to === "pr_created" ? { title: "Policy", summary: "Two owners.", conclusion: "success" } : undefined;
        },
        function scanner(_record, _from, to) {
          if (to !== "pr_created") return undefined;
          return { title: "Scan", summary: "Nothing.", conclusion: "neutral", publish: "check_run" };
        },
        function broken() {
          throw new Error("out of order");
        },
      ],
    });
    repository = app.sandbox.repository("acme/shop");
    openPull();
    await app.receiveAll();
    const calls = app.calls().filter(({ route }) => route.startsWith("POST /repos"));
    const names = calls.map(({ body }) => (body as { name?: string }).name);
    expect(names.filter((name) => name !== undefined).sort()).toEqual(["LoopForge", "LoopForge / scanner"]);
    const { body } = bodyOf(calls, `POST ${COMMENTS}`) as { body: string };
    expect(body).toContain("#### 🟢 Policy\n\nTwo owners.");
    expect(body).toContain("#### ⚪ The hook failed\n\nout of order");
    expect(body).not.toContain("Scan");
  });
});
