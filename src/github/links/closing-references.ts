import { isNotThere } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import type { Repo } from "../observe/index.js";

/** An issue or a pull request, in whatever repository. */
export interface Numbered {
  readonly repo: Repo;
  readonly number: number;
}

/** An issue that a pull request closes. */
export interface ClosedIssue extends Numbered {
  /** How often it was reopened: by this it shows whether a reopening was not heard of. */
  readonly reopenings: number;
}

const NAME = "number repository { databaseId nameWithOwner }";

const CLOSED = `
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) { closingIssuesReferences(first: 50) {
      nodes { ${NAME} timelineItems(itemTypes: [REOPENED_EVENT]) { totalCount } }
    } }
  }
}`;

const REOPENINGS = `
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) { timelineItems(itemTypes: [REOPENED_EVENT]) { totalCount } }
  }
}`;

const CLOSERS = `
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) { closedByPullRequestsReferences(first: 20, includeClosedPrs: false) {
      nodes { ${NAME} }
    } }
  }
}`;

interface References {
  readonly nodes: readonly (Node | null)[] | null;
}

interface Node {
  readonly number: number;
  readonly repository: { readonly databaseId: number; readonly nameWithOwner: string };
  readonly timelineItems?: { readonly totalCount: number };
}

interface Answer {
  readonly repository: {
    readonly pullRequest?: { readonly closingIssuesReferences: References | null } | null;
    readonly issue?: {
      readonly closedByPullRequestsReferences?: References | null;
      readonly timelineItems?: { readonly totalCount: number };
    } | null;
  } | null;
}

/** The issues that GitHub itself links to a pull request; null where it does not say. It links none to another than the default branch. */
export async function closedIssues(octokit: Octokit, repo: Repo, pull: number): Promise<readonly ClosedIssue[] | null> {
  const answer = await ask(octokit, CLOSED, repo, pull);
  return answer && numbered(answer.repository?.pullRequest?.closingIssuesReferences);
}

/** The pull requests, open or merged, that GitHub says close an issue. */
export async function closingPulls(octokit: Octokit, repo: Repo, issue: number): Promise<readonly Numbered[]> {
  const answer = await ask(octokit, CLOSERS, repo, issue);
  return numbered(answer?.repository?.issue?.closedByPullRequestsReferences);
}

/** How often an issue was reopened; 0 where GitHub does not say. */
export async function reopeningsOf(octokit: Octokit, repo: Repo, issue: number): Promise<number> {
  const answer = await ask(octokit, REOPENINGS, repo, issue);
  return answer?.repository?.issue?.timelineItems?.totalCount ?? 0;
}

async function ask(octokit: Octokit, query: string, repo: Repo, number: number): Promise<Answer | null> {
  try {
    return await octokit.graphql<Answer>(query, { ...ownerAndName(repo), number });
  } catch (error) {
    if (isNotThere(error)) return null;
    throw error;
  }
}

function numbered(references: References | null | undefined): readonly ClosedIssue[] {
  return (references?.nodes ?? []).flatMap((node) =>
    node
      ? [
          {
            number: node.number,
            repo: { id: node.repository.databaseId, name: node.repository.nameWithOwner },
            reopenings: node.timelineItems?.totalCount ?? 0,
          },
        ]
      : [],
  );
}

export function ownerAndName(repo: Pick<Repo, "name">): { readonly owner: string; readonly name: string } {
  const [owner = "", name = ""] = repo.name.split("/");
  return { owner, name };
}
