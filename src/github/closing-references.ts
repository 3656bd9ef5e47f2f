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

interface Answer {
  readonly repository: {
    readonly pullRequest: {
      readonly closingIssuesReferences: {
        readonly nodes:
          | readonly ({ readonly number: number; readonly repository: { readonly databaseId: number } } | null)[]
          | null;
      } | null;
    } | null;
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

async function closingReferences(octokit: Octokit, repo: Repo, number: number): Promise<readonly number[]> {
  try {
    const answer = await octokit.graphql<Answer>(QUERY, { ...ownerAndName(repo), number });
    const nodes = answer.repository?.pullRequest?.closingIssuesReferences?.nodes ?? [];
    return nodes.flatMap((node) => (node && node.repository.databaseId === repo.id ? [node.number] : []));
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
