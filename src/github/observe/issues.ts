import type { z } from "zod";
import { type Cause, hasLabel, type IssueNews, type Turn } from "../../core/index.js";
import type { IssuePayload, issuesPayload } from "./payload.js";
import { agentRequest, type IssueSubject, type Lookout, type Observer, participants, type Repo } from "./sighting.js";

/** Actions after which the issue is no longer here, whatever its payload still says. */
const GONE = new Set(["transferred", "deleted"]);

/** `issues.*`: the issue as it is now. */
export const observeIssue: Observer<z.infer<typeof issuesPayload>> = (payload, lookout) => {
  const { action, issue, changes, repository: repo, sender } = payload;
  const shown = issueNews(issue, repo, lookout);
  const isGone = GONE.has(action);
  const at = action === "opened" ? issue.created_at : issue.updated_at;
  const movedTo = changes?.new_issue?.html_url;
  const turn = isGone ? "closed" : turnOf(action);
  const turnedAt = action === "closed" ? (issue.closed_at ?? at) : at;
  const news: IssueNews = isGone ? { ...shown, status: "closed", closedAt: issue.updated_at } : shown;
  const of = { of: "issue", repoId: repo.id, number: issue.number } as const;
  const turned: Turn | null = turn && {
    ...of,
    turn,
    at: turnedAt,
    read: lookout.isRead,
    ...(issue.closed_by_merge ? { byMerge: true } : {}),
  };
  return {
    subject: { kind: "issue", repo, number: issue.number, at: turned?.at ?? at, turn: turnOf(action) },
    observation: {
      cause: causeOf(action, news),
      occurredAt: turned?.at ?? at,
      people: participants(lookout, { actor: sender, author: issue.user }),
      news: {
        issue: news,
        ...(turned ? { turn: turned } : {}),
        ...agentRequest("issue", payload.assignee, sender, { repoId: repo.id, number: issue.number, at }, lookout),
      },
      evidence: { url: issue.html_url, ...(movedTo ? { moved_to: movedTo } : {}) },
    },
  };
};

function turnOf(action: string): IssueSubject["turn"] {
  return action === "closed" || action === "reopened" ? action : null;
}

function causeOf(action: string, { queued }: IssueNews): Cause {
  switch (action) {
    case "opened":
      return "issue.opened";
    case "reopened":
      return "issue.reopened";
    case "closed":
      return "issue.closed";
    case "transferred":
      return "issue.transferred";
    case "deleted":
      return "issue.deleted";
    case "assigned":
    case "labeled":
      return queued ? "worker.picked_up" : "issue.edited";
    default:
      return "issue.edited";
  }
}

export function issueNews(issue: IssuePayload, repo: Repo, { queueLabels }: Pick<Lookout, "queueLabels">): IssueNews {
  const labels = (issue.labels ?? []).flatMap((label) => label?.name ?? []);
  const isAssigned = (issue.assignees?.length ?? 0) > 0 || Boolean(issue.assignee);
  return {
    repoId: repo.id,
    repoName: repo.name,
    number: issue.number,
    status: issue.state ?? "open",
    queued: isAssigned || queueLabels.some((label) => hasLabel(labels, label)),
    labels,
    url: issue.html_url,
    openedAt: issue.created_at,
    updatedAt: issue.updated_at,
    closedAt: issue.closed_at ?? null,
  };
}
