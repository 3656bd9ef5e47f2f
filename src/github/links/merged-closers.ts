import { isNotThere } from "../client/github-errors.js";
import { askGraphql } from "../client/graphql.js";
import type { Octokit } from "../client/octokit.js";
import type { Repo } from "../observe/index.js";
import { type Numbered, ownerAndName } from "./closing-references.js";

const LAST_CLOSE = `
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) { timelineItems(itemTypes: [CLOSED_EVENT], last: 1) {
      nodes { ... on ClosedEvent { closer { __typename ... on Commit { oid } } } }
    } }
  }
}`;

interface Answer {
  readonly repository: {
    readonly issue: {
      readonly timelineItems: {
        readonly nodes:
          | readonly ({ readonly closer?: { readonly __typename: string; readonly oid?: string } | null } | null)[]
          | null;
      } | null;
    } | null;
  } | null;
}

/**
 * The merged pull requests that brought the commit whose message closed an issue: none of them names the issue, and GitHub links none. Empty
 * where something else closed it, or GitHub does not say.
 * @throws GithubUnavailableError where it did not answer: by this it is decided whether an issue was given up
 */
export async function mergedClosers(octokit: Octokit, repo: Repo, number: number): Promise<readonly Numbered[]> {
  const { owner, name } = ownerAndName(repo);
  const answer = await askGraphql<Answer>(octokit, LAST_CLOSE, { owner, name, number });
  const sha = answer?.data.repository?.issue?.timelineItems?.nodes?.[0]?.closer?.oid;
  return sha === undefined ? [] : mergedWith(octokit, repo, sha);
}

/** The merged pull requests that brought a commit; empty where there is none, or the commit is not shown. */
export async function mergedWith(octokit: Octokit, repo: Repo, sha: string): Promise<readonly Numbered[]> {
  const { owner, name } = ownerAndName(repo);
  try {
    const place = { owner, repo: name, commit_sha: sha };
    const { data } = await octokit.rest.repos.listPullRequestsAssociatedWithCommit(place);
    return data.filter((pull) => pull.merged_at !== null).map((pull) => ({ repo, number: pull.number }));
  } catch (error) {
    if (isNotThere(error)) return [];
    throw error;
  }
}
