import type { Commit as CommitPayload, SimpleCommit, StatusEvent } from "@octokit/webhooks-types";
import type { Commit } from "../model/git.js";
import type { Repository } from "../model/repository.js";
import { repositoryHtmlUrl, repositoryUrl } from "./repository.js";
import { noreplyEmail, userPayload } from "./user.js";

/** A commit as check suites and merge groups show it. */
export function simpleCommit(
  commit: Commit,
): SimpleCommit & { author: { email: string }; committer: { email: string } } {
  const person = { name: commit.author.login, email: noreplyEmail(commit.author) };
  return {
    id: commit.sha,
    tree_id: commit.treeSha,
    message: commit.message,
    timestamp: commit.date,
    author: person,
    committer: person,
  };
}

/** A commit as push events show it. */
export function pushedCommit(repository: Repository, commit: Commit): CommitPayload {
  const person = { name: commit.author.login, email: noreplyEmail(commit.author), username: commit.author.login };
  return {
    ...simpleCommit(commit),
    author: person,
    committer: person,
    distinct: true,
    url: `${repositoryHtmlUrl(repository)}/commit/${commit.sha}`,
    added: [...commit.added],
    modified: [...commit.modified],
    removed: [...commit.removed],
  };
}

/** Newer than the published types: `verified_at`. */
const UNSIGNED = { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null } as const;

/** A commit as status events and the API show it. */
export function commitData(repository: Repository, commit: Commit) {
  const url = `${repositoryUrl(repository)}/commits/${commit.sha}`;
  const gitUrl = `${repositoryUrl(repository)}/git`;
  const html = `${repositoryHtmlUrl(repository)}/commit`;
  const person = { name: commit.author.login, email: noreplyEmail(commit.author), date: commit.date };
  const author = userPayload(repository.world, commit.author);
  return {
    sha: commit.sha,
    node_id: commit.nodeId,
    commit: {
      author: person,
      committer: person,
      message: commit.message,
      tree: { sha: commit.treeSha, url: `${gitUrl}/trees/${commit.treeSha}` },
      url: `${gitUrl}/commits/${commit.sha}`,
      comment_count: 0,
      verification: UNSIGNED,
    },
    url,
    html_url: `${html}/${commit.sha}`,
    comments_url: `${url}/comments`,
    author,
    committer: author,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${repositoryUrl(repository)}/commits/${sha}`,
      html_url: `${html}/${sha}`,
    })),
  } satisfies StatusEvent["commit"];
}
