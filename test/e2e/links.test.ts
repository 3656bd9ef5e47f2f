import { describe, expect, test } from "vitest";
import { reconcile } from "../../src/github/catch-up/reconcile.js";
import { octokitsFor } from "../../src/github/client/octokit-for.js";
import type { Issue } from "../../src/sandbox/index.js";
import { aDelivery, auditOf, type Flow, givenFlow, idOfIssue, idOfPull, openPull, passCi } from "../github/flow.js";
import { outsideOf } from "../support/in-process.js";
import { changed, newest, payloadOf } from "../support/payloads.js";

function openIssues({ shop, alice }: Flow, count: number): readonly Issue[] {
  return Array.from({ length: count }, (_, index) => shop.openIssue({ by: alice, title: `Issue ${index + 1}` }));
}

/** The first two issues of three: GitHub and the description may name them. */
async function given(options: Parameters<typeof givenFlow>[0] = {}): Promise<{ app: Flow; one: Issue; two: Issue }> {
  const app = givenFlow(options);
  const [one, two] = openIssues(app, 2);
  if (!one || !two) throw new Error("There must be two");
  await app.settle();
  return { app, one, two };
}

/** By what a pull request became the work of an issue, as the issue's ledger says. */
async function linkedBy(app: Flow, issue: Issue): Promise<unknown> {
  return (await app.entries(idOfIssue(issue))).find(({ metadata }) => metadata.linked_by)?.metadata.linked_by;
}

/** GitHub links nothing by itself to a branch that is not the default one. */
function releaseBranch({ shop, alice }: Flow): string {
  shop.putFile("VERSION", "2\n", { by: alice, branch: "release" });
  return "release";
}

describe("given a pull request that belongs to an issue", () => {
  test("when GitHub and the description say so, then the ledger has both sources", async () => {
    const { app, one } = await given();
    openPull(app, { body: "Fixes #1" });
    await app.settle();
    expect(await linkedBy(app, one)).toEqual(["reference", "keyword"]);
  });

  test("when it goes to another branch than the default one, then the description alone says so", async () => {
    const { app, one } = await given();
    const pull = openPull(app, { body: "Fixes #1", base: releaseBranch(app) });
    await app.settle();
    expect(await linkedBy(app, one)).toEqual(["keyword"]);
    passCi(app, pull);
    pull.merge({ by: app.bob });
    await app.settle();
    expect(await app.stateOf(idOfIssue(one))).toBe("merged");
    expect(await app.recordIds()).not.toContain(idOfPull(pull));
  });

  test.each([
    ["issue-{issue}", "issue-1"],
    ["issue-{issue}-*", "issue-1-the-cart"],
    ["*/{issue}", "alice/1"],
    ["*/{issue}-*", "v2/1-cart"],
  ])("when the team's pattern is %s and the branch is %s, then the branch says so", async (pattern, head) => {
    const { app, one } = await given({ configuration: `links:\n  branches: ["${pattern}"]\n` });
    openPull(app, { head });
    await app.settle();
    expect(await linkedBy(app, one)).toEqual(["branch"]);
  });

  test.each([
    ["issue-{issue}", "tissue-1"],
    ["issue-{issue}", "issue-404"],
    ["issue-{issue}", "issue-one"],
    ["issue-{issue}", `issue-${"1".repeat(40)}`],
  ])("when the pattern is %s and the branch is %s, then it belongs to no issue", async (pattern, head) => {
    const { app } = await given({ configuration: `links:\n  branches: ["${pattern}"]\n` });
    const pull = openPull(app, { head });
    await app.settle();
    expect(await app.recordIds()).toContain(idOfPull(pull));
  });

  test("when nobody set a pattern, then a branch's name says nothing", async () => {
    const { app } = await given();
    const pull = openPull(app, { head: "issue-1" });
    await app.settle();
    expect(await app.recordIds()).toContain(idOfPull(pull));
  });

  test.each([
    ["owner/repo#n", "Fixes acme/shop#1"],
    ["owner/repo#n in another case", "Fixes ACME/Shop#1"],
    ["its address", "Fixes https://github.com/acme/shop/issues/1"],
  ])("when the description names it by %s, then that is the issue", async (_, body) => {
    const { app, one } = await given();
    openPull(app, { body, base: releaseBranch(app) });
    await app.settle();
    expect(await linkedBy(app, one)).toEqual(["keyword"]);
  });

  test.each([
    ["an address at another host", "Fixes https://github.example/acme/shop/issues/1"],
    ["an address at a host that begins the same", "Fixes https://github.com.evil.example/acme/shop/issues/1"],
    ["an address at another port", "Fixes https://github.com:8443/acme/shop/issues/1"],
    ["a repository that is not there", "Fixes acme/nothing#1"],
    ["an issue that is not there", "Fixes #404"],
    ["a number in code", "`Fixes #1`"],
    ["a number in a quote", "> Fixes #1"],
  ])("when the description only has %s, then it belongs to no issue", async (_, body) => {
    const { app } = await given();
    const pull = openPull(app, { body, base: releaseBranch(app) });
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("pr_created");
  });
});

describe("given an issue of another repository where the App is installed", () => {
  async function givenOther() {
    const { app } = await given();
    const api = app.sandbox.repository("acme/api");
    const issue = api.openIssue({ by: app.alice, title: "Prices without cents" });
    await app.settle();
    return { app, api, issue };
  }

  test.each([
    ["owner/repo#n", "Fixes acme/api#1"],
    ["its address", "Fixes https://github.com/acme/api/issues/1"],
  ])("when a pull request names it by %s, then the issue's record gets the pull request", async (_, body) => {
    const { app, issue } = await givenOther();
    const pull = openPull(app, { body });
    await app.settle();
    passCi(app, pull);
    await app.settle();
    expect(await app.head(idOfIssue(issue))).toMatchObject({
      ...{ state: "ci_passed", ref: "acme/api#1", repo: "acme/api" },
      prUrl: `https://github.com/acme/shop/pull/${pull.number}`,
    });
    expect(auditOf(pull)).toContain("acme/api#1");
    expect(await app.recordIds()).not.toContain(idOfPull(pull));
  });

  test("when GitHub does not link them, then the issue's record is found by its name, and GitHub is not asked for it", async () => {
    const { app, issue } = await givenOther();
    app.requests();
    openPull(app, { body: "Fixes acme/api#1", base: releaseBranch(app) });
    await app.settle();
    expect(await linkedBy(app, issue)).toEqual(["keyword"]);
    expect(app.requests().filter((request) => request.includes("/acme/api"))).toEqual([]);
  });

  test("when a stranger's repository names the issue, then the issue's record has nothing to do with it", async () => {
    const app = givenFlow();
    const theirs = app.sandbox.repository("evil/own");
    theirs.grant(app.mallory, "admin");
    const issue = app.shop.openIssue({ by: app.alice, title: "Ours" });
    await app.settle();
    theirs.putFile("x", "y", { by: app.mallory, branch: "release" });
    const pull = theirs.openPullRequest({
      ...{ by: app.mallory, title: "x", head: "h", base: "release" },
      body: "Fixes acme/shop#1",
    });
    theirs.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).start().complete("success");
    pull.merge({ by: app.mallory });
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("issue_created");
  });

  test("when a repository without the App is named, then no record is opened there, and the pull request is its own", async () => {
    const app = givenFlow();
    app.sandbox.repository("other/lib", { install: false }).openIssue({ by: app.mallory, title: "x" });
    app.shop.putFile("VERSION", "2\n", { by: app.alice, branch: "release" });
    const pull = openPull(app, { body: "Fixes other/lib#1", base: "release" });
    await app.settle();
    expect(await app.recordIds()).toEqual([idOfPull(pull)]);
  });

  test("when a path is named instead of a repository, then GitHub is asked for nothing", async () => {
    const app = givenFlow();
    const pull = openPull(app, { body: "Fixes ../rate_limit#1" });
    await app.settle();
    expect(app.requests()).not.toContain("GET /rate_limit");
    expect(await app.stateOf(idOfPull(pull))).toBe("pr_created");
  });

  test("when the pull request is merged, then the issue's record ends with the issue", async () => {
    const { app, issue } = await givenOther();
    const pull = openPull(app, { body: "Fixes acme/api#1" });
    passCi(app, pull);
    await app.settle();
    pull.merge({ by: app.bob });
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("closed");
    expect((await app.head(idOfIssue(issue)))?.exceptions).toBe(0);
  });
});

describe("given a description that is edited", () => {
  test("when it names an issue more, then that one's record has the pull request, too", async () => {
    const { app, one, two } = await given();
    const pull = openPull(app, { body: "Fixes #1" });
    await app.settle();
    pull.edit({ by: app.alice, body: "Fixes #1, fixes #2" });
    await app.settle();
    expect(await app.stateOf(idOfIssue(one))).toBe("pr_created");
    expect(await app.stateOf(idOfIssue(two))).toBe("pr_created");
    expect(auditOf(pull)).toMatch(/acme\/shop#1[\s\S]*acme\/shop#2/);
  });

  test("when it names another issue instead, then the first goes back to the queue and says where the work went", async () => {
    const { app, one, two } = await given();
    const pull = openPull(app, { body: "Fixes #1" });
    passCi(app, pull);
    await app.settle();
    pull.edit({ by: app.alice, body: "Fixes #2" });
    await app.settle();
    expect((await app.entries(idOfIssue(one))).at(-1)).toMatchObject({
      ...{ kind: "transition", fromState: "ci_passed", toState: "task_queued", trigger: "pr.unlinked" },
      metadata: { now_of: ["acme/shop#2"] },
    });
    const known = (await app.itemOf(idOfIssue(two))).pulls.find(({ number }) => number === pull.number);
    expect(known?.linkedBy).toEqual(["reference", "keyword"]);
    expect(await linkedBy(app, two)).toEqual(["reference", "keyword"]);
    expect(auditOf(pull)).not.toContain("acme/shop#1");
  });

  test("when an issue takes over a pull request that is ready, then its record is where the pull request is", async () => {
    const app = givenFlow();
    const issue = app.shop.openIssue({ by: app.alice, title: "One" });
    const pull = openPull(app);
    passCi(app, pull);
    pull.review({ by: app.bob, state: "approved" });
    await app.settle();
    pull.edit({ by: app.alice, body: "Fixes #1" });
    await app.settle();
    expect(await app.stateOf(idOfIssue(issue))).toBe("approved");
  });

  test("when it was merged before, then what it says afterwards links nothing", async () => {
    const { app, two } = await given();
    const pull = openPull(app, { body: "Fixes #1" });
    passCi(app, pull);
    await app.settle();
    pull.merge({ by: app.bob });
    await app.settle();
    app.clock.advance(60);
    pull.edit({ by: app.alice, body: "Fixes #2" });
    await app.settle();
    expect(await app.stateOf(idOfIssue(two))).toBe("issue_created");
  });

  test("when it names no issue any more, then the pull request is a work item of its own", async () => {
    const { app, one } = await given();
    const pull = openPull(app, { body: "Fixes #1" });
    passCi(app, pull);
    await app.settle();
    pull.edit({ by: app.alice, body: "Never mind" });
    await app.settle();
    expect(await app.stateOf(idOfIssue(one))).toBe("task_queued");
    passCi(app, pull, "test");
    await app.settle();
    expect(await app.stateOf(idOfPull(pull))).toBe("ci_passed");
  });

  test("when the link that was taken away is made again, then the issue has its work again", async () => {
    const { app, one } = await given();
    const pull = openPull(app, { body: "Fixes #1" });
    await app.settle();
    for (const body of ["Never mind", "Fixes #1"]) {
      pull.edit({ by: app.alice, body });
      await app.settle();
    }
    expect(await app.stateOf(idOfIssue(one))).toBe("pr_created");
    expect(await app.stateOf(idOfPull(pull))).toBe("cancelled");
  });

  test("when an event that carries an old description comes late, then it undoes nothing", async () => {
    const { app, one, two } = await given();
    const pull = openPull(app, { body: "Fixes #1" });
    await app.settle();
    pull.edit({ by: app.alice, body: "Fixes #2" });
    await app.settle();
    await app.receive(newest(app.sandbox, "pull_request.opened"));
    expect(await app.stateOf(idOfIssue(one))).toBe("task_queued");
    expect(await app.head(idOfIssue(two))).toMatchObject({ state: "pr_created", prNumber: pull.number });
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfIssue(one))).toBe("task_queued");
    expect(await app.stateOf(idOfIssue(two))).toBe("ci_passed");
  });

  test("when the newer description is heard first, then the issue that only the older one names is left alone", async () => {
    const { app, one, two } = await given();
    const pull = openPull(app, { body: "Fixes #1" });
    app.clock.advance(60);
    pull.edit({ by: app.alice, body: "Fixes #2" });
    for (const delivery of app.sandbox.takePending().reverse()) await app.receive(delivery);
    expect(await app.stateOf(idOfIssue(two))).toBe("pr_created");
    expect(["issue_created", "task_queued"]).toContain(await app.stateOf(idOfIssue(one)));
    passCi(app, pull);
    await app.settle();
    expect(await app.stateOf(idOfIssue(two))).toBe("ci_passed");
    expect(["issue_created", "task_queued"]).toContain(await app.stateOf(idOfIssue(one)));
  });

  test("when it was merged before, then what it says afterwards undoes nothing", async () => {
    const { app, one } = await given();
    const pull = openPull(app, { body: "Fixes #1" });
    passCi(app, pull);
    await app.settle();
    pull.merge({ by: app.bob });
    await app.settle();
    const before = await app.history(idOfIssue(one));
    pull.edit({ by: app.alice, body: "Never mind" });
    await app.settle();
    expect(await app.history(idOfIssue(one))).toEqual(before);
    expect(await app.head(idOfIssue(one))).toMatchObject({ state: "closed", prNumber: pull.number });
    expect(await app.recordIds()).not.toContain(idOfPull(pull));
  });

  test("when GitHub cannot say what it links, then the text alone says that it left", async () => {
    const { app, one } = await given();
    const pull = openPull(app, { body: "Fixes #1" });
    await app.settle();
    app.fault(
      ({ url }) => url.endsWith("/graphql"),
      () => Response.json({ errors: [{ type: "FORBIDDEN", message: "Resource not accessible by integration" }] }),
    );
    pull.edit({ by: app.alice, body: "Never mind" });
    await app.settle();
    expect(await app.stateOf(idOfIssue(one))).toBe("task_queued");
  });
});

describe("given a pull request that was its own work item", () => {
  test("when an issue takes it over, then its own record ends and says where it went", async () => {
    const { app, one } = await given();
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    pull.edit({ by: app.alice, body: "Fixes #1" });
    await app.settle();
    expect((await app.entries(idOfPull(pull))).at(-1)).toMatchObject({
      ...{ toState: "cancelled", trigger: "pr.unlinked" },
      metadata: { implied: true },
    });
    const left = (await app.entries(idOfPull(pull))).find(({ metadata }) => metadata.now_of);
    expect(left?.metadata.now_of).toEqual(["acme/shop#1"]);
    expect((await app.head(idOfIssue(one)))?.prNumber).toBe(pull.number);
    expect((await app.head(idOfPull(pull)))?.exceptions).toBe(0);
  });

  test("when the issue lets it go again, then it begins a record of its own anew", async () => {
    const { app, one } = await given();
    const pull = openPull(app);
    passCi(app, pull);
    await app.settle();
    for (const body of ["Fixes #1", "Never mind"]) {
      pull.edit({ by: app.alice, body });
      await app.settle();
    }
    expect(await app.stateOf(idOfPull(pull))).toBe("cancelled");
    expect(await app.stateOf(idOfIssue(one))).toBe("task_queued");
    passCi(app, pull, "test");
    pull.merge({ by: app.bob });
    await app.settle();
    expect(await app.stateOf(idOfPull(pull, 2))).toBe("closed");
    expect((await app.head(idOfPull(pull, 2)))?.exceptions).toBe(0);
  });
});

describe("given a process that dies while a pull request goes from one record to another", () => {
  /** Its CI has passed, under the record that it had before. From then on, so many writes go through, and all others do not. */
  async function played(bodies: readonly [string, string], writes: number): Promise<readonly (readonly string[])[]> {
    const { app, one } = await given();
    const pull = openPull(app, { body: bodies[0] });
    passCi(app, pull);
    await app.settle();
    pull.edit({ by: app.alice, body: bodies[1] });
    const append = app.store.append.bind(app.store);
    let left = writes;
    app.store.append = async (write) => {
      if (left === 0) throw new Error("The process has died");
      left -= 1;
      return append(write);
    };
    const deliveries = app.sandbox.takePending();
    for (const delivery of deliveries) await app.receive(delivery).catch(() => undefined);
    app.store.append = append;
    for (const delivery of deliveries) await app.receive(delivery);
    return [await app.history(idOfIssue(one)), await app.history(idOfPull(pull))];
  }

  test.each([
    { what: "an issue adopts it", bodies: ["", "Fixes #1"], writes: 0 },
    { what: "an issue adopts it", bodies: ["", "Fixes #1"], writes: 1 },
    { what: "it leaves its issue", bodies: ["Fixes #1", ""], writes: 0 },
    { what: "it leaves its issue", bodies: ["Fixes #1", ""], writes: 1 },
  ] as const)(
    "when $what, and $writes writes go through, then both end as if it had lived",
    async ({ bodies, writes }) => {
      expect(await played(bodies, writes)).toEqual(await played(bodies, Number.POSITIVE_INFINITY));
    },
  );
});

describe("given many issues and many pull requests", () => {
  test("when two pull requests resolve one issue, then the issue stands with the newer, and ends with the merged one", async () => {
    const { app, one } = await given();
    const older = openPull(app, { body: "Fixes #1" });
    passCi(app, older);
    await app.settle();
    const newer = openPull(app, { body: "Fixes #1", head: "other" });
    await app.settle();
    expect((await app.head(idOfIssue(one)))?.prNumber).toBe(newer.number);
    newer.close({ by: app.alice });
    await app.settle();
    expect(await app.head(idOfIssue(one))).toMatchObject({ state: "ci_passed", prNumber: older.number });
    older.merge({ by: app.bob });
    await app.settle();
    expect(await app.stateOf(idOfIssue(one))).toBe("closed");
  });

  test("when one pull request resolves fifty issues, then all fifty are closed with it", async () => {
    const app = givenFlow();
    const issues = openIssues(app, 50);
    const pull = openPull(app, { body: issues.map(({ number }) => `Fixes #${number}`).join(", ") });
    passCi(app, pull);
    await app.settle();
    pull.merge({ by: app.bob });
    await app.settle();
    const states = await Promise.all(issues.map((issue) => app.stateOf(idOfIssue(issue))));
    expect(new Set(states)).toEqual(new Set(["closed"]));
  });

  test("when it comes from a fork, then it belongs to the issue of the repository that it goes to", async () => {
    const { app, one } = await given();
    const fork = app.shop.fork({ by: app.mallory });
    fork.putFile("CART", "mended\n", { by: app.mallory, branch: "mend" });
    app.shop.openPullRequest({ by: app.mallory, title: "Mend the cart", body: "Fixes #1", head: "mallory:mend" });
    await app.settle();
    expect(await app.stateOf(idOfIssue(one))).toBe("pr_created");
  });
});

describe("given an issue in a repository without CI, and the pull request that solves it in one with", () => {
  async function givenTwo() {
    const app = givenFlow({ configuration: "ci:\n  required: false\n" });
    const api = app.sandbox.repository("acme/api");
    for (const person of [app.alice, app.bob]) api.grant(person, "write");
    const issue = app.shop.openIssue({ by: app.alice, title: "The cart is slow" });
    await app.settle();
    const pull = api.openPullRequest({ by: app.alice, title: "Mend it", head: "mend", body: "Fixes acme/shop#1" });
    api.startCheck({ app: app.ci, sha: pull.headSha, name: "build" }).start();
    await app.settle();
    return { app, issue, pull };
  }

  test("when both are compared with GitHub again and again, then the pull request's CI is waited for, and nothing is written", async () => {
    const { app, issue } = await givenTwo();
    const before = await app.history(idOfIssue(issue));
    const { parts, clock, sandbox } = app;
    for (let hour = 0; hour < 3; hour++) {
      clock.advance(3600);
      for await (const finding of reconcile({ parts, clock, octokitFor: octokitsFor(outsideOf(sandbox)) }))
        expect(finding).toMatchObject({ found: "in_step", after: "ci_pending" });
    }
    expect(await app.history(idOfIssue(issue))).toEqual(before);
  });

  test.each(["issues", "pull_request"])(
    "when it is merged with CI under way and %s is heard first, then that broke the rule",
    async (first) => {
      const { app, issue, pull } = await givenTwo();
      pull.merge({ by: app.bob });
      const deliveries = app.sandbox.takePending();
      const isFirst = ({ event }: { readonly event: string }) => event === first;
      for (const one of [...deliveries.filter(isFirst), ...deliveries.filter((other) => !isFirst(other))])
        await app.receive(one);
      expect((await app.history(idOfIssue(issue))).slice(-2)).toEqual([
        "exception ci_pending → merged (pr.merged)",
        expect.stringMatching(/^transition merged → closed/),
      ]);
    },
  );
});

describe("given an issue of an Enterprise Server", () => {
  test("when an address names it at the server's own host and port, then that is the issue", async () => {
    const htmlUrl = "https://ghe.example:8443";
    const { app, one } = await given({ sandbox: { htmlUrl } });
    openPull(app, { body: `Fixes ${htmlUrl}/acme/shop/issues/1`, base: releaseBranch(app) });
    await app.settle();
    expect(await linkedBy(app, one)).toEqual(["keyword"]);
  });

  test("when an address names the same at github.com, then it is another", async () => {
    const { app } = await given({ sandbox: { htmlUrl: "https://ghe.example:8443" } });
    const pull = openPull(app, { body: "Fixes https://github.com/acme/shop/issues/1", base: releaseBranch(app) });
    await app.settle();
    expect(await app.recordIds()).toContain(idOfPull(pull));
  });
});

describe("given a description in a payload that is longer than any description", () => {
  test("when it has 10 MB, then what stands at its beginning counts", async () => {
    const { app, one } = await given();
    openPull(app, { base: releaseBranch(app) });
    const opened = newest(app.sandbox, "pull_request.opened");
    app.lose();
    const payload = changed(payloadOf(opened), "pull_request.body", `Fixes #1\n\n${"x".repeat(10_000_000)}`);
    await app.receive(aDelivery("pull_request", payload, "long"));
    expect(await linkedBy(app, one)).toEqual(["keyword"]);
  });
});
