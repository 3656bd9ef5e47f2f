import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../src/sandbox/index.js";
import { givenInstallationClient, givenSandbox } from "./given.js";

const CLOSERS = `query ($number: Int!) {
  repository(owner: "acme", name: "shop") {
    issue(number: $number) {
      timelineItems(itemTypes: [CLOSED_EVENT], last: 1) {
        nodes { ... on ClosedEvent { closer { __typename ... on Commit { oid } ... on PullRequest { number } } } }
        totalCount
      }
    }
  }
}`;

const CLOSING = `query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    databaseId
    nameWithOwner
    pullRequest(number: $number) {
      headRefOid state merged mergedAt reviewDecision
      closingIssuesReferences(first: 2, after: $after) {
        nodes { number url state repository { databaseId nameWithOwner } }
        pageInfo { hasNextPage endCursor }
        totalCount
      }
    }
  }
}`;

describe("given an installed App that asks by GraphQL", () => {
  const sandbox = givenSandbox();
  const repo = sandbox.repository("acme/shop");
  const site = sandbox.repository("acme/site");
  const [alice, bob] = [sandbox.user("alice"), sandbox.user("bob")];
  let server: RunningServer;
  let octokit: Octokit;
  beforeAll(async () => {
    server = await sandbox.listen();
    octokit = await givenInstallationClient(sandbox, server);
  });
  afterAll(() => server.close());

  const ask = (number: number, after?: string): Promise<unknown> =>
    octokit.graphql(CLOSING, { owner: "acme", name: "shop", number, ...(after === undefined ? {} : { after }) });

  test("when a pull request closes issues here and elsewhere, then all are listed, page by page", async () => {
    const one = repo.openIssue({ by: alice, title: "One" });
    const two = repo.openIssue({ by: alice, title: "Two" });
    const far = site.openIssue({ by: alice, title: "Far" });
    const body = `Fixes #${one.number}, closes #${two.number}. Resolves acme/site#${far.number}`;
    const pull = repo.openPullRequest({ by: alice, title: "All", body, head: "all" });
    expect(await ask(pull.number)).toMatchObject({
      repository: {
        databaseId: repo.id,
        nameWithOwner: "acme/shop",
        pullRequest: {
          headRefOid: pull.headSha,
          state: "OPEN",
          merged: false,
          reviewDecision: null,
          closingIssuesReferences: {
            nodes: [{ number: one.number, state: "OPEN" }, { number: two.number }],
            pageInfo: { hasNextPage: true, endCursor: "Y3Vyc29yOnYyOjI=" },
            totalCount: 3,
          },
        },
      },
    });
    expect(await ask(pull.number, "Y3Vyc29yOnYyOjI=")).toMatchObject({
      repository: {
        pullRequest: {
          closingIssuesReferences: {
            nodes: [{ number: far.number, repository: { databaseId: site.id, nameWithOwner: "acme/site" } }],
            pageInfo: { hasNextPage: false },
          },
        },
      },
    });
  });

  test("when the base is not the default branch, then nothing is linked", async () => {
    const issue = repo.openIssue({ by: alice, title: "Later" });
    repo.putFile("next.md", "next\n", { by: alice, branch: "next" });
    const body = `Fixes #${issue.number}`;
    const pull = repo.openPullRequest({ by: alice, title: "Next", body, head: "later", base: "next" });
    expect(await ask(pull.number)).toMatchObject({
      repository: { pullRequest: { closingIssuesReferences: { nodes: [], totalCount: 0 } } },
    });
  });

  test("when those with write access review, then the decision is theirs", async () => {
    const pull = repo.openPullRequest({ by: alice, title: "Decide", head: "decide" });
    pull.review({ by: bob, state: "approved" });
    expect(await ask(pull.number)).toMatchObject({ repository: { pullRequest: { reviewDecision: null } } });
    repo.grant(bob, "write");
    expect(await ask(pull.number)).toMatchObject({ repository: { pullRequest: { reviewDecision: "APPROVED" } } });
    pull.review({ by: bob, state: "changes_requested" });
    expect(await ask(pull.number)).toMatchObject({
      repository: { pullRequest: { reviewDecision: "CHANGES_REQUESTED" } },
    });
  });

  describe("when an issue was closed", () => {
    const closersOf = async (number: number): Promise<unknown> => {
      const { repository } = await octokit.graphql<{ repository: { issue: { timelineItems: object } } }>(CLOSERS, {
        number,
      });
      return repository.issue.timelineItems;
    };

    test("then what closed it last is named: the pull request whose text says so", async () => {
      const issue = repo.openIssue({ by: alice, title: "By text" });
      issue.close({ by: bob });
      issue.reopen({ by: bob });
      const body = `Fixes #${issue.number}`;
      const pull = repo.openPullRequest({ by: alice, title: "By text", body, head: "by-text" });
      pull.merge({ by: bob });
      expect(await closersOf(issue.number)).toEqual({
        nodes: [{ closer: { __typename: "PullRequest", number: pull.number } }],
        totalCount: 2,
      });
    });

    test("then what closed it is named: the commit whose message says so", async () => {
      const issue = repo.openIssue({ by: alice, title: "By message" });
      const message = `Mend\n\nFixes #${issue.number}`;
      const oid = repo.putFile("by-message.md", "mended\n", { by: alice, branch: "by-message", message });
      repo.openPullRequest({ by: alice, title: "By message", head: "by-message" }).merge({ by: bob });
      expect(await closersOf(issue.number)).toEqual({
        nodes: [{ closer: { __typename: "Commit", oid } }],
        totalCount: 1,
      });
    });

    test("then nothing is named where a person closed it", async () => {
      const issue = repo.openIssue({ by: alice, title: "By hand" });
      issue.close({ by: bob });
      expect(await closersOf(issue.number)).toEqual({ nodes: [{ closer: null }], totalCount: 1 });
    });
  });

  test("when the Enterprise layout is used, then GraphQL answers below /api", async () => {
    const enterprise = octokit.graphql.defaults({ baseUrl: `${server.url}/api/v3` });
    const answer = await enterprise("{ viewer { login } rateLimit { remaining } }");
    expect(answer).toMatchObject({ viewer: { login: "loopforge[bot]" } });
  });

  test("when something is not there, then NOT_FOUND in GitHub's form, and recorded", async () => {
    const missing = ask(999);
    await expect(missing).rejects.toMatchObject({
      errors: [
        {
          type: "NOT_FOUND",
          path: ["repository", "pullRequest"],
          message: "Could not resolve to a PullRequest with the number of 999.",
        },
      ],
      data: { repository: { pullRequest: null } },
    });
    const elsewhere = octokit.graphql(`{ repository(owner: "acme", name: "none") { id } }`);
    await expect(elsewhere).rejects.toMatchObject({ errors: [{ type: "NOT_FOUND", path: ["repository"] }] });
    expect(sandbox.errors.map(({ kind }) => kind)).toEqual(["graphql", "graphql"]);
  });

  test("when a field does not exist, then a validation error, and recorded", async () => {
    await expect(octokit.graphql("{ viewer { shoeSize } }")).rejects.toMatchObject({
      errors: [{ message: "Field 'shoeSize' doesn't exist on type 'User'" }],
    });
    expect(sandbox.errors.at(-1)?.message).toContain("shoeSize");
  });
});
