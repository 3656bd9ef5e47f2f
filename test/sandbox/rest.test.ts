import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RunningServer } from "../../src/sandbox/index.js";
import { givenInstallationClient, givenSandbox } from "./given.js";
import { schemaErrors } from "./schema.js";

const shop = { owner: "acme", repo: "shop" };

describe("given an installed App with a token", () => {
  const sandbox = givenSandbox();
  const repo = sandbox.repository("acme/shop");
  const [alice, bob] = [sandbox.user("alice"), sandbox.user("bob")];
  repo.grant(alice, "maintain");
  const ci = sandbox.checksApp("ci-bot");
  let server: RunningServer;
  let octokit: Octokit;

  beforeAll(async () => {
    server = await sandbox.listen();
    octokit = await givenInstallationClient(sandbox, server);
  });
  afterAll(() => server.close());

  const actions = (from: number): string[] =>
    sandbox.deliveries.slice(from).map(({ event, action }) => (action === null ? event : `${event}.${action}`));

  test("when it reads repositories, then the names and ids are those of the state", async () => {
    const { data } = await octokit.rest.repos.get(shop);
    expect(data).toMatchObject({
      id: repo.id,
      full_name: "acme/shop",
      default_branch: "main",
      owner: { login: "acme" },
    });
    const byId = await octokit.request("GET /repositories/{id}", { id: repo.id });
    expect(byId.data.full_name).toBe("acme/shop");
    const installed = await octokit.rest.apps.listReposAccessibleToInstallation();
    expect(installed.data.repositories.map(({ full_name }) => full_name)).toEqual(["acme/shop"]);
  });

  test("when it asks for permissions, then maintain counts as write and strangers read what is public", async () => {
    const ask = octokit.rest.repos.getCollaboratorPermissionLevel;
    expect((await ask({ ...shop, username: "alice" })).data).toMatchObject({
      permission: "write",
      role_name: "maintain",
    });
    expect((await ask({ ...shop, username: "bob" })).data).toMatchObject({ permission: "read" });
    await expect(ask({ ...shop, username: "nobody" })).rejects.toMatchObject({ status: 404 });
  });

  test("when it reads a file, then it gets base64, and 404 where there is none", async () => {
    repo.putFile(".github/loopforge.yml", `auto_merge: true # ${"long ".repeat(30)}\n`, { by: alice });
    const { data } = await octokit.rest.repos.getContent({ ...shop, path: ".github/loopforge.yml" });
    if (!("content" in data)) throw new Error("not a file");
    expect(Buffer.from(data.content, "base64").toString()).toContain("auto_merge: true");
    const raw = await octokit.rest.repos.getContent({ ...shop, path: "README.md", mediaType: { format: "raw" } });
    expect(raw.data).toBe("# shop\n");
    await expect(octokit.rest.repos.getContent({ ...shop, path: "nothing.yml" })).rejects.toMatchObject({
      status: 404,
    });
    expect(sandbox.errors).toEqual([]);
  });

  test("when it lists issues page by page, then Link headers lead through all of them", async () => {
    for (let count = 0; count < 5; count += 1) repo.openIssue({ by: alice, title: `Issue ${count}` });
    repo.openIssue({ by: alice, title: "Done" }).close({ by: alice, reason: "not_planned" });
    const open = await octokit.paginate(octokit.rest.issues.listForRepo, { ...shop, per_page: 2 });
    expect(open.map(({ title }) => title)).toEqual(["Issue 4", "Issue 3", "Issue 2", "Issue 1", "Issue 0"]);
    const closed = await octokit.rest.issues.listForRepo({ ...shop, state: "closed" });
    expect(closed.data[0]).toMatchObject({ title: "Done", state_reason: "not_planned" });
    const later = await octokit.rest.issues.listForRepo({ ...shop, since: "2030-01-01T00:00:00Z" });
    expect(later.data).toEqual([]);
  });

  test("when it comments, edits, reacts and deletes, then the state follows and events go out in its name", async () => {
    const issue = repo.openIssue({ by: alice, title: "Talk" });
    const from = sandbox.deliveries.length;
    const { data } = await octokit.rest.issues.createComment({ ...shop, issue_number: issue.number, body: "Hello" });
    expect(data.user?.login).toBe("loopforge[bot]");
    const comment = { ...shop, comment_id: data.id };
    await octokit.rest.issues.updateComment({ ...comment, body: "Hello again" });
    expect((await octokit.rest.issues.getComment(comment)).data.body).toBe("Hello again");
    expect((await octokit.rest.issues.listComments({ ...shop, issue_number: issue.number })).data).toHaveLength(1);
    const reaction = await octokit.rest.reactions.createForIssueComment({ ...comment, content: "rocket" });
    expect(reaction.status).toBe(201);
    await octokit.rest.issues.deleteComment(comment);
    await expect(octokit.rest.issues.getComment(comment)).rejects.toMatchObject({ status: 404 });
    expect(actions(from)).toEqual(["issue_comment.created", "issue_comment.edited", "issue_comment.deleted"]);
  });

  test("when a comment is longer than 65536 characters, then 422", async () => {
    const issue = repo.openIssue({ by: alice, title: "Long" });
    const say = (length: number) =>
      octokit.rest.issues.createComment({ ...shop, issue_number: issue.number, body: "x".repeat(length) });
    expect((await say(65_536)).status).toBe(201);
    await expect(say(65_537)).rejects.toMatchObject({ status: 422 });
  });

  test("when it labels, then the timeline tells", async () => {
    const issue = repo.openIssue({ by: alice, title: "Label me" });
    const target = { ...shop, issue_number: issue.number };
    await octokit.rest.issues.addLabels({ ...target, labels: ["queued", "needs review"] });
    const left = await octokit.rest.issues.removeLabel({ ...target, name: "needs review" });
    expect(left.data.map(({ name }) => name)).toEqual(["queued"]);
    issue.assign(bob, { by: alice });
    issue.close({ by: alice });
    const timeline = await octokit.rest.issues.listEventsForTimeline(target);
    expect(timeline.data.map(({ event }) => event)).toEqual(["labeled", "labeled", "unlabeled", "assigned", "closed"]);
    expect((await octokit.rest.issues.get(target)).data).toMatchObject({
      state: "closed",
      closed_by: { login: "alice" },
    });
  });

  test("when it reads a pull request, then head, reviews, commits and files are there", async () => {
    const pull = repo.openPullRequest({ by: alice, title: "Read me", head: "read", files: { "a.txt": "one\ntwo" } });
    pull.push({ by: alice, message: "More", files: { "b.txt": "three" } });
    pull.review({ by: bob, state: "approved" });
    const target = { ...shop, pull_number: pull.number };
    expect((await octokit.rest.pulls.get(target)).data).toMatchObject({
      head: { sha: pull.headSha, ref: "read" },
      merged: false,
      mergeable: true,
      commits: 2,
      changed_files: 2,
      additions: 3,
    });
    const reviews = await octokit.rest.pulls.listReviews(target);
    expect(reviews.data).toMatchObject([{ state: "APPROVED", commit_id: pull.headSha, user: { login: "bob" } }]);
    expect((await octokit.rest.pulls.listCommits(target)).data).toHaveLength(2);
    expect((await octokit.rest.pulls.listFiles(target)).data.map(({ filename }) => filename)).toEqual([
      "a.txt",
      "b.txt",
    ]);
    const byHead = await octokit.rest.pulls.list({ ...shop, head: "acme:read" });
    expect(byHead.data.map(({ number }) => number)).toEqual([pull.number]);
    const byCommit = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({
      ...shop,
      commit_sha: pull.headSha,
    });
    expect(byCommit.data.map(({ number }) => number)).toEqual([pull.number]);
    expect((await octokit.rest.repos.getCommit({ ...shop, ref: pull.headSha })).data.commit.message).toBe("More");
  });

  test("when it merges, then 405 for a draft or conflict, 409 for another head, and the bot is the merger", async () => {
    const issue = repo.openIssue({ by: alice, title: "Mend" });
    const body = `Closes #${issue.number}`;
    const pull = repo.openPullRequest({ by: alice, title: "Merge me", body, head: "merge", draft: true });
    const target = { ...shop, pull_number: pull.number };
    await expect(octokit.rest.pulls.merge(target)).rejects.toMatchObject({ status: 405 });
    pull.readyForReview({ by: alice });
    pull.mergeable = false;
    await expect(octokit.rest.pulls.merge(target)).rejects.toMatchObject({ status: 405 });
    pull.mergeable = true;
    await expect(octokit.rest.pulls.merge({ ...target, sha: "0".repeat(40) })).rejects.toMatchObject({ status: 409 });
    const from = sandbox.deliveries.length;
    const merged = await octokit.rest.pulls.merge({ ...target, sha: pull.headSha, merge_method: "squash" });
    expect((await octokit.rest.pulls.get(target)).data).toMatchObject({
      merged: true,
      merged_by: { login: "loopforge[bot]" },
      merge_commit_sha: merged.data.sha,
    });
    expect(issue.state).toBe("closed");
    expect(actions(from).filter((kind) => kind !== "check_suite.requested")).toEqual([
      "pull_request.closed",
      "push",
      "issues.closed",
    ]);
    await expect(octokit.rest.pulls.merge(target)).rejects.toMatchObject({ status: 405 });
  });

  test("when it keeps a check run, then only its own, within GitHub's limits", async () => {
    const pull = repo.openPullRequest({ by: alice, title: "Check me", head: "check" });
    const foreign = repo.startCheck({ app: ci, sha: pull.headSha, name: "test" });
    const from = sandbox.deliveries.length;
    const { data } = await octokit.rest.checks.create({ ...shop, name: "loop", head_sha: pull.headSha });
    const mine = { ...shop, check_run_id: data.id };
    await octokit.rest.checks.update({ ...mine, status: "in_progress" });
    const output = { title: "Done", summary: "s".repeat(65_535) };
    await octokit.rest.checks.update({ ...mine, conclusion: "neutral", output });
    expect((await octokit.rest.checks.get(mine)).data).toMatchObject({ status: "completed", conclusion: "neutral" });
    expect(actions(from)).toEqual(["check_run.created", "check_run.completed", "check_suite.completed"]);
    const tooLong = { title: "Done", summary: "s".repeat(65_536) };
    await expect(octokit.rest.checks.update({ ...mine, output: tooLong })).rejects.toMatchObject({ status: 422 });
    const annotation = { path: "a", start_line: 1, end_line: 1, annotation_level: "notice" as const, message: "m" };
    const crowded = { title: "Done", summary: "", annotations: Array.from({ length: 51 }, () => annotation) };
    await expect(octokit.rest.checks.update({ ...mine, output: crowded })).rejects.toMatchObject({ status: 422 });
    const theirs = octokit.rest.checks.update({
      ...shop,
      check_run_id: foreign.id,
      status: "completed",
      conclusion: "success",
    });
    await expect(theirs).rejects.toMatchObject({ status: 403 });
  });

  test("when it judges a commit, then it sees the latest runs and statuses of all Apps", async () => {
    const pull = repo.openPullRequest({ by: alice, title: "Judge me", head: "judge" });
    const ref = { ...shop, ref: pull.headSha };
    expect((await octokit.rest.repos.getCombinedStatusForRef(ref)).data).toMatchObject({
      state: "pending",
      total_count: 0,
    });
    repo.startCheck({ app: ci, sha: pull.headSha, name: "test" }).complete("failure");
    repo.startCheck({ app: ci, sha: pull.headSha, name: "test" }).complete("success");
    const latest = await octokit.rest.checks.listForRef(ref);
    expect(latest.data.check_runs.map(({ conclusion }) => conclusion)).toEqual(["success"]);
    expect((await octokit.rest.checks.listForRef({ ...ref, filter: "all" })).data.total_count).toBe(2);
    const suites = await octokit.rest.checks.listSuitesForRef(ref);
    expect(suites.data.check_suites.map(({ app, status, conclusion }) => [app?.slug, status, conclusion])).toEqual([
      ["loopforge", "queued", null],
      ["ci-bot", "completed", "success"],
    ]);
    for (const state of ["failure", "success"] as const)
      repo.setStatus({ by: bob, sha: pull.headSha, context: "deploy", state });
    expect((await octokit.rest.repos.getCombinedStatusForRef(ref)).data).toMatchObject({
      state: "success",
      total_count: 1,
    });
    expect((await octokit.rest.repos.listCommitStatusesForRef(ref)).data.map(({ state }) => state)).toEqual([
      "success",
      "failure",
    ]);
  });

  test("when any answer comes, then it carries GitHub's rate limit and request id", async () => {
    const { headers } = await octokit.rest.rateLimit.get();
    expect(headers).toMatchObject({ "x-ratelimit-limit": "5000", "x-ratelimit-resource": "core" });
    expect(headers["x-github-request-id"]).toMatch(/^SAND:/);
    expect(sandbox.errors).toEqual([]);
  });

  test("when a fault is set, then it answers in the routes' place", async () => {
    sandbox.faults = async (context, next) =>
      context.req.path === "/repos/acme/shop" ? context.body(null, 502) : next();
    await expect(octokit.rest.repos.get(shop)).rejects.toMatchObject({ status: 502 });
    expect((await octokit.rest.rateLimit.get()).status).toBe(200);
    sandbox.faults = null;
    expect((await octokit.rest.repos.get(shop)).status).toBe(200);
  });

  test("when all is done, then every delivery that the App's own writes made is valid too", () => {
    expect(sandbox.deliveries.flatMap(schemaErrors)).toEqual([]);
  });
});

test("given a reviewer who has deleted the account, then the review names nobody, and their permission is not found", async () => {
  const sandbox = givenSandbox();
  const repo = sandbox.repository("acme/shop");
  const [alice, erin] = [sandbox.user("alice"), sandbox.user("erin")];
  repo.grant(erin, "write");
  const pull = repo.openPullRequest({ by: alice, title: "Mend", head: "mend" });
  pull.review({ by: erin, state: "approved" });
  sandbox.deleteUser(erin);
  const server = await sandbox.listen();
  onTestFinished(() => server.close());
  const octokit = await givenInstallationClient(sandbox, server);
  const { data } = await octokit.rest.pulls.listReviews({ ...shop, pull_number: pull.number });
  expect(data).toMatchObject([{ state: "APPROVED", user: null, author_association: "NONE" }]);
  const permission = octokit.rest.repos.getCollaboratorPermissionLevel({ ...shop, username: "erin" });
  await expect(permission).rejects.toMatchObject({ status: 404 });
});
