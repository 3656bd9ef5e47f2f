import type { IssueComment } from "@octokit/webhooks-types";
import type { Comment } from "../model/comment.js";
import { appPayload } from "./app.js";
import { authorAssociation } from "./association.js";
import { reactionsPayload } from "./reactions.js";
import { repositoryHtmlUrl, repositoryUrl } from "./repository.js";
import { userPayload } from "./user.js";

/** A comment on an issue or pull request. */
export function commentPayload(comment: Comment): IssueComment {
  const { thread } = comment;
  const { repository, world } = thread;
  const url = `${repositoryUrl(repository)}/issues/comments/${comment.id}`;
  const page = `${thread.pullRequest === null ? "issues" : "pull"}/${thread.number}`;
  const app = world.appOf(comment.author);
  return {
    url,
    html_url: `${repositoryHtmlUrl(repository)}/${page}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(repository)}/issues/${thread.number}`,
    id: comment.id,
    node_id: comment.nodeId,
    user: userPayload(world, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: authorAssociation(repository, comment.author),
    body: comment.body,
    reactions: reactionsPayload(url, comment.reactions),
    performed_via_github_app: app === null ? null : appPayload(world, app),
  };
}
