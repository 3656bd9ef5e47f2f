import type { Cause, Review } from "../../core/index.js";
import { parsePayload, reviewPayload } from "./payload.js";
import { pullNews, pullSubject } from "./pulls.js";
import { type Observer, participants } from "./sighting.js";

/** Whom GitHub calls close enough to the repository that their approval may count, where their permission cannot be asked for. */
const TRUSTED = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

const CAUSES: { readonly [S in Review["state"]]: Cause } = {
  approved: "review.approved",
  changes_requested: "review.changes_requested",
  commented: "review.commented",
  dismissed: "review.dismissed",
};

/** `pull_request_review.*`: one review, bound to a commit and a reviewer, and the pull request as it is now. */
export const observeReview: Observer = (payload, lookout) => {
  const { review, pull_request: pull, repository: repo, sender } = parsePayload(reviewPayload, payload);
  const state = review.state;
  const reviewer = lookout.who(review.user);
  if (!isReviewState(state) || !reviewer) return null;
  const submittedAt = review.submitted_at ?? pull.updated_at;
  return {
    subject: pullSubject(pull, repo, false),
    observation: {
      cause: CAUSES[state],
      occurredAt: state === "dismissed" ? pull.updated_at : submittedAt,
      people: participants(lookout, { actor: sender, reviewer: review.user, author: pull.user }),
      news: {
        pull: pullNews(pull, repo, lookout),
        review: {
          repoId: repo.id,
          number: pull.number,
          review: {
            id: review.id,
            reviewer,
            state,
            sha: review.commit_id,
            mayApprove: lookout.mayWrite(review.user) ?? TRUSTED.has(review.author_association ?? ""),
            submittedAt,
            url: review.html_url,
          },
        },
      },
      evidence: { url: review.html_url, sha: review.commit_id, review: state },
    },
  };
};

function isReviewState(text: string): text is Review["state"] {
  return Object.hasOwn(CAUSES, text);
}
