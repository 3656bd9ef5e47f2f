import { z } from "zod";
import { type Answered, askGraphql } from "../client/graphql.js";
import type { Octokit } from "../client/octokit.js";
import { GithubUnavailableError } from "../client/unavailable.js";
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
    pullRequest(number: $number) { body lastEditedAt closingIssuesReferences(first: 50) {
      totalCount
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

/** An issue or pull request that GitHub names; null where it hides which one. */
const NODE = z.object({
  number: z.number(),
  repository: z.object({ databaseId: z.number(), nameWithOwner: z.string() }),
  timelineItems: z.object({ totalCount: z.number() }).nullish(),
});

interface References {
  readonly totalCount?: number;
  readonly nodes: readonly unknown[] | null;
}

interface Answer {
  readonly repository: {
    readonly pullRequest?: {
      readonly body?: string | null;
      readonly lastEditedAt?: string | null;
      readonly closingIssuesReferences: References | null;
    } | null;
    readonly issue?: {
      readonly closedByPullRequestsReferences?: References | null;
      readonly timelineItems?: { readonly totalCount: number } | null;
    } | null;
  } | null;
}

/** What GitHub itself links. */
export interface ClosingReferences {
  readonly issues: readonly ClosedIssue[];
  /** The description as it is now, which is where most of them come from. */
  readonly body: string;
  /** When the description was last edited; null where it never was, undefined where GitHub does not say. */
  readonly editedAt: string | null | undefined;
  /** False where GitHub hides some of them, or did not say all. */
  readonly isComplete: boolean;
}

/**
 * The issues that GitHub itself links to a pull request; null where it does not say, or cannot be asked: the text names most of them, and
 * the links are looked at again. It links none to another than the default branch.
 */
export async function closedIssues(octokit: Octokit, repo: Repo, pull: number): Promise<ClosingReferences | null> {
  const answer = await ask(octokit, CLOSED, repo, pull).catch(unlessUnavailable);
  const shown = answer?.data.repository?.pullRequest;
  const references = shown?.closingIssuesReferences;
  if (!answer || !references?.nodes) return null;
  const issues = numbered(references);
  const isComplete =
    answer.missing.length === 0 && issues.length === (references.totalCount ?? references.nodes.length);
  return { issues, body: shown?.body ?? "", editedAt: shown?.lastEditedAt, isComplete };
}

/**
 * The pull requests, open or merged, that GitHub says close an issue.
 * @throws GithubUnavailableError where it did not answer: by this it is decided whether an issue was given up
 */
export async function closingPulls(octokit: Octokit, repo: Repo, issue: number): Promise<readonly Numbered[]> {
  const answer = await ask(octokit, CLOSERS, repo, issue);
  return numbered(answer?.data.repository?.issue?.closedByPullRequestsReferences);
}

/** How often an issue was reopened; 0 where GitHub does not show it, null where it did not answer. */
export async function reopeningsOf(octokit: Octokit, repo: Repo, issue: number): Promise<number | null> {
  try {
    const answer = await ask(octokit, REOPENINGS, repo, issue);
    return answer?.data.repository?.issue?.timelineItems?.totalCount ?? 0;
  } catch (error) {
    return unlessUnavailable(error);
  }
}

function unlessUnavailable(error: unknown): null {
  if (error instanceof GithubUnavailableError) return null;
  throw error;
}

function ask(octokit: Octokit, query: string, repo: Repo, number: number): Promise<Answered<Answer> | null> {
  return askGraphql<Answer>(octokit, query, { ...ownerAndName(repo), number });
}

function numbered(references: References | null | undefined): readonly ClosedIssue[] {
  return (references?.nodes ?? []).flatMap((node) => {
    const { data } = NODE.safeParse(node);
    if (!data) return [];
    const { number, repository, timelineItems } = data;
    const repo = { id: repository.databaseId, name: repository.nameWithOwner };
    return [{ number, repo, reopenings: timelineItems?.totalCount ?? 0 }];
  });
}

export function ownerAndName(repo: Pick<Repo, "name">): { readonly owner: string; readonly name: string } {
  const [owner = "", name = ""] = repo.name.split("/");
  return { owner, name };
}
