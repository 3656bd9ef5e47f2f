import { describe, expect, it } from "vitest";
import {
  counts,
  DEFAULT_POLICY,
  judgeReview,
  type News,
  type NotCounted,
  type PullNews,
  type Review,
  whyNotCounted,
} from "../../../src/core/index.js";
import {
  ALICE,
  aPolicy,
  aPull,
  aReview,
  CAROL,
  factsOf,
  HEAD,
  NEXT_HEAD,
  onlyPull,
  reviewOf,
} from "../../builders/github.js";

const OPENED: News = { pull: aPull() };

describe("reviews of a head", () => {
  it("by people with write access are not hidden by any number of others'", () => {
    const noise = Array.from({ length: 220 }, (_, n) =>
      reviewOf(aReview("commented", { id: 100 + n, reviewer: CAROL, mayApprove: false })),
    );
    const refusal = reviewOf(aReview("changes_requested", { id: 99 }));
    const approval = reviewOf(aReview("approved", { id: 98 }));
    for (const news of [
      [...noise, approval, refusal],
      [approval, refusal, ...noise],
    ]) {
      const pull = onlyPull(factsOf(OPENED, ...news));
      expect(pull.reviews).toHaveLength(222);
      expect(judgeReview(pull, DEFAULT_POLICY)).toBe("waiting");
    }
  });

  const none = aPolicy();
  const approved = aReview("approved");
  const byCarol = (state: Review["state"], id: number) => aReview(state, { reviewer: CAROL, id });

  it.each<{ what: string; reviews: readonly Review[]; pull?: Partial<PullNews>; required?: number; is: string }>([
    { what: "nobody was asked", reviews: [], is: "none" },
    { what: "somebody was asked", reviews: [], pull: { reviewRequested: true }, is: "waiting" },
    { what: "the team asks for one", reviews: [], required: 1, is: "waiting" },
    { what: "it was approved", reviews: [approved], is: "approved" },
    {
      what: "it was approved before more commits came",
      reviews: [approved],
      pull: { headSha: NEXT_HEAD },
      is: "waiting",
    },
    {
      what: "the approval is by someone without write access, who begins no review either",
      reviews: [aReview("approved", { mayApprove: false })],
      is: "none",
    },
    {
      what: "somebody was asked, and the approval is by someone without write access",
      reviews: [aReview("approved", { mayApprove: false })],
      pull: { reviewRequested: true },
      is: "waiting",
    },
    { what: "the author approved it", reviews: [aReview("approved", { reviewer: ALICE })], required: 1, is: "waiting" },
    { what: "the author alone said something", reviews: [aReview("commented", { reviewer: ALICE })], is: "none" },
    { what: "somebody commented, which asks for nothing", reviews: [aReview("commented")], is: "none" },
    { what: "the approver commented afterwards", reviews: [approved, aReview("commented", { id: 2 })], is: "approved" },
    { what: "changes were requested", reviews: [aReview("changes_requested")], is: "waiting" },
    {
      what: "the approver then requested changes",
      reviews: [approved, aReview("changes_requested", { id: 2 })],
      is: "waiting",
    },
    {
      what: "who had requested changes then approved",
      reviews: [aReview("changes_requested"), aReview("approved", { id: 2 })],
      is: "approved",
    },
    {
      what: "one approved and another requested changes",
      reviews: [approved, byCarol("changes_requested", 2)],
      is: "waiting",
    },
    {
      what: "a comment came after changes were requested",
      reviews: [aReview("changes_requested"), aReview("commented", { id: 2 }), byCarol("approved", 3)],
      is: "waiting",
    },
    { what: "the approval was dismissed", reviews: [aReview("dismissed")], is: "waiting" },
    {
      what: "a later review was dismissed, which revives no earlier one",
      reviews: [approved, aReview("dismissed", { id: 2 })],
      is: "waiting",
    },
    {
      what: "the request for changes was dismissed and another approved",
      reviews: [aReview("dismissed"), byCarol("approved", 2)],
      is: "approved",
    },
    { what: "one of two approvals is there", reviews: [approved], required: 2, is: "waiting" },
    {
      what: "one person approved twice where two are needed",
      reviews: [approved, aReview("approved", { id: 2 })],
      required: 2,
      is: "waiting",
    },
    {
      what: "two approved where two are needed",
      reviews: [approved, byCarol("approved", 2)],
      required: 2,
      is: "approved",
    },
  ])("$what: $is", ({ reviews, pull = {}, required = 0, is }) => {
    const facts = factsOf({ pull: aPull(pull) }, ...reviews.map((review) => reviewOf(review)));
    expect(judgeReview(onlyPull(facts), aPolicy({ requiredApprovals: required }))).toBe(is);
  });

  it("stay dismissed when the word of their submission comes after that of their dismissal", () => {
    const facts = factsOf(OPENED, reviewOf(aReview("dismissed")), reviewOf(approved));
    expect(judgeReview(onlyPull(facts), none)).toBe("waiting");
  });

  it("count in the order in which they were given, not in which they were heard of", () => {
    const later = aReview("changes_requested", { id: 2 });
    const facts = factsOf(OPENED, reviewOf(later), reviewOf(approved));
    expect(judgeReview(onlyPull(facts), none)).toBe("waiting");
    expect(onlyPull(facts).reviews.map(({ id }) => id)).toEqual([1, 2]);
  });
});

describe("an approval", () => {
  const pull = { author: ALICE, headSha: HEAD, pushedBy: CAROL, baseRef: "main" };

  it.each<{ what: string; review: Partial<Review>; why: NotCounted | null }>([
    { what: "of this commit and base, by another with write access", review: {}, why: null },
    { what: "with the base that it was given for", review: { baseRef: "main" }, why: null },
    { what: "by the author", review: { reviewer: ALICE }, why: "by_author" },
    { what: "by the author, who pushed over it", review: { reviewer: ALICE, sha: NEXT_HEAD }, why: "by_author" },
    { what: "by an App", review: { type: "Bot" }, why: "by_app" },
    { what: "by an App without write access", review: { type: "Bot", mayApprove: false }, why: "by_app" },
    { what: "without write access", review: { mayApprove: false }, why: "without_write_access" },
    { what: "of another commit", review: { sha: NEXT_HEAD }, why: "stale" },
    { what: "of another commit, by the last pusher", review: { sha: NEXT_HEAD, reviewer: CAROL }, why: "stale" },
    { what: "for another base", review: { baseRef: "next" }, why: "other_base" },
    { what: "by whoever pushed last", review: { reviewer: CAROL }, why: "by_last_pusher" },
    { what: "by an account that is gone", review: { reviewer: null, mayApprove: null }, why: "not_known" },
    { what: "by somebody whose access nobody knows any more", review: { mayApprove: null }, why: "not_known" },
    { what: "of which GitHub names no commit", review: { sha: null }, why: "not_known" },
  ])("$what: $why", ({ review, why }) => {
    expect(whyNotCounted(aReview("approved", review), pull, DEFAULT_POLICY)).toBe(why);
  });

  it.each(["commented", "changes_requested", "dismissed"] as const)("is none where it says %s", (state) => {
    expect(counts(aReview(state), onlyPull(factsOf(OPENED)), DEFAULT_POLICY)).toBe(false);
  });
});

describe("a verdict on reviews that nobody can tell", () => {
  const ghost = aReview("approved", { reviewer: null, mayApprove: null });
  const byNobody = aReview("changes_requested", { id: 2, reviewer: CAROL, mayApprove: null });

  it.each<{ what: string; reviews: readonly Review[]; is: string }>([
    { what: "an account that is gone approved", reviews: [ghost], is: "not_known" },
    { what: "another approved, too", reviews: [ghost, aReview("approved", { id: 3 })], is: "approved" },
    {
      what: "somebody who may write asked for changes",
      reviews: [ghost, aReview("changes_requested", { id: 3 })],
      is: "waiting",
    },
    {
      what: "somebody asked for changes whose access nobody knows, beside an approval",
      reviews: [aReview("approved"), byNobody],
      is: "not_known",
    },
    {
      what: "two accounts that are gone said different things: neither is the other",
      reviews: [ghost, { ...ghost, id: 4, state: "commented" }],
      is: "not_known",
    },
  ])("$what: $is", ({ reviews, is }) => {
    const item = factsOf(OPENED, ...reviews.map((review) => reviewOf(review)));
    expect(judgeReview(onlyPull(item), aPolicy({ requiredApprovals: 1 }))).toBe(is);
  });
});
