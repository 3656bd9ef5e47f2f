import { isNotThere } from "./github-errors.js";
import type { Repo } from "./observe/index.js";
import type { Octokit } from "./octokit.js";

/** An issue or a pull request, in whatever repository. */
export interface Numbered {
  readonly repo: Repo;
  readonly number: number;
}

const NODES = "nodes { number repository { databaseId nameWithOwner } }";

const CLOSED = `
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) { closingIssuesReferences(first: 50) { ${NODES} } }
  }
}`;

const CLOSERS = `
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) { closedByPullRequestsReferences(first: 20, includeClosedPrs: false) { ${NODES} } }
  }
}`;

interface References {
  readonly nodes: readonly (Node | null)[] | null;
}

interface Node {
  readonly number: number;
  readonly repository: { readonly databaseId: number; readonly nameWithOwner: string };
}

interface Answer {
  readonly repository: {
    readonly pullRequest?: { readonly closingIssuesReferences: References | null } | null;
    readonly issue?: { readonly closedByPullRequestsReferences: References | null } | null;
  } | null;
}

/** The issues that GitHub itself links to a pull request; null where it does not say. It links none to another than the default branch. */
export async function closedIssues(octokit: Octokit, repo: Repo, pull: number): Promise<readonly Numbered[] | null> {
  const answer = await ask(octokit, CLOSED, repo, pull);
  return answer && numbered(answer.repository?.pullRequest?.closingIssuesReferences);
}

/** The pull requests, open or merged, that GitHub says close an issue. */
export async function closingPulls(octokit: Octokit, repo: Repo, issue: number): Promise<readonly Numbered[]> {
  const answer = await ask(octokit, CLOSERS, repo, issue);
  return numbered(answer?.repository?.issue?.closedByPullRequestsReferences);
}

async function ask(octokit: Octokit, query: string, repo: Repo, number: number): Promise<Answer | null> {
  try {
    return await octokit.graphql<Answer>(query, { ...ownerAndName(repo), number });
  } catch (error) {
    if (isNotThere(error)) return null;
    throw error;
  }
}

function numbered(references: References | null | undefined): readonly Numbered[] {
  return (references?.nodes ?? []).flatMap((node) =>
    node
      ? [{ number: node.number, repo: { id: node.repository.databaseId, name: node.repository.nameWithOwner } }]
      : [],
  );
}

export function ownerAndName(repo: Pick<Repo, "name">): { readonly owner: string; readonly name: string } {
  const [owner = "", name = ""] = repo.name.split("/");
  return { owner, name };
}
