import { z } from "zod";
import type { Octokit } from "../client/octokit.js";
import { GithubUnavailableError } from "../client/unavailable.js";
import { closingPulls, type Numbered, ownerAndName } from "../links/closing-references.js";
import { mergedClosers, mergedWith } from "../links/merged-closers.js";
import type { Repo } from "../observe/index.js";
import { readTimeline, type TimelineEvent } from "./issue-history.js";

/** The pull requests that may have to do with the close of an issue. */
export interface Closers {
  /** GitHub says that they close it. */
  readonly linked: readonly Numbered[];
  /** They brought the commit that closed it. */
  readonly byCommit: readonly Numbered[];
  /** They mention it: what they close, their own text says. Asked for only where GitHub says nothing of those that are linked. */
  readonly mentioning: readonly Numbered[];
}

/**
 * Reads which pull requests may have closed an issue. Only GraphQL knows; where it does not answer, the timeline shows those that mention
 * the issue, and the commit that closed it. An issue is given up only when nobody closed it, so that no answer is not taken for none.
 */
export async function readClosers(octokit: Octokit, repo: Repo, number: number): Promise<Closers> {
  try {
    const linked = await closingPulls(octokit, repo, number);
    return { linked, byCommit: await mergedClosers(octokit, repo, number), mentioning: [] };
  } catch (error) {
    if (!(error instanceof GithubUnavailableError)) throw error;
    return readFromTimeline(octokit, repo, number);
  }
}

async function readFromTimeline(octokit: Octokit, repo: Repo, number: number): Promise<Closers> {
  const { owner, name } = ownerAndName(repo);
  const events = await readTimeline(octokit, { owner, repo: name, issue_number: number });
  const mentioning = mentioningPulls(events, repo);
  const sha = events.findLast(({ event }) => event === "closed")?.commit_id ?? null;
  const merged = sha === null ? [] : await mergedWith(octokit, repo, sha);
  // Of one that mentions the issue, its own text says more than its commit.
  const byCommit = merged.filter((pull) => !mentioning.some((one) => one.number === pull.number));
  return { linked: [], byCommit, mentioning };
}

/** @see https://docs.github.com/rest/using-the-rest-api/issue-event-types#cross-referenced */
const MENTION = z.object({
  event: z.literal("cross-referenced"),
  source: z.object({
    issue: z.object({
      number: z.number(),
      pull_request: z.object({}),
      repository: z.object({ id: z.number() }),
    }),
  }),
});

function mentioningPulls(events: readonly TimelineEvent[], repo: Repo): readonly Numbered[] {
  const pulls = events.flatMap((event): Numbered[] => {
    const { data } = MENTION.safeParse(event);
    if (!data || data.source.issue.repository.id !== repo.id) return [];
    return [{ repo, number: data.source.issue.number }];
  });
  return [...new Map(pulls.map((pull) => [pull.number, pull])).values()];
}
