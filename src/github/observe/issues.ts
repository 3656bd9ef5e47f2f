import { type Cause, hasLabel, type IssueFacts } from "../../core/index.js";
import { type IssuePayload, issuesPayload, parsePayload } from "./payload.js";
import { type IssueSubject, type Lookout, type Observer, participants, type Repo } from "./sighting.js";

/** Actions after which the issue is no longer here, whatever its payload still says. */
const GONE = new Set(["transferred", "deleted"]);

/** `issues.*`: the issue as it is now. */
export const observeIssue: Observer = (payload, lookout) => {
  const { action, issue, changes, repository: repo, sender } = parsePayload(issuesPayload, payload);
  const facts = issueFacts(issue, repo, lookout);
  const isGone = GONE.has(action);
  const at = action === "opened" ? issue.created_at : issue.updated_at;
  const movedTo = changes?.new_issue?.html_url;
  return {
    subject: { kind: "issue", repo, number: issue.number, at, turn: turnOf(action) },
    observation: {
      cause: causeOf(action, facts),
      occurredAt: at,
      people: participants(lookout, { actor: sender, author: issue.user }),
      news: { issue: isGone ? { ...facts, status: "closed", closedAt: issue.updated_at } : facts },
      evidence: { url: issue.html_url, ...(movedTo ? { moved_to: movedTo } : {}) },
    },
  };
};

function turnOf(action: string): IssueSubject["turn"] {
  return action === "closed" || action === "reopened" ? action : null;
}

function causeOf(action: string, facts: IssueFacts): Cause {
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
      return facts.queued ? "worker.picked_up" : "issue.edited";
    default:
      return "issue.edited";
  }
}

export function issueFacts(issue: IssuePayload, repo: Repo, { queueLabels }: Pick<Lookout, "queueLabels">): IssueFacts {
  const labels = (issue.labels ?? []).map((label) => label.name);
  const isAssigned = (issue.assignees?.length ?? 0) > 0 || Boolean(issue.assignee);
  return {
    repoId: repo.id,
    repoName: repo.name,
    number: issue.number,
    status: issue.state ?? "open",
    queued: isAssigned || queueLabels.some((label) => hasLabel(labels, label)),
    labels,
    url: issue.html_url,
    since: issue.created_at,
    updatedAt: issue.updated_at,
    closedAt: issue.closed_at ?? null,
  };
}
