import { type Hash, sha256 } from "../../core/index.js";
import { COMMENT_MARKER, renderComment } from "../../report/comment.js";
import { cut, MAX_COMMENT } from "../../report/limits.js";
import type { ReportView } from "../../report/view.js";
import { lastWordOf } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import { hidden } from "./hidden.js";

/** A pull request, as GitHub's API wants it named. */
export interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

/** The comment as it was last written. */
export interface PublishedComment {
  /** Null where somebody deleted it. */
  readonly id: number | null;
  /** Null where what stands there is not known to be what was written. */
  readonly digest: Hash | null;
  /**
   * When the pull request had last changed, where GitHub refused the comment since: the conversation is locked. It is not tried again
   * at each event, but when the pull request changes.
   */
  readonly refusedAt?: string;
}

export interface WantedComment {
  readonly body: string;
  readonly digest: Hash;
}

export function commentOf(view: ReportView): WantedComment {
  const body = cut(renderComment(view), MAX_COMMENT);
  return { body, digest: sha256(body) };
}

/** Whether there is nothing to write: it stands there, or GitHub refused it, and the pull request has not changed since. */
export function isSettled(
  known: PublishedComment | null,
  { digest }: WantedComment,
  { updatedAt }: { readonly updatedAt: string },
): boolean {
  return known !== null && (known.digest === digest || known.refusedAt === updatedAt);
}

/** What is to be kept of a comment that was not written: that GitHub refused it for good, where it did. */
export function unwritten(
  known: PublishedComment | null,
  error: unknown,
  { updatedAt }: { readonly updatedAt: string },
): PublishedComment | null {
  if (lastWordOf(error) === null) return known;
  return { id: known?.id ?? null, digest: known?.digest ?? null, refusedAt: updatedAt };
}

/**
 * The comment to edit: the known one, else the one that stands there, for a process may have died before it learnt the id of what it
 * wrote, and a store may be new, or restored from a time before. Null where there is none.
 * @param appId of this App, where that is known: only what it wrote itself is edited
 */
export async function locateComment(
  octokit: Octokit,
  place: Place,
  known: PublishedComment | null,
  appId: number | undefined,
): Promise<number | null> {
  return known?.id ?? (await findComment(octokit, place, appId));
}

/**
 * Edits the comment; adds one where there is none, or somebody deleted it.
 * @throws GithubUnavailableError where GitHub lists it and does not find it
 */
export async function writeComment(
  octokit: Octokit,
  place: Place,
  { body, digest }: WantedComment,
  { existing, appId }: { readonly existing: number | null; readonly appId: number | undefined },
): Promise<PublishedComment> {
  const edited = existing === null ? null : await editComment(octokit, place, existing, body);
  if (existing !== null && edited === null && (await findComment(octokit, place, appId)) === existing) {
    throw hidden("comment");
  }
  return { id: edited ?? (await addComment(octokit, place, body)), digest };
}

async function findComment(
  octokit: Octokit,
  { owner, repo, number }: Place,
  appId: number | undefined,
): Promise<number | null> {
  const comments = await octokit.paginate(octokit.rest.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  // The marker is text that any bot may write: GitHub says by which App a comment was made.
  const isOwn = (app: { readonly id: number } | null | undefined) => appId === undefined || app?.id === appId;
  return (
    comments.find(
      ({ user, body, performed_via_github_app: app }) =>
        user?.type === "Bot" && body?.startsWith(COMMENT_MARKER) && isOwn(app),
    )?.id ?? null
  );
}

/** @returns null where the comment is gone: somebody deleted it */
async function editComment(octokit: Octokit, { owner, repo }: Place, id: number, body: string): Promise<number | null> {
  try {
    await octokit.rest.issues.updateComment({ owner, repo, comment_id: id, body });
    return id;
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return null;
    throw error;
  }
}

async function addComment(octokit: Octokit, { owner, repo, number }: Place, body: string): Promise<number> {
  const { data } = await octokit.rest.issues.createComment({ owner, repo, issue_number: number, body });
  return data.id;
}
