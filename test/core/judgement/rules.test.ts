import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type News, RULES, type WorkItem } from "../../../src/core/index.js";
import { brokenRules } from "../../../src/core/judgement/rules.js";
import {
  ALICE,
  anIssue,
  aPolicy,
  aPull,
  aReview,
  aRun,
  BOB,
  CAROL,
  checksOf,
  factsOf,
  HEAD,
  NEXT_HEAD,
  type PolicyChanges,
  reviewOf,
} from "../../builders/github.js";
import { moment } from "../../builders/records.js";

const ISSUE: News = { issue: anIssue({ queued: true }) };
const GREEN = checksOf([aRun("build", "success")]);
const RED = checksOf([aRun("build", "failure")]);
const RUNNING = checksOf([aRun("build", null)]);
const MERGED: News = {
  pull: aPull({ status: { is: "merged", at: moment(60), sha: null, by: null }, updatedAt: moment(60) }),
};
const ASKED: News = { pull: aPull({ reviewRequested: true, updatedAt: moment(35) }) };
const APPROVED = reviewOf(aReview("approved"));
const BY_AUTHOR = reviewOf(aReview("approved", { id: 2, reviewer: ALICE }));
const BY_STRANGER = reviewOf(aReview("approved", { id: 3, reviewer: CAROL, mayApprove: false }));
const STALE = reviewOf(aReview("approved", { id: 4, sha: NEXT_HEAD }));
const CHANGES = reviewOf(aReview("changes_requested", { id: 5, reviewer: CAROL }));
const AFTERWARDS = reviewOf(aReview("approved", { id: 6, submittedAt: moment(70) }));

interface Case {
  readonly when: string;
  readonly known: readonly News[];
  readonly policy?: PolicyChanges;
  readonly broken: readonly string[];
}

const ONE: PolicyChanges = { requiredApprovals: 1 };

describe("given a pull request that was merged where no legal step leads to", () => {
  test.each<Case>([
    { when: "CI had failed", known: [RED], broken: ["merged_before_ci_passed"] },
    { when: "CI was running", known: [RUNNING], broken: ["merged_before_ci_passed"] },
    { when: "no check had come", known: [], broken: ["merged_before_ci_passed"] },
    {
      when: "a check that is required had not come",
      known: [GREEN],
      policy: { ci: { checks: ["e2e"] } },
      broken: ["merged_before_ci_passed"],
    },
    {
      when: "CI had failed, and an approval was needed and not given",
      known: [RED],
      policy: ONE,
      broken: ["merged_before_ci_passed", "merged_without_approval"],
    },
    {
      when: "CI had failed, and only its author had approved",
      known: [RED, BY_AUTHOR],
      policy: ONE,
      broken: ["merged_before_ci_passed", "approved_by_author"],
    },
    { when: "CI had failed, and it was approved", known: [RED, APPROVED], broken: ["merged_before_ci_passed"] },
    { when: "nobody had approved", known: [GREEN], policy: ONE, broken: ["merged_without_approval"] },
    { when: "a review was asked for and not given", known: [GREEN, ASKED], broken: ["merged_without_approval"] },
    { when: "a stranger had approved", known: [GREEN, BY_STRANGER], broken: ["merged_without_approval"] },
    { when: "only its author had approved", known: [GREEN, BY_AUTHOR], policy: ONE, broken: ["approved_by_author"] },
    {
      when: "an earlier head had been approved",
      known: [GREEN, STALE],
      broken: ["merged_after_unreviewed_push"],
    },
    {
      when: "an earlier head had been approved, and its author approved the last",
      known: [GREEN, STALE, BY_AUTHOR],
      policy: ONE,
      broken: ["merged_after_unreviewed_push"],
    },
    {
      when: "somebody had asked for changes beside an approval",
      known: [GREEN, APPROVED, CHANGES],
      broken: ["merged_without_approval"],
    },
    {
      when: "one of two approvals was missing",
      known: [GREEN, APPROVED],
      policy: { requiredApprovals: 2 },
      broken: ["merged_without_approval"],
    },
    {
      when: "it was approved afterwards",
      known: [GREEN, AFTERWARDS],
      policy: ONE,
      broken: ["merged_without_approval"],
    },
    {
      when: "there is no CI, and an approval was missing",
      known: [],
      policy: { requiredApprovals: 1, ci: { required: false } },
      broken: ["merged_without_approval"],
    },
  ])("when $when, then it broke $broken", ({ known, policy, broken }) => {
    const facts = factsOf(ISSUE, { pull: aPull() }, ...known, MERGED);
    expect(brokenRules("ci_pending", "merged", facts, aPolicy(policy))).toEqual(broken);
  });

  test("when the work item had been given up, then that it was closed before comes first, whatever else is wrong", () => {
    const facts = factsOf(ISSUE, { pull: aPull() }, RED, MERGED);
    expect(brokenRules("cancelled", "merged", facts, aPolicy(ONE))).toEqual([
      ...["closed_before_merge", "merged_before_ci_passed", "merged_without_approval"],
    ]);
  });
});

describe("given a work item that was closed where no legal step leads to", () => {
  test.each<readonly [string, WorkItem]>([
    ["there is no pull request", factsOf(ISSUE)],
    ["its pull request is open", factsOf(ISSUE, { pull: aPull() }, RED)],
    ["its pull request is merged", factsOf(ISSUE, { pull: aPull() }, RED, MERGED)],
  ])("when %s, then it was closed before the merge", (_, facts) => {
    expect(brokenRules("task_queued", "closed", facts, aPolicy())).toEqual(["closed_before_merge"]);
  });
});

describe("given anything", () => {
  test("when it is asked which rules were broken, then there is at least one, each known and named once", () => {
    const anyReview = fc
      .record({
        id: fc.nat({ max: 5 }),
        reviewer: fc.constantFrom(ALICE, BOB, CAROL),
        state: fc.constantFrom("approved", "changes_requested", "commented", "dismissed"),
        sha: fc.constantFrom(HEAD, NEXT_HEAD),
        mayApprove: fc.boolean(),
      })
      .map(({ state, ...fields }) => reviewOf(aReview(state, fields)));
    const anyCheck = fc.constantFrom(GREEN, RED, RUNNING);
    const anyNews = fc.array(fc.oneof(anyReview, anyCheck, fc.constantFrom(ASKED, MERGED)), { maxLength: 6 });
    const anyPolicy = fc.record({
      requiredApprovals: fc.nat({ max: 3 }),
      ci: fc.record({ required: fc.boolean(), checks: fc.constantFrom([], ["e2e"]) }),
    });
    const anyState = fc.constantFrom("issue_created", "ci_pending", "ci_passed", "approved", "cancelled");
    fc.assert(
      fc.property(anyState, fc.constantFrom("merged", "closed"), anyNews, anyPolicy, (from, to, news, policy) => {
        const facts = factsOf(ISSUE, { pull: aPull() }, ...news);
        const broken = brokenRules(from, to, facts, aPolicy(policy));
        expect(broken.length).toBeGreaterThan(0);
        expect(new Set(broken).size).toBe(broken.length);
        for (const rule of broken) expect(RULES).toContain(rule);
      }),
    );
  });
});
