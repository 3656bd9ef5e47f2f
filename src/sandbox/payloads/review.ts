import type { PullRequestReview } from "@octokit/webhooks-types";
import type { Review } from "../model/review.js";
import { authorAssociation } from "./association.js";
import { repositoryHtmlUrl, repositoryUrl } from "./repository.js";
import { userPayload } from "./user.js";

/** A review. */
export function reviewPayload(review: Review): PullRequestReview {
  const { pull } = review;
  const pullUrl = `${repositoryUrl(pull.repository)}/pulls/${pull.number}`;
  const html = `${repositoryHtmlUrl(pull.repository)}/pull/${pull.number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: review.nodeId,
    user: userPayload(pull.world, review.author),
    body: review.body,
    commit_id: review.commitId,
    submitted_at: review.submittedAt,
    state: review.state,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: authorAssociation(pull.repository, review.author),
    _links: { html: { href: html }, pull_request: { href: pullUrl } },
  };
}
