import type { Issue as IssuePayload, Label as LabelPayload, User as UserPayload } from "@octokit/webhooks-types";
import type { Thread } from "../model/thread.js";
import { appPayload } from "./app.js";
import { authorAssociation } from "./association.js";
import { reactionsPayload } from "./reactions.js";
import { labelPayload, repositoryHtmlUrl, repositoryUrl } from "./repository.js";
import { userPayload } from "./user.js";

/** An issue with the fields that comment events demand of it. */
export type FullIssue = IssuePayload & {
  assignee: UserPayload | null;
  state: "open" | "closed";
  locked: boolean;
  labels: LabelPayload[];
};

/** An issue, or the issue side of a pull request. */
export function issuePayload(thread: Thread): FullIssue {
  const { repository, world, number, pullRequest } = thread;
  const url = `${repositoryUrl(repository)}/issues/${number}`;
  const html = repositoryHtmlUrl(repository);
  const app = world.appOf(thread.author);
  const assignees = thread.assignees.map((user) => userPayload(world, user));
  return {
    url,
    repository_url: repositoryUrl(repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${html}/${pullRequest === null ? "issues" : "pull"}/${number}`,
    id: thread.issueId,
    node_id: thread.issueNodeId,
    number,
    title: thread.title,
    user: userPayload(world, thread.author),
    labels: thread.labels.map(labelPayload),
    state: thread.state,
    locked: false,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: thread.comments.length,
    created_at: thread.createdAt,
    updated_at: thread.updatedAt,
    closed_at: thread.closedAt,
    author_association: authorAssociation(repository, thread.author),
    active_lock_reason: null,
    ...(pullRequest === null
      ? {}
      : {
          draft: pullRequest.draft,
          pull_request: {
            url: `${repositoryUrl(repository)}/pulls/${number}`,
            html_url: `${html}/pull/${number}`,
            diff_url: `${html}/pull/${number}.diff`,
            patch_url: `${html}/pull/${number}.patch`,
            merged_at: pullRequest.mergedAt,
          },
        }),
    body: thread.body,
    reactions: reactionsPayload(url, []),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: app === null ? null : appPayload(world, app),
    state_reason: thread.stateReason,
  };
}
