import fc from "fast-check";
import type { Check, Facts, IssueFacts, PullFacts, PullStatus, Review } from "../../src/core/index.js";
import { anyPerson, anyText, anyTimestamp } from "./arbitraries.js";

const anyStatus: fc.Arbitrary<PullStatus> = fc.oneof(
  fc.constant<PullStatus>({ is: "open" }),
  fc.record({ is: fc.constant("closed" as const), at: anyTimestamp }),
  fc.record({
    is: fc.constant("merged" as const),
    at: anyTimestamp,
    sha: fc.option(anyText),
    by: fc.option(anyPerson),
  }),
);

const anyCheck: fc.Arbitrary<Check> = fc.record({
  key: anyText,
  kind: fc.constantFrom("run", "suite"),
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
  number: fc.nat(),
  status: fc.constantFrom("open", "closed"),
  queued: fc.boolean(),
  labels: fc.array(anyText, { maxLength: 3 }),
  url: anyText,
  updatedAt: anyTimestamp,
  closedAt: fc.option(anyTimestamp),
});

const anyPull: fc.Arbitrary<PullFacts> = fc.record({
  repoId: fc.nat(),
  number: fc.nat(),
  url: anyText,
  author: fc.option(anyPerson),
  headSha: anyText,
  baseRef: anyText,
  draft: fc.boolean(),
  status: anyStatus,
  openedAt: anyTimestamp,
  updatedAt: anyTimestamp,
  pushed: fc.boolean(),
  reviewRequested: fc.boolean(),
  checks: fc.array(anyCheck, { maxLength: 3 }),
  reviews: fc.array(anyReview, { maxLength: 3 }),
});

/** Facts of every shape, likely or not. */
export const anyFacts: fc.Arbitrary<Facts> = fc.record({
  issue: fc.option(anyIssue),
  pulls: fc.array(anyPull, { maxLength: 2 }),
});
