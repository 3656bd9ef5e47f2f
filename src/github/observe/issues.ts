import type { Cause, IssueFacts } from "../../core/index.js";
import { type IssuePayload, issuesPayload, parsePayload } from "./payload.js";
import { type Lookout, type Observer, participants, type Repo } from "./sighting.js";

/** `issues.*`: the issue as it is now. */
export const observeIssue: Observer = (payload, lookout) => {
  const { action, issue, repository: repo, sender } = parsePayload(issuesPayload, payload);
  const facts = issueFacts(issue, repo, lookout);
  return {
    subject: { kind: "issue", repo, number: issue.number, reopened: action === "reopened" },
    observation: {
      cause: causeOf(action, facts),
      occurredAt: action === "opened" ? issue.created_at : issue.updated_at,
      people: participants(lookout, { actor: sender, author: issue.user }),
      news: { issue: facts },
      evidence: { url: issue.html_url },
    },
  };
};

function causeOf(action: string, facts: IssueFacts): Cause {
  switch (action) {
    case "opened":
      return "issue.opened";
    case "reopened":
      return "issue.reopened";
    case "closed":
      return "issue.closed";
    case "assigned":
    case "labeled":
      return facts.queued ? "worker.picked_up" : "issue.edited";
    default:
      return "issue.edited";
  }
}

function issueFacts(issue: IssuePayload, repo: Repo, { queueLabel }: Lookout): IssueFacts {
  const labels = (issue.labels ?? []).map((label) => label.name);
  return {
    repoId: repo.id,
    number: issue.number,
    status: issue.state ?? "open",
    queued: labels.includes(queueLabel) || (issue.assignees?.length ?? 0) > 0 || Boolean(issue.assignee),
    labels,
    url: issue.html_url,
    updatedAt: issue.updated_at,
    closedAt: issue.closed_at ?? null,
  };
}
