import type { z } from "zod";
import type { Cause, Merger, News, PullNews, PullStatus, Timestamp, Turn } from "../../core/index.js";
import type { PullRequestPayload, pullRequestPayload } from "./payload.js";
import {
  accountType,
  agentRequest,
  type Lookout,
  type Observer,
  type PullSubject,
  participants,
  type RawAccount,
  type Repo,
} from "./sighting.js";

/** Actions whose payload decides anew which issues the pull request belongs to. */
const LINKING = new Set(["opened", "edited", "reopened", "closed"]);

/** `pull_request.*`: the pull request as it is now. */
export const observePull: Observer<z.infer<typeof pullRequestPayload>> = (parsed, lookout) => {
  const { action, pull_request: pull, repository: repo, sender, reason } = parsed;
  const shown = pullNews(pull, repo, lookout);
  const news = { ...shown, status: withMerger(shown.status, sender, lookout) };
  const merged = news.status.is === "merged";
  const isPush = action === "synchronize";
  const before = isPush && parsed.before ? { before: parsed.before } : {};
  const push = isPush ? { pushed: true, pushedBy: lookout.who(sender) } : {};
  const queued = queueNews(action, news, reason ?? null);
  const turned = turnOf(action, news, lookout.isRead);
  return {
    subject: pullSubject(pull, repo, LINKING.has(action), parsed.changes?.body?.from),
    observation: {
      cause: causeOf(action, merged),
      occurredAt: occurredAt(action, pull),
      people: participants(lookout, {
        actor: sender,
        author: pull.user,
        ...(merged ? { merger: pull.merged_by } : {}),
      }),
      news: {
        pull: {
          ...news,
          ...before,
          ...push,
          ...(action === "opened" ? { begins: true } : {}),
          ...(action === "review_request_removed" ? { answersRequest: true } : {}),
        },
        ...(queued ? { queue: queued } : {}),
        ...(turned ? { turn: turned } : {}),
        ...agentRequest(
          "pull",
          parsed.assignee,
          sender,
          { repoId: repo.id, number: pull.number, at: pull.updated_at },
          lookout,
        ),
      },
      evidence: {
        url: pull.html_url,
        sha: pull.head.sha,
        ...(merged && pull.merge_commit_sha ? { merge_sha: pull.merge_commit_sha } : {}),
        ...(queued?.reason ? { reason: queued.reason } : {}),
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
    case "review_request_removed":
      return "review.request_removed";
    case "enqueued":
      return "queue.entered";
    case "dequeued":
      return "queue.left";
    case "closed":
      return merged ? "pr.merged" : "pr.closed";
    default:
      return "pr.edited";
  }
}

function queueNews(action: string, { repoId, number, updatedAt }: PullNews, reason: string | null): News["queue"] {
  const of = { repoId, number, at: updatedAt };
  if (action === "enqueued") return { ...of, is: "entered", reason: null };
  return action === "dequeued" ? { ...of, is: "left", reason } : undefined;
}

function turnOf(action: string, { repoId, number, status, updatedAt }: PullNews, read: boolean): Turn | null {
  const of = { of: "pull", repoId, number, read } as const;
  if (action === "reopened") return { ...of, turn: "reopened", at: updatedAt };
  return action === "closed" && status.is === "closed" ? { ...of, turn: "closed", at: status.at } : null;
}

function occurredAt(action: string, pull: PullRequestPayload): Timestamp {
  switch (action) {
    case "opened":
      return pull.created_at;
    case "closed":
      return pull.merged_at ?? pull.closed_at ?? pull.updated_at;
    default:
      return pull.updated_at;
  }
}

export function pullSubject(
  pull: PullRequestPayload,
  repo: Repo,
  relink: boolean,
  bodyBefore: string | null = null,
): PullSubject {
  const linking = {
    body: pull.body ?? "",
    bodyBefore,
    headRef: pull.head.ref ?? "",
    host: new URL(pull.html_url).host,
    openedAt: pull.created_at,
    at: pull.updated_at,
    mergedAt: pull.merged_at ?? null,
  };
  return { kind: "pull", repo, number: pull.number, linking: { ...linking, relink } };
}

export function pullNews(pull: PullRequestPayload, repo: Repo, lookout: Lookout): PullNews {
  // What is read from the API names the default branch here only: a read must not forget what a delivery said.
  const defaultBranch = pull.base.repo?.default_branch ?? repo.defaultBranch;
  return {
    repoId: repo.id,
    repoName: repo.name,
    number: pull.number,
    url: pull.html_url,
    author: lookout.who(pull.user),
    ...(lookout.isAgent(pull.user) ? { byAgent: true } : {}),
    headSha: pull.head.sha,
    headSince: pull.head.since ?? pull.updated_at,
    baseRef: pull.base.ref,
    baseSince: pull.base.since ?? pull.updated_at,
    ...(pull.base.sha ? { baseSha: pull.base.sha } : {}),
    ...(defaultBranch ? { intoDefault: defaultBranch === pull.base.ref } : {}),
    // A fork that is gone has no name any more.
    fromFork: pull.head.repo?.id !== repo.id,
    draft: pull.draft ?? false,
    labels: (pull.labels ?? []).flatMap((label) => label?.name ?? []),
    status: statusOf(pull, lookout),
    openedAt: pull.created_at,
    updatedAt: pull.updated_at,
    pushed: false,
    reviewRequested: peopleAsked(pull) + (pull.requested_teams?.length ?? 0) > 0,
    linkedBy: [],
    ...(pull.has_checks === false && lookout.mayLackChecks ? { checksGone: true } : {}),
  };
}

/** A bot that is asked comments at most: it is nobody to wait for. */
function peopleAsked({ requested_reviewers: asked }: PullRequestPayload): number {
  const isBot = (account: unknown) =>
    typeof account === "object" && account !== null && "type" in account && account.type === "Bot";
  return (asked ?? []).filter((account) => !isBot(account)).length;
}

/** Of commits that landed by a push GitHub names nobody who merged: it was whoever pushed. */
function withMerger(status: PullStatus, sender: RawAccount | null | undefined, lookout: Lookout): PullStatus {
  if (status.is !== "merged" || status.by !== null) return status;
  return { ...status, by: mergerOf(sender, lookout) };
}

function mergerOf(account: RawAccount | null | undefined, { who, isAgent }: Lookout): Merger | null {
  const person = who(account);
  if (!account || !person) return null;
  const app = /^(.+)\[bot\]$/.exec(account.login)?.[1];
  return { person, type: accountType(account), ...(app ? { app } : {}), ...(isAgent(account) ? { agent: true } : {}) };
}

/** A review's payload carries the pull request without `merged`: its time of merge says the same. */
function statusOf(pull: PullRequestPayload, lookout: Lookout): PullStatus {
  const closedAt = pull.closed_at ?? pull.updated_at;
  if (pull.merged || pull.merged_at) {
    const by = mergerOf(pull.merged_by, lookout);
    return { is: "merged", at: pull.merged_at ?? closedAt, sha: pull.merge_commit_sha ?? null, by };
  }
  return pull.state === "closed" ? { is: "closed", at: closedAt } : { is: "open" };
}
