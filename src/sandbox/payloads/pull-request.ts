import type {
  CheckRunPullRequest,
  PullRequest as PullRequestPayload,
  SimplePullRequest,
} from "@octokit/webhooks-types";
import type { PullRequest } from "../model/pull-request.js";
import type { Repository } from "../model/repository.js";
import { authorAssociation } from "./association.js";
import { labelPayload, repositoryHtmlUrl, repositoryPayload, repositoryRef, repositoryUrl } from "./repository.js";
import { userPayload } from "./user.js";

// Only the repositories inside `pull_request` events tell how they merge.
const MERGE_SETTINGS = {
  allow_squash_merge: true,
  allow_merge_commit: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  allow_update_branch: false,
  delete_branch_on_merge: false,
};

/** A pull request as review events show it. */
export function simplePullRequestPayload(pull: PullRequest) {
  const { repository, world, number } = pull;
  const url = `${repositoryUrl(repository)}/pulls/${number}`;
  const issueUrl = `${repositoryUrl(repository)}/issues/${number}`;
  const html = `${repositoryHtmlUrl(repository)}/pull/${number}`;
  const statusesUrl = `${repositoryUrl(repository)}/statuses/${pull.headSha}`;
  const assignees = pull.assignees.map((user) => userPayload(world, user));
  const end = (target: Repository, ref: string, sha: string) => ({
    label: `${target.owner.login}:${ref}`,
    ref,
    sha,
    user: userPayload(world, target.owner),
    repo: repositoryPayload(target),
  });
  return {
    url,
    id: pull.id,
    node_id: pull.nodeId,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userPayload(world, pull.author),
    body: pull.body,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitSha,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: pull.requestedReviewers.map((user) => userPayload(world, user)),
    requested_teams: [],
    labels: pull.labels.map(labelPayload),
    milestone: null,
    draft: pull.draft,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryUrl(repository)}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statusesUrl,
    head: end(pull.headRepository, pull.headBranch, pull.headSha),
    base: end(repository, pull.base, pull.baseSha),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${repositoryUrl(repository)}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statusesUrl },
    },
    author_association: authorAssociation(repository, pull.author),
    auto_merge: null,
    active_lock_reason: null,
  } satisfies SimplePullRequest;
}

/** A pull request as its own events show it: whether it can be merged is not known yet when they are made. */
export function pullRequestPayload(pull: PullRequest): PullRequestPayload {
  const { files } = pull;
  const simple = simplePullRequestPayload(pull);
  return {
    ...simple,
    head: { ...simple.head, repo: { ...simple.head.repo, ...MERGE_SETTINGS } },
    base: { ...simple.base, repo: { ...simple.base.repo, ...MERGE_SETTINGS } },
    merged: pull.merged,
    mergeable: null,
    rebaseable: null,
    mergeable_state: pull.draft ? "draft" : "unknown",
    merged_by: pull.mergedBy === null ? null : userPayload(pull.world, pull.mergedBy),
    comments: pull.comments.length,
    review_comments: 0,
    maintainer_can_modify: pull.headRepository !== pull.repository,
    commits: pull.commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}

/** A pull request as check events name it. */
export function checkPullRequest(pull: PullRequest): CheckRunPullRequest {
  return {
    url: `${repositoryUrl(pull.repository)}/pulls/${pull.number}`,
    id: pull.id,
    number: pull.number,
    head: { ref: pull.headBranch, sha: pull.headSha, repo: repositoryRef(pull.headRepository) },
    base: { ref: pull.base, sha: pull.baseSha, repo: repositoryRef(pull.repository) },
  };
}
