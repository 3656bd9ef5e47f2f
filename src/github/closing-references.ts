import { closingKeywords } from "./closing-keywords.js";
import { isNotThere } from "./github-errors.js";
import type { Repo } from "./observe/index.js";
import type { Octokit } from "./octokit.js";

const QUERY = `
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      closingIssuesReferences(first: 50) {
        nodes { number repository { databaseId } }
      }
    }
  }
}`;

interface References {
  readonly nodes:
    | readonly ({ readonly number: number; readonly repository: { readonly databaseId: number } } | null)[]
    | null;
}

interface Answer {
  readonly repository: {
    readonly pullRequest: { readonly closingIssuesReferences: References | null } | null;
  } | null;
}

/**
 * The numbers in its own repository that a pull request says it closes: GitHub's closing references, and the closing keywords of the
 * description, for GitHub lists none when the base is not the default branch. What a keyword names need not exist.
 */
export async function closedNumbers(
  octokit: Octokit | null,
  repo: Repo,
  number: number,
  body: string,
): Promise<readonly number[]> {
  const references = octokit ? await closingReferences(octokit, repo, number) : [];
  const named = closingKeywords(body)
    .filter((reference) => reference.repo === null || reference.repo === repo.name.toLowerCase())
    .map((reference) => reference.number);
  return [...new Set([...references, ...named])].filter((issue) => issue !== number);
}

const CLOSERS = `
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      closedByPullRequestsReferences(first: 20, includeClosedPrs: false) {
        nodes { number repository { databaseId } }
      }
    }
  }
}`;

interface Closers {
  readonly repository: {
    readonly issue: { readonly closedByPullRequestsReferences: References | null } | null;
  } | null;
}

/** The pull requests of its own repository, open or merged, that GitHub says close an issue. */
export async function closingPulls(octokit: Octokit, repo: Repo, issue: number): Promise<readonly number[]> {
  try {
    const answer = await octokit.graphql<Closers>(CLOSERS, { ...ownerAndName(repo), number: issue });
    return numbersIn(answer.repository?.issue?.closedByPullRequestsReferences, repo);
  } catch (error) {
    if (isNotThere(error)) return [];
    throw error;
  }
}

function numbersIn(references: References | null | undefined, repo: Repo): readonly number[] {
  return (references?.nodes ?? []).flatMap((node) =>
    node && node.repository.databaseId === repo.id ? [node.number] : [],
  );
}

async function closingReferences(octokit: Octokit, repo: Repo, number: number): Promise<readonly number[]> {
  try {
    const answer = await octokit.graphql<Answer>(QUERY, { ...ownerAndName(repo), number });
    return numbersIn(answer.repository?.pullRequest?.closingIssuesReferences, repo);
  } catch (error) {
    if (isNotThere(error)) return [];
    throw error;
  }
}

/** The payload of an issue; null where there is none, or it is a pull request. */
export async function readIssue(octokit: Octokit, repo: Repo, number: number): Promise<object | null> {
  const { owner, name } = ownerAndName(repo);
  try {
    const { data } = await octokit.rest.issues.get({ owner, repo: name, issue_number: number });
    return data.pull_request === undefined ? data : null;
  } catch (error) {
    if (isNotThere(error)) return null;
    throw error;
  }
}

export function ownerAndName(repo: Repo): { readonly owner: string; readonly name: string } {
  const [owner = "", name = ""] = repo.name.split("/");
  return { owner, name };
}
