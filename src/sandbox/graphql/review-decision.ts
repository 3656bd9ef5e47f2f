import type { PullRequest } from "../model/pull-request.js";

/** What the reviews of those with write access come to; null when none of them has a verdict. */
export function reviewDecision(pull: PullRequest): "APPROVED" | "CHANGES_REQUESTED" | null {
  const verdicts = new Map<number, string>();
  for (const review of pull.reviews) {
    if (review.state === "commented" || !pull.repository.mayWrite(review.author)) continue;
    verdicts.set(review.author.id, review.state);
  }
  const said = new Set(verdicts.values());
  if (said.has("changes_requested")) return "CHANGES_REQUESTED";
  return said.has("approved") ? "APPROVED" : null;
}
