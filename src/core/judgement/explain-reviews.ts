import type { PersonId, Timestamp } from "../brand.js";
import type { PullView, Review } from "../facts/facts.js";
import type { Explanation, Met } from "./explanation.js";
import type { MergeGrounds } from "./grounds.js";
import type { Policy } from "./policy.js";
import { counts, judgeReview, latestOpinions, neededApprovals, whyNotCounted } from "./reviews.js";

/** Reviews of the head: each reviewer's newest word, and where it does not count, why. */
export function explainReviews(pull: PullView, policy: Policy): Explanation {
  const opinions = latestOpinions(pull);
  const verdict = judgeReview(pull, policy);
  const given = opinions.filter((review) => counts(review, pull, policy)).length;
  const changesRequested = opinions.filter(
    ({ state, mayApprove }) => state === "changes_requested" && mayApprove === true,
  ).length;
  const isOver = pull.status.is === "merged";
  const standing: { readonly [V in typeof verdict]: Met } = {
    none: "aside",
    waiting: isOver || changesRequested > 0 ? "not_met" : "waiting",
    approved: "met",
    not_known: isOver ? "aside" : "waiting",
  };
  return {
    met: standing[verdict],
    about: { is: "reviews", verdict, given, needed: neededApprovals(pull, policy), changesRequested },
    children: newestWords(pull).map((review) => explainReview(review, pull, policy)),
  };
}

/** Reviews as a merge was judged on them: drawn from the entry, whatever came later. */
export function explainReviewsOf({ review: verdict, reviews, byAgent, policy }: MergeGrounds): Explanation {
  const standing: { readonly [V in typeof verdict]: Met } = {
    none: "aside",
    waiting: "not_met",
    approved: "met",
    not_known: "aside",
  };
  const given = reviews.filter(({ state, notCounted }) => state === "approved" && notCounted === null);
  const opposed = reviews.filter(({ state }) => state === "changes_requested");
  return {
    met: standing[verdict],
    about: {
      is: "reviews",
      verdict,
      given: new Set(given.map(({ reviewer }) => reviewer)).size,
      needed: neededApprovals(byAgent ? { byAgent } : {}, policy),
      changesRequested: verdict === "waiting" ? opposed.length : 0,
    },
    children: reviews.map(({ reviewer, state, sha, url, notCounted }): Explanation => {
      const shown = { id: 0, mayApprove: null, submittedAt: "" as Timestamp };
      const review: Review = { ...shown, reviewer: reviewer as PersonId | null, state, sha, url };
      return { met: metBy(review, notCounted === null), about: { is: "review", review, notCounted }, children: [] };
    }),
  };
}

function explainReview(review: Review, pull: PullView, policy: Policy): Explanation {
  const why = whyNotCounted(review, pull, policy);
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
function newestWords(pull: PullView): readonly Review[] {
  const words = new Map<string, Review>();
  for (const review of pull.reviews) {
    const isComment = review.state === "commented";
    if (isComment && review.reviewer === pull.author) continue;
    const whose = review.reviewer ?? `#${review.id}`;
    const known = words.get(whose);
    if (!isComment || !known || known.state === "commented") words.set(whose, review);
  }
  return [...words.values()];
}
