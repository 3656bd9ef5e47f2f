import type { Cause, News, PullStatus } from "../../core/index.js";
import { type PullRequestPayload, parsePayload, pullRequestPayload } from "./payload.js";
import { type Lookout, type Observer, participants, type Repo, type Subject } from "./sighting.js";

/** `pull_request.*`: the pull request as it is now. */
export const observePull: Observer = (payload, lookout) => {
  const { action, pull_request: pull, repository: repo, sender } = parsePayload(pullRequestPayload, payload);
  const news = pullNews(pull, repo, lookout);
  const merged = news.status.is === "merged";
  return {
    subject: pullSubject(pull, repo, action === "opened" || action === "edited"),
    observation: {
      cause: causeOf(action, merged),
      occurredAt: occurredAt(action, pull),
      people: participants(lookout, {
        actor: sender,
        author: pull.user,
        ...(merged ? { merger: pull.merged_by } : {}),
      }),
      news: { pull: { ...news, pushed: action === "synchronize" } },
      evidence: {
        url: pull.html_url,
        sha: pull.head.sha,
        ...(merged && pull.merge_commit_sha ? { merge_sha: pull.merge_commit_sha } : {}),
      },
    },
  };
};

function causeOf(action: string, merged: boolean): Cause {
  switch (action) {
    case "opened":
      return "pr.opened";
    case "reopened":
      return "pr.reopened";
    case "synchronize":
      return "pr.synchronized";
    case "review_requested":
      return "review.requested";
    case "closed":
      return merged ? "pr.merged" : "pr.closed";
    default:
      return "pr.edited";
  }
}

function occurredAt(action: string, pull: PullRequestPayload) {
  switch (action) {
    case "opened":
      return pull.created_at;
    case "closed":
      return pull.merged_at ?? pull.closed_at ?? pull.updated_at;
    default:
      return pull.updated_at;
  }
}

export function pullSubject(pull: PullRequestPayload, repo: Repo, relink: boolean): Subject {
  return { kind: "pull", repo, number: pull.number, body: pull.body ?? "", baseRef: pull.base.ref, relink };
}

export function pullNews(pull: PullRequestPayload, repo: Repo, { who }: Lookout): NonNullable<News["pull"]> {
  return {
    repoId: repo.id,
    number: pull.number,
    url: pull.html_url,
    author: who(pull.user),
    headSha: pull.head.sha,
    baseRef: pull.base.ref,
    draft: pull.draft ?? false,
    status: statusOf(pull, who(pull.merged_by)),
    openedAt: pull.created_at,
    updatedAt: pull.updated_at,
    pushed: false,
    reviewRequested: (pull.requested_reviewers?.length ?? 0) + (pull.requested_teams?.length ?? 0) > 0,
  };
}

/** A review's payload carries the pull request without `merged`: its time of merge says the same. */
function statusOf(pull: PullRequestPayload, by: ReturnType<Lookout["who"]>): PullStatus {
  const closedAt = pull.closed_at ?? pull.updated_at;
  if (pull.merged || pull.merged_at) {
    return { is: "merged", at: pull.merged_at ?? closedAt, sha: pull.merge_commit_sha ?? null, by };
  }
  return pull.state === "closed" ? { is: "closed", at: closedAt } : { is: "open" };
}
