import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PullRequest, Repository, Sandbox, SandboxOptions, User } from "../../src/sandbox/index.js";
import { givenSandbox, testClock } from "./given.js";
import { schemaErrors } from "./schema.js";

let sandbox: Sandbox;
let repo: Repository;
let alice: User;
let bob: User;

function start(options: Partial<SandboxOptions> = {}): void {
  sandbox = givenSandbox(options);
  repo = sandbox.repository("acme/shop");
  alice = sandbox.user("alice");
  bob = sandbox.user("bob");
  repo.grant(bob, "write");
}

beforeEach(() => start());
afterEach(() => {
  expect(sandbox.deliveries.flatMap(schemaErrors)).toEqual([]);
});

/** What happened since, as `event.action`, our own App's check suites aside. */
function since(from: number): string[] {
  return sandbox.deliveries.slice(from).flatMap(({ event, action, payload }) => {
    if ("check_suite" in payload && payload.check_suite.app.slug === "loopforge") return [];
    return [action === null ? event : `${event}.${action}`];
  });
}

function payloads(event: string, action: string | null): unknown[] {
  return sandbox.deliveries.filter((one) => one.event === event && one.action === action).map(({ payload }) => payload);
}

describe("given issues and pull requests", () => {
  test("then they share one sequence of numbers", () => {
    const first = repo.openIssue({ by: alice, title: "One" });
    const second = repo.openPullRequest({ by: alice, title: "Two", head: "two" });
    const third = repo.openIssue({ by: alice, title: "Three" });
    expect([first.number, second.number, third.number]).toEqual([1, 2, 3]);
  });

  test("when a pull request opens from a new branch, then the push and its suites come first", () => {
    sandbox.checksApp("ci-bot");
    const from = sandbox.deliveries.length;
    repo.openPullRequest({ by: alice, title: "Mend", head: "mend", labels: ["bug"] });
    expect(since(from)).toEqual(["push", "check_suite.requested", "pull_request.opened", "pull_request.labeled"]);
  });

  test("when its head is pushed, then synchronize names the head before and after", () => {
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    const before = pull.headSha;
    const from = sandbox.deliveries.length;
    const { sha } = pull.push({ by: alice, message: "More" });
    expect(since(from)).toEqual(["push", "pull_request.synchronize"]);
    expect(sandbox.deliveries.at(-1)?.payload).toMatchObject({ before, after: sha, pull_request: { head: { sha } } });
  });

  test("when deliveries wait, then they keep what was true when they were made", () => {
    const issue = repo.openIssue({ by: alice, title: "Before" });
    issue.label("bug", { by: bob });
    issue.edit({ by: alice, title: "After" });
    issue.close({ by: bob });
    expect(payloads("issues", "opened")).toMatchObject([{ issue: { title: "Before", state: "open", labels: [] } }]);
    expect(payloads("issues", "closed")).toMatchObject([{ issue: { title: "After", state_reason: "completed" } }]);
  });

  test("then times are GitHub's: to the second, in UTC", () => {
    const clock = testClock("2026-02-03T04:05:06.789Z");
    start({ clock });
    clock.advance(60);
    expect(repo.openIssue({ by: alice, title: "Now" }).createdAt).toBe("2026-02-03T04:06:06Z");
  });

  test("then authors are told apart by how they stand to the repository", () => {
    const carol = sandbox.user("carol");
    repo.openIssue({ by: bob, title: "A member's" });
    repo.openIssue({ by: carol, title: "A stranger's" });
    repo.openPullRequest({ by: carol, title: "First", head: "first" }).merge({ by: bob });
    repo.openIssue({ by: carol, title: "A contributor's" });
    expect(payloads("issues", "opened")).toMatchObject([
      { issue: { author_association: "MEMBER" } },
      { issue: { author_association: "NONE" } },
      { issue: { author_association: "CONTRIBUTOR" } },
    ]);
  });
});

describe("given a pull request that closes issues by keywords", () => {
  test.each([
    ["close", "Closes #1"],
    ["fix", "This is fixed: fixes #1."],
    ["colon", "Resolved: #1"],
    ["upper case", "FIX #1"],
    ["full name", "fixes acme/shop#1"],
    ["address", "fixes https://github.com/acme/shop/issues/1"],
    ["second line", "A word\nresolve #1"],
  ])("when merged into the default branch, then the issue is closed as completed by the merger: %s", (_, body) => {
    const issue = repo.openIssue({ by: alice, title: "Broken" });
    const pull = repo.openPullRequest({ by: alice, title: "Mend", body, head: "mend" });
    const from = sandbox.deliveries.length;
    pull.merge({ by: bob });
    expect(issue).toMatchObject({ state: "closed", stateReason: "completed" });
    expect(since(from)).toEqual(["pull_request.closed", "push", "issues.closed"]);
    expect(sandbox.deliveries.at(-1)?.payload).toMatchObject({ sender: { login: "bob" }, issue: { number: 1 } });
  });

  test.each([
    ["code", "`fixes #1`"],
    ["a code block", "```\nfixes #1\n```"],
    ["a comment", "<!-- fixes #1 -->"],
    ["a mere mention", "see #1"],
    ["another word", "prefixes #1"],
    ["a second number without a keyword", "fixes #9, #1"],
    ["another repository", "fixes acme/site#1"],
    ["a longer number", "fixes #12"],
    ["a keyword in one paragraph, a number in the next", "This is a fix\n\n#1 is another matter"],
  ])("when the keyword is not one, then the issue stays open: %s", (_, body) => {
    const issue = repo.openIssue({ by: alice, title: "Broken" });
    repo.openPullRequest({ by: alice, title: "Mend", body, head: "mend" }).merge({ by: bob });
    expect(issue.state).toBe("open");
  });

  test("when merged into another branch, then the issue stays open", () => {
    const issue = repo.openIssue({ by: alice, title: "Broken" });
    repo.putFile("next.md", "next\n", { by: bob, branch: "next" });
    repo.openPullRequest({ by: alice, title: "Mend", body: "Fixes #1", head: "mend", base: "next" }).merge({ by: bob });
    expect(issue.state).toBe("open");
  });

  test("when a commit on the default branch says so, then the issue is closed", () => {
    const issue = repo.openIssue({ by: alice, title: "Broken" });
    repo.putFile("a.txt", "a\n", { by: bob, message: "Mend\n\nFixes #1" });
    expect(issue.state).toBe("closed");
  });
});

describe("given checks of a foreign App", () => {
  test("when all runs of its suite are complete, then the suite completes once, with the worst conclusion", () => {
    const ci = sandbox.checksApp("ci-bot");
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    const from = sandbox.deliveries.length;
    const unit = repo.startCheck({ app: ci, sha: pull.headSha, name: "unit" });
    const lint = repo.startCheck({ app: ci, sha: pull.headSha, name: "lint" });
    unit.start().complete("success");
    expect(unit.suite.status).toBe("in_progress");
    lint.complete("failure");
    expect(unit.suite).toMatchObject({ status: "completed", conclusion: "failure" });
    expect(since(from)).toEqual([
      "check_run.created",
      "check_run.created",
      "check_run.completed",
      "check_run.completed",
      "check_suite.completed",
    ]);
  });

  test("when a run is repeated under its name, then the newest counts", () => {
    const ci = sandbox.checksApp("ci-bot");
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    const { suite } = repo.startCheck({ app: ci, sha: pull.headSha, name: "unit" }).complete("failure");
    suite.rerequest({ by: alice });
    expect(suite).toMatchObject({ status: "queued", conclusion: null });
    repo.startCheck({ app: ci, sha: pull.headSha, name: "unit" }).complete("success");
    expect(suite).toMatchObject({ status: "completed", conclusion: "success" });
  });

  test("when its App completes a run once more in place, then that is announced, and the time of its suite stays", () => {
    const clock = testClock();
    start({ clock });
    const ci = sandbox.checksApp("ci-bot");
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    const run = repo.reportCheck({ app: ci, sha: pull.headSha, name: "summary", conclusion: "success" });
    const { updatedAt } = run.suite;
    const from = sandbox.deliveries.length;
    clock.advance(60);
    run.update({ conclusion: "success", completedAt: "2026-01-05T09:01:00Z" });
    expect(since(from)).toEqual(["check_run.completed"]);
    expect(run.suite.updatedAt).toBe(updatedAt);
  });

  test("when its App sets a completed run to in progress, then GitHub tells nobody, and shows it", () => {
    const ci = sandbox.checksApp("ci-bot");
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    const run = repo.reportCheck({ app: ci, sha: pull.headSha, name: "summary", conclusion: "success" });
    const from = sandbox.deliveries.length;
    run.restart();
    expect(since(from)).toEqual([]);
    expect(run).toMatchObject({ status: "in_progress", conclusion: null, completedAt: null });
  });

  test.each([
    ["listed", [1]],
    ["empty", []],
  ] as const)("when check events are to have their pull requests %s, then they have", (checkPullRequests, numbers) => {
    start({ checkPullRequests });
    const ci = sandbox.checksApp("ci-bot");
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    repo.startCheck({ app: ci, sha: pull.headSha, name: "unit" });
    expect(payloads("check_run", "created")).toMatchObject([
      { check_run: { pull_requests: numbers.map((number) => ({ number })) } },
    ]);
  });

  test("when the pull request comes from a fork, then its checks name no pull request", () => {
    const ci = sandbox.checksApp("ci-bot");
    repo.fork({ by: alice });
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "alice:mend" });
    repo.startCheck({ app: ci, sha: pull.headSha, name: "unit" });
    pull.push({ by: alice, message: "More" });
    expect(payloads("check_run", "created")).toMatchObject([{ check_run: { pull_requests: [] } }]);
    expect(payloads("pull_request", "synchronize")).toMatchObject([
      { pull_request: { head: { label: "alice:mend", repo: { full_name: "alice/shop", fork: true } } } },
    ]);
    expect(payloads("push", null)).toEqual([]);
  });
});

describe("given a review", () => {
  test("then it is bound to the head it was given on, and asks for no review any more", () => {
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    pull.requestReview(bob, { by: alice });
    const review = pull.review({ by: bob, state: "approved" });
    const { sha } = pull.push({ by: alice, message: "More" });
    expect(review.commitId).not.toBe(sha);
    expect(payloads("pull_request_review", "submitted")).toMatchObject([
      { review: { state: "approved", commit_id: review.commitId }, pull_request: { requested_reviewers: [] } },
    ]);
  });

  test("when authors approve their own pull request, then 422", () => {
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    expect(() => pull.review({ by: alice, state: "approved" })).toThrow("Unprocessable Entity");
    expect(pull.review({ by: alice, state: "commented", body: "Note" }).state).toBe("commented");
  });
});

test("given a pull request whose commits are pushed to the base by hand, then it is merged and nobody is the merger", () => {
  const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
  const from = sandbox.deliveries.length;
  pull.landByPush({ by: bob });
  expect(since(from)).toEqual(["push", "pull_request.closed"]);
  expect(payloads("pull_request", "closed")).toMatchObject([{ pull_request: { merged: true, merged_by: null } }]);
});

describe("given a branch that requires checks", () => {
  const refusal = (pull: PullRequest) => {
    try {
      pull.merge({ by: bob });
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : error;
    }
  };

  test("when its one check has not come, runs, fails and passes, then GitHub says so until it passes", () => {
    const ci = sandbox.checksApp("ci-bot");
    repo.requireChecks(["unit"]);
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    expect(refusal(pull)).toBe('Required status check "unit" is expected.');
    const run = repo.startCheck({ app: ci, sha: pull.headSha, name: "unit" }).start();
    expect(refusal(pull)).toBe('Required status check "unit" is in progress.');
    run.complete("failure");
    expect(refusal(pull)).toBe('Required status check "unit" is failing.');
    repo.startCheck({ app: ci, sha: pull.headSha, name: "unit" }).complete("neutral");
    expect(refusal(pull)).toBeNull();
  });

  test("when several are open, then GitHub counts them, a status like a check run", () => {
    const ci = sandbox.checksApp("ci-bot");
    repo.requireChecks(["unit", "lint", "deploy"]);
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    repo.startCheck({ app: ci, sha: pull.headSha, name: "unit" }).complete("success");
    repo.setStatus({ by: alice, sha: pull.headSha, context: "deploy", state: "error" });
    expect(refusal(pull)).toBe("2 of 3 required status checks have not succeeded: 1 expected and 1 failing.");
  });

  test("when the merge queue merges, then the checks of its trial merge count", () => {
    const ci = sandbox.checksApp("ci-bot");
    repo.requireChecks(["unit"]);
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    const group = pull.enqueue({ by: bob });
    expect(() => group.merge()).toThrow('Required status check "unit" is expected.');
    repo.startCheck({ app: ci, sha: group.headSha, name: "unit" }).complete("success");
    group.merge();
    expect(pull.merged).toBe(true);
  });
});

describe("given a merge queue", () => {
  test("when the head changes, then the pull request leaves the queue", () => {
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    pull.enqueue({ by: bob });
    const from = sandbox.deliveries.length;
    pull.push({ by: alice, message: "More" });
    expect(since(from)).toEqual(["push", "pull_request.dequeued", "merge_group.destroyed", "pull_request.synchronize"]);
    expect(payloads("merge_group", "destroyed")).toMatchObject([{ reason: "dequeued" }]);
  });

  test("when an earlier group comes to nothing, then the pull request stays in the queue, in another group", () => {
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    const group = pull.enqueue({ by: bob });
    const from = sandbox.deliveries.length;
    const next = group.invalidate({ by: bob });
    expect(since(from)).toEqual(["merge_group.destroyed", "merge_group.checks_requested"]);
    expect(payloads("merge_group", "destroyed")).toMatchObject([{ reason: "invalidated" }]);
    expect(next.headSha).not.toBe(group.headSha);
    expect(pull.mergeGroup).toBe(next);
  });

  test("when the group merges, then the queue's bot has merged the pull request and taken it out of the queue", () => {
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    const group = pull.enqueue({ by: bob });
    const from = sandbox.deliveries.length;
    group.merge();
    expect(since(from)).toEqual(["pull_request.closed", "push", "pull_request.dequeued", "merge_group.destroyed"]);
    expect(payloads("pull_request", "closed")).toMatchObject([
      { pull_request: { merged: true, merged_by: { login: "github-merge-queue[bot]", type: "Bot" } } },
    ]);
    expect(payloads("pull_request", "dequeued")).toMatchObject([{ reason: "MERGE" }]);
    expect(payloads("merge_group", "destroyed")).toMatchObject([{ reason: "merged" }]);
  });

  test("when the group merges, then the base moves to the very commit that was tested", () => {
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend", files: { "mend.ts": "export {};\n" } });
    const group = pull.enqueue({ by: bob });
    group.merge();
    expect(pull.mergeCommitSha).toBe(group.headSha);
    expect(repo.headOf()).toBe(group.headSha);
    expect(repo.git.file("mend.ts", "main")).toBe("export {};\n");
  });
});

describe("given stacked pull requests", () => {
  test("when the lower one is merged and its branch deleted, then the upper one goes to where it went", () => {
    const lower = repo.openPullRequest({ by: alice, title: "Lower", head: "lower" });
    const upper = repo.openPullRequest({ by: alice, title: "Upper", head: "upper", base: "lower" });
    lower.merge({ by: bob });
    repo.deleteBranch("lower", { by: bob });
    expect(upper).toMatchObject({ base: "main", state: "open" });
    expect(payloads("pull_request", "edited")).toMatchObject([{ changes: { base: { ref: { from: "lower" } } } }]);
  });

  test("when the branch of one that was not merged is deleted, then the upper one is closed", () => {
    repo.openPullRequest({ by: alice, title: "Lower", head: "lower" });
    const upper = repo.openPullRequest({ by: alice, title: "Upper", head: "upper", base: "lower" });
    repo.deleteBranch("lower", { by: bob });
    expect(upper.state).toBe("closed");
  });
});

test("given the same steps twice, then the same deliveries", () => {
  const run = (): string[] => {
    start();
    const ci = sandbox.checksApp("ci-bot");
    const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
    repo.startCheck({ app: ci, sha: pull.headSha, name: "unit" }).complete("success");
    pull.merge({ by: bob });
    return sandbox.deliveries.map(({ body }) => body);
  };
  expect(run()).toEqual(run());
});
