import type { z } from "zod";
import type { Cause, Review } from "../../core/index.js";
import type { reviewPayload } from "./payload.js";
import { pullNews, pullSubject } from "./pulls.js";
import { accountType, type Lookout, type Observer, participants } from "./sighting.js";

/** Whom GitHub calls close enough to the repository that their approval may count, where their permission cannot be asked for. */
const TRUSTED = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

const CAUSES: { readonly [S in Review["state"]]: Cause } = {
  approved: "review.approved",
  changes_requested: "review.changes_requested",
  commented: "review.commented",
  dismissed: "review.dismissed",
};

/** `pull_request_review.*`: one review, bound to a commit and a reviewer, and the pull request as it is now. */
export const observeReview: Observer<z.infer<typeof reviewPayload>> = (payload, lookout) => {
  const { review, pull_request: pull, repository: repo, sender } = payload;
  const { state } = review;
  if (!isReviewState(state)) return null;
  const submittedAt = review.submitted_at ?? pull.updated_at;
  const said: Review = {
    id: review.id,
    reviewer: lookout.who(review.user),
    ...(review.user ? { type: accountType(review.user) } : {}),
    ...(lookout.isAgent(review.user) ? { byAgent: true } : {}),
    state,
    sha: review.commit_id ?? null,
    // What is read shows the base of today, whatever it was when the review was given.
    ...(lookout.isRead ? {} : { baseRef: pull.base.ref }),
    mayApprove: mayApprove(review, lookout),
    submittedAt,
    url: review.html_url,
    ...(review.untold ? { untold: true } : {}),
  };
  const saidAt = review.dismissed_at ?? (state === "dismissed" && !lookout.isRead ? pull.updated_at : submittedAt);
  return {
    subject: pullSubject(pull, repo, false),
    observation: {
      cause: CAUSES[state],
      occurredAt: saidAt,
      people: participants(lookout, { actor: sender, reviewer: review.user, author: pull.user }),
      news: {
        pull: { ...pullNews(pull, repo, lookout), ...(lookout.isRead ? {} : { answersRequest: true }) },
        review: { repoId: repo.id, number: pull.number, review: said, saidAt },
      },
      evidence: { url: review.html_url, sha: review.commit_id ?? null, review: state },
    },
  };
};

/** By permission; where GitHub does not say, by how close it calls the account to the repository. A deleted account may have been anybody. */
function mayApprove(
  { user, author_association: association }: z.infer<typeof reviewPayload>["review"],
  lookout: Lookout,
): boolean | null {
  if (!user) return null;
  const mayWrite = lookout.mayWrite(user);
  if (mayWrite !== undefined) return mayWrite;
  return TRUSTED.has(association ?? "");
}

function isReviewState(text: string): text is Review["state"] {
  return Object.hasOwn(CAUSES, text);
}
