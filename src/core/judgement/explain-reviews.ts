import type { PersonId } from "../brand.js";
import type { PullFacts, Review } from "../facts/facts.js";
import type { Explanation, Met } from "./explanation.js";
import { counts, judgeReview, latestOpinions, neededApprovals, reviewsInTime, whyNotCounted } from "./judge.js";
import type { Policy } from "./policy.js";

/** Reviews of the head: each reviewer's newest word, and where it does not count, why. */
export function explainReviews(pull: PullFacts, policy: Policy): Explanation {
  const opinions = latestOpinions(pull);
  const verdict = judgeReview(pull, policy);
  const given = opinions.filter((review) => counts(review, pull)).length;
  const changesRequested = opinions.filter((review) => review.state === "changes_requested").length;
  const isOver = pull.status.is === "merged";
  const standing: { readonly [V in typeof verdict]: Met } = {
    none: "aside",
    waiting: isOver || changesRequested > 0 ? "not_met" : "waiting",
    approved: "met",
  };
  return {
    met: standing[verdict],
    about: { is: "reviews", verdict, given, needed: neededApprovals(policy), changesRequested },
    children: newestWords(pull).map((review) => explainReview(review, pull)),
  };
}

function explainReview(review: Review, pull: PullFacts): Explanation {
  const why = whyNotCounted(review, pull);
  // Somebody who asks for changes does so of later commits, too; only an approval grows stale.
  const notCounted = review.state === "approved" || why !== "stale" ? why : null;
  return { met: metBy(review, notCounted === null), about: { is: "review", review, notCounted }, children: [] };
}

function metBy({ state }: Review, isCounted: boolean): Met {
  if (!isCounted) return "aside";
  switch (state) {
    case "approved":
      return "met";
    case "changes_requested":
      return "not_met";
    case "commented":
    case "dismissed":
      return "aside";
  }
}

/** A comment is the newest word only of somebody who said nothing else; the author's own are no review. */
function newestWords(pull: PullFacts): readonly Review[] {
  const words = new Map<PersonId, Review>();
  for (const review of reviewsInTime(pull)) {
    const isComment = review.state === "commented";
    if (isComment && review.reviewer === pull.author) continue;
    const known = words.get(review.reviewer);
    if (!isComment || !known || known.state === "commented") words.set(review.reviewer, review);
  }
  return [...words.values()];
}
