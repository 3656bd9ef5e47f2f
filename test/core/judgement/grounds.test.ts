import { describe, expect, it } from "vitest";
import {
  type Check,
  canonicalJson,
  groundsOf,
  MAX_ENTRY_BYTES,
  type News,
  type Policy,
  type PullView,
  policyGround,
  policyIn,
  readGrounds,
} from "../../../src/core/index.js";
import {
  ALICE,
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
  onlyPull,
  type PolicyChanges,
  reviewOf,
} from "../../builders/github.js";
import { moment } from "../../builders/records.js";

const MERGED_BY_APP: News = {
  pull: aPull({
    status: { is: "merged", at: moment(60), sha: null, by: { person: CAROL, type: "Bot", app: "merger" } },
    updatedAt: moment(60),
  }),
};

function many(count: number, make: (index: number) => Check): readonly Check[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function groundsWith(pull: Partial<PullView>, policy: PolicyChanges = {}) {
  return groundsOf({ ...onlyPull(factsOf({ pull: aPull() })), ...pull }, aPolicy(policy));
}

const namesIn = (checks: unknown) => (checks as { readonly name: string }[]).map(({ name }) => name);

describe("the grounds of a merge", () => {
  it("say who wrote, pushed, reviewed and merged, where to, and by which policy", () => {
    const item = factsOf(
      { pull: aPull() },
      checksOf([aRun("build", "success", { app: "ci" })]),
      reviewOf(aReview("approved", { baseRef: "main" })),
      MERGED_BY_APP,
    );
    expect(groundsOf(onlyPull(item), aPolicy({ requiredApprovals: 1 }))).toMatchObject({
      ...{ pull: "1#8", author: ALICE, last_pusher: ALICE, merger: CAROL, merged_by_app: "merger", head_sha: HEAD },
      ...{ base: { ref: "main" }, ci: "passed", review: "approved" },
      checks: [{ name: "build", app: "ci", conclusion: "success" }],
      reviews: [{ reviewer: BOB, state: "approved", sha: HEAD }],
      policy: { approvals: 1 },
    });
  });

  it("name every red, running and unknown check and every one that never came, and say how many more were green", () => {
    const red = many(80, (n) => aRun(`red ${n}`, "failure", { id: n }));
    const running = many(30, (n) => aRun(`running ${n}`, null, { id: 100 + n }));
    const unknown = many(20, (n) => aRun(`unknown ${n}`, "success", { id: 200 + n, notKnown: true }));
    const green = many(300, (n) => aRun(`green ${n}`, "success", { id: 1000 + n }));
    const required = Array.from({ length: 60 }, (_, n) => `required ${n}`);
    const grounds = groundsWith({ checks: [...green, ...red, ...running, ...unknown] }, { ci: { checks: required } });
    const names = namesIn(grounds.checks);
    for (const { name } of [...red, ...running, ...unknown]) expect(names).toContain(name);
    expect(names.filter((name) => name.startsWith("green"))).toHaveLength(50);
    expect(grounds).toMatchObject({ more_passed: 250, missing: required });
    expect(grounds).not.toHaveProperty("more_not_passed");
  });

  it("name every objection and every approval, counted or not, whatever others said beside them", () => {
    const noise = Array.from({ length: 300 }, (_, n) => aReview("commented", { id: 1000 + n }));
    const opinions = [
      aReview("changes_requested", { id: 1 }),
      aReview("approved", { id: 2, reviewer: ALICE }),
      aReview("approved", { id: 3, reviewer: CAROL, sha: NEXT_HEAD }),
    ];
    const grounds = groundsWith({ reviews: [...noise, ...opinions, ...noise] });
    expect(grounds.reviews).toMatchObject([
      { state: "changes_requested" },
      { state: "approved", not_counted: "by_author" },
      { state: "approved", not_counted: "stale" },
      ...Array.from({ length: 20 }, () => ({ state: "commented" })),
    ]);
    expect(grounds.more_reviews).toBe(580);
  });

  it("name a red run that a later one replaced", () => {
    const earlier = aRun("build", "failure", { id: 1, asOf: moment(20), completedAt: moment(30) });
    const later = aRun("build", "success", { id: 2, suiteId: 7, asOf: moment(31), completedAt: moment(40) });
    expect(groundsWith({ checks: [earlier, later] })).toMatchObject({
      ci: "passed",
      checks: [{ conclusion: "success" }],
      replaced: [{ conclusion: "failure" }],
    });
  });

  it("fit into an entry, and where they would not, they say how many are left out and the verdict stands", () => {
    const red = many(3000, (n) => aRun(`${n} ${"🚦".repeat(200)}`, "failure", { id: n }));
    const green = many(3000, (n) => aRun(`${n} ${"x".repeat(900)}`, "success", { id: 5000 + n }));
    const grounds = groundsWith({ checks: [...red, ...green] });
    expect(Buffer.byteLength(canonicalJson(grounds))).toBeLessThan(MAX_ENTRY_BYTES);
    expect(grounds.ci).toBe("failed");
    const shown = namesIn(grounds.checks).length - 50;
    expect(grounds.more_not_passed).toBe(3000 - shown);
  });

  it("come back from an entry as they were written", () => {
    const written = groundsWith({ checks: [aRun("build", "failure")], reviews: [aReview("approved")] });
    expect(readGrounds(JSON.parse(JSON.stringify(written)))).toMatchObject({
      ci: "failed",
      checks: [{ name: "build", conclusion: "failure", notKnown: false }],
      reviews: [{ reviewer: BOB, state: "approved", notCounted: null }],
      policy: aPolicy(),
    });
    expect(readGrounds({})).toBeNull();
    expect(readGrounds(undefined)).toBeNull();
  });
});

describe("the policy as evidence", () => {
  it("has the digest of its values, whatever files they come from", () => {
    const digest = (policy: Policy) => policyGround(policy).digest;
    const policy = aPolicy({ requiredApprovals: 1, ci: { checks: ["build"] } });
    expect(digest({ ...policy, source: ["repository", "organization"] })).toBe(digest(policy));
    expect(policyGround(policy).source).toEqual(["default"]);
    const others: readonly PolicyChanges[] = [
      { requiredApprovals: 2, ci: { checks: ["build"] } },
      { requiredApprovals: 1, ci: { checks: ["build"], ignore: ["flaky*"] } },
      { requiredApprovals: 1, ci: { checks: ["build"], required: true } },
      { requiredApprovals: 1, ci: { checks: ["build"] }, autoMerge: { label: "ship" } },
    ];
    const digests = [policy, ...others.map((changes) => aPolicy(changes))].map(digest);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it.each<PolicyChanges>([
    {},
    { requiredApprovals: 3, ci: { required: false, checks: ["a"], ignore: ["b*"] } },
    { ci: { required: true }, autoMerge: { enabled: true, label: "ship" } },
  ])("comes back as it was: %j", (changes) => {
    const policy: Policy = { ...aPolicy(changes), source: ["repository", "operator"] };
    expect(policyIn({ policy: policyGround(policy) })).toEqual(policy);
  });

  it("is none in an entry of an earlier version", () => {
    expect(policyIn({ ci: "failed" })).toBeNull();
    expect(policyIn(undefined)).toBeNull();
  });
});
