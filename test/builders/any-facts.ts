import fc from "fast-check";
import type { Check, Facts, IssueFacts, LinkSource, PullFacts, PullStatus, Review } from "../../src/core/index.js";
import { anyPerson, anyText, anyTimestamp } from "./arbitraries.js";

const anyStatus: fc.Arbitrary<PullStatus> = fc.oneof(
  fc.constant<PullStatus>({ is: "open" }),
  fc.record({ is: fc.constant("closed" as const), at: anyTimestamp }),
  fc.record({
    is: fc.constant("merged" as const),
    at: anyTimestamp,
    sha: fc.option(anyText),
    by: fc.option(fc.record({ person: anyPerson, type: fc.constantFrom("User", "Bot") })),
  }),
  fc.record({ is: fc.constant("unlinked" as const), at: anyTimestamp }),
);

const anyCheck: fc.Arbitrary<Check> = fc.record({
  key: anyText,
  kind: fc.constantFrom("run", "suite", "status"),
  appId: fc.nat(),
  suiteId: fc.nat(),
  name: anyText,
  id: fc.nat(),
  conclusion: fc.option(anyText),
  asOf: fc.option(anyTimestamp),
  completedAt: fc.option(anyTimestamp),
  url: fc.option(anyText),
});

const anyReview: fc.Arbitrary<Review> = fc.record({
  id: fc.nat(),
  reviewer: anyPerson,
  state: fc.constantFrom("approved", "changes_requested", "commented", "dismissed"),
  sha: anyText,
  mayApprove: fc.boolean(),
  submittedAt: anyTimestamp,
  url: anyText,
});

const anyIssue: fc.Arbitrary<IssueFacts> = fc.record({
  repoId: fc.nat(),
  repoName: anyText,
  since: anyTimestamp,
  number: fc.nat(),
  status: fc.constantFrom("open", "closed"),
  queued: fc.boolean(),
  labels: fc.array(anyText, { maxLength: 3 }),
  url: anyText,
  updatedAt: anyTimestamp,
  closedAt: fc.option(anyTimestamp),
});

const anyPull: fc.Arbitrary<PullFacts> = fc.record(
  {
    repoId: fc.nat(),
    repoName: anyText,
    number: fc.nat(),
    url: anyText,
    author: fc.option(anyPerson),
    headSha: anyText,
    before: anyText,
    headSince: anyTimestamp,
    baseRef: anyText,
    baseSince: anyTimestamp,
    fromFork: fc.boolean(),
    draft: fc.boolean(),
    labels: fc.array(anyText, { maxLength: 2 }),
    status: anyStatus,
    openedAt: anyTimestamp,
    updatedAt: anyTimestamp,
    pushed: fc.boolean(),
    reviewRequested: fc.boolean(),
    linkedBy: fc.subarray<LinkSource>(["keyword", "reference", "branch"]),
    checks: fc.array(anyCheck, { maxLength: 3 }),
    reviews: fc.array(anyReview, { maxLength: 3 }),
    ciTimedOutAt: anyTimestamp,
    autoMerge: fc.record({ on: fc.boolean(), at: anyTimestamp }),
    mergeRefused: fc.record({ sha: anyText, reason: anyText, at: anyTimestamp }),
    verdicts: fc.array(
      fc.record({
        gate: anyText,
        decision: fc.constantFrom("pass", "block", "neutral"),
        title: anyText,
        failed: fc.boolean(),
        at: anyTimestamp,
      }),
      { maxLength: 2 },
    ),
    queue: fc.array(
      fc.record({ is: fc.constantFrom("entered", "left"), reason: fc.option(anyText), at: anyTimestamp }),
      { maxLength: 2 },
    ),
  },
  {
    requiredKeys: [
      ...(["repoId", "repoName", "number", "url", "author", "headSha", "headSince", "baseRef", "draft"] as const),
      ...(["baseSince", "fromFork"] as const),
      ...(["labels", "status", "openedAt", "updatedAt", "pushed", "reviewRequested", "linkedBy"] as const),
      ...(["checks", "reviews"] as const),
    ],
  },
);

/** Facts of every shape, likely or not. */
export const anyFacts: fc.Arbitrary<Facts> = fc.record({
  issue: fc.option(anyIssue),
  pulls: fc.array(anyPull, { maxLength: 2 }),
});
