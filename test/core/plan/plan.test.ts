import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  allowedFrom,
  type Cause,
  DEFAULT_POLICY,
  GITHUB,
  type Lifecycle,
  type News,
  type Observation,
  openEntry,
  type Policy,
  plan,
  type RecordHead,
  RULES,
  reflect,
  STRICT,
} from "../../../src/core/index.js";
import {
  ALICE,
  aHead,
  anIssue,
  anObservation,
  aPolicy,
  aPull,
  aReview,
  aRun,
  aSuite,
  BOB,
  CAROL,
  checksOf,
  factsOf,
  HEAD,
  inWords,
  NEXT_HEAD,
  reviewOf,
} from "../../builders/github.js";
import { moment } from "../../builders/records.js";
import {
  APPROVED,
  ASKED,
  GREEN,
  ISSUE,
  ISSUE_CLOSED,
  MERGED,
  OPENED,
  planned,
  QUEUED,
  RED,
  RERUN_GREEN,
  RERUNNING,
  RUNNING,
  SPECIFICATION,
} from "./plan-cases.js";

describe.each(SPECIFICATION)("what follows from news of $about", ({ cases }) => {
  it.each(cases.map((given) => [`in ${given.given[0]}: ${given.name}`, given] as const))("%s", (_, given) => {
    expect(planned(given).map(inWords)).toEqual(given.steps);
  });
});

describe("a step", () => {
  it("that the delivery named has its time, its people and its evidence", () => {
    const observation = anObservation("pr.opened", OPENED);
    const { drafts } = plan(GITHUB, DEFAULT_POLICY, aHead("task_queued", factsOf(QUEUED)), observation);
    expect(drafts).toEqual([
      {
        kind: "transition",
        toState: "pr_created",
        trigger: "pr.opened",
        occurredAt: observation.occurredAt,
        people: observation.people,
        metadata: observation.evidence,
      },
    ]);
  });

  it("that is implied has GitHub's time where GitHub says it, points at what bears it out, and names nobody", () => {
    const approved = reviewOf(aReview("approved", { submittedAt: moment(41) }));
    const drafts = planned({
      given: ["pr_created", QUEUED, OPENED],
      when: ["pr.merged", { ...MERGED, ...GREEN, ...approved }],
    });
    expect(
      drafts.map(({ toState, occurredAt, people, metadata }) => ({ toState, occurredAt, people, metadata })),
    ).toMatchObject([
      { toState: "ci_pending", occurredAt: moment(20), people: [], metadata: { implied: true, sha: HEAD } },
      {
        toState: "ci_passed",
        occurredAt: moment(30),
        people: [],
        metadata: { implied: true, sha: HEAD, url: "https://github.com/acme/shop/pull/8/checks" },
      },
      { toState: "awaiting_review", people: [], metadata: { implied: true } },
      { toState: "approved", occurredAt: moment(41), people: [], metadata: { implied: true } },
      { toState: "merged", occurredAt: moment(50), metadata: { seen: "pr.merged" } },
    ]);
  });

  it("against a rule says which, what CI said, and which checks said so", () => {
    const checks = checksOf([aRun("build", "success"), aRun("test", "failure"), aRun("lint", null)]);
    const [draft] = planned({ given: ["ci_failed", QUEUED, OPENED, checks], when: ["pr.merged", MERGED] });
    expect(draft).toMatchObject({
      kind: "exception",
      toState: "merged",
      metadata: {
        seen: "pr.merged",
        rule: "merged_before_ci_passed",
        ci: "failed",
        not_passed: ["test: failure", "lint: running"],
      },
    });
  });

  it("against a rule lists no more than 20 checks", () => {
    const checks = checksOf(Array.from({ length: 40 }, (_, index) => aRun(`check ${index}`, "failure")));
    const [draft] = planned({ given: ["ci_failed", QUEUED, OPENED, checks], when: ["pr.merged", MERGED] });
    expect(draft?.metadata.not_passed).toHaveLength(20);
  });
});

describe("planning, for any run of observations", () => {
  const CAUSES: readonly Cause[] = [
    ...(["issue.opened", "issue.reopened", "issue.closed", "issue.edited", "worker.picked_up"] as const),
    ...(["pr.opened", "pr.reopened", "pr.edited", "pr.synchronized", "pr.closed", "pr.merged"] as const),
    ...(["ci.reported"] as const),
    ...(["review.requested", "review.approved", "review.changes_requested"] as const),
    ...(["review.commented", "review.dismissed"] as const),
  ];
  const anyCause = fc.constantFrom(...CAUSES);
  const anyTime = fc.integer({ min: 1, max: 99 }).map(moment);
  const anyHeadSha = fc.constantFrom(HEAD, HEAD, NEXT_HEAD);

  const anyIssueNews: fc.Arbitrary<News> = fc
    .record({ status: fc.constantFrom("open", "open", "closed"), queued: fc.boolean(), updatedAt: anyTime })
    .map((fields) => ({ issue: anIssue(fields) }));
  const anyPullNews: fc.Arbitrary<News> = fc
    .record({
      number: fc.constantFrom(8, 8, 9),
      headSha: anyHeadSha,
      is: fc.constantFrom("open", "open", "open", "closed", "merged"),
      updatedAt: anyTime,
      pushed: fc.boolean(),
      reviewRequested: fc.boolean(),
    })
    .map(({ is, ...fields }) => {
      const at = fields.updatedAt;
      const status = is === "open" ? { is } : is === "closed" ? { is, at } : { is, at, sha: null, by: null };
      return { pull: aPull({ ...fields, status }) };
    });
  const anyCheckNews: fc.Arbitrary<News> = fc
    .record({
      sha: anyHeadSha,
      // Each once: GitHub does not contradict itself within one delivery.
      checks: fc.uniqueArray(
        fc.oneof(
          fc
            .tuple(fc.constantFrom("build", "lint"), fc.constantFrom(null, "success", "failure"), anyTime)
            .map(([name, conclusion, asOf]) =>
              aRun(name, conclusion, { asOf, completedAt: conclusion === null ? null : asOf }),
            ),
          fc.tuple(fc.constantFrom(null, "success"), anyTime).map(([conclusion, asOf]) => aSuite(conclusion, { asOf })),
        ),
        { minLength: 1, maxLength: 2, selector: ({ key }) => key },
      ),
    })
    .map(({ sha, checks }) => checksOf(checks, sha));
  const anyReviewNews: fc.Arbitrary<News> = fc
    .record({
      id: fc.integer({ min: 1, max: 4 }),
      state: fc.constantFrom("approved", "approved", "changes_requested", "commented", "dismissed"),
      reviewer: fc.constantFrom(ALICE, BOB, CAROL),
      sha: anyHeadSha,
    })
    .map(({ state, ...fields }) => reviewOf(aReview(state, fields)));

  const anyObservation: fc.Arbitrary<Observation> = fc
    .tuple(anyCause, fc.oneof(anyIssueNews, anyPullNews, anyPullNews, anyCheckNews, anyCheckNews, anyReviewNews))
    .map(([cause, news]) => anObservation(cause, news));
  const anyRun = fc.array(anyObservation, { maxLength: 25 });
  const anyLifecycle = fc.constantFrom<Lifecycle>(GITHUB, STRICT);
  const anyPolicy = fc.nat({ max: 2 }).map((requiredApprovals) => aPolicy({ requiredApprovals }));

  const recording = { timestamp: moment(1), source: { kind: "api" } } as const;

  function follow(
    lifecycle: Lifecycle,
    policy: Policy,
    run: readonly Observation[],
    each = (_before: RecordHead, _after: RecordHead, _of: Observation) => {},
  ) {
    let head = aHead("issue_created", undefined, lifecycle);
    const entries = [];
    for (const observation of run) {
      const before = head;
      const { facts, drafts } = plan(lifecycle, policy, before, observation);
      const next = advance(lifecycle, reflect(before, facts, policy), drafts, recording);
      head = next.head;
      entries.push(...next.entries.map(openEntry));
      each(before, head, observation);
    }
    return { head, entries };
  }

  it("every entry is a legal step from where the record was, but for exceptions, which end it or move nothing", () => {
    fc.assert(
      fc.property(anyLifecycle, anyPolicy, anyRun, (lifecycle, policy, run) => {
        let at = "issue_created";
        for (const { kind, fromState, toState } of follow(lifecycle, policy, run).entries) {
          expect(fromState).toBe(at);
          if (kind === "note") expect(toState).toBeNull();
          else if (kind === "exception") expect(["merged", "closed", null]).toContain(toState);
          else expect(allowedFrom(lifecycle, at)).toContain(toState);
          at = toState ?? at;
        }
      }),
      { numRuns: 200 },
    );
  });

  it("merged is entered from ci_passed or approved, or as an exception that names a rule", () => {
    fc.assert(
      fc.property(anyLifecycle, anyPolicy, anyRun, (lifecycle, policy, run) => {
        const { head, entries } = follow(lifecycle, policy, run);
        for (const { kind, fromState, metadata } of entries.filter(({ toState }) => toState === "merged")) {
          if (kind === "transition") expect(["ci_passed", "approved"]).toContain(fromState);
          else expect(RULES).toContain(metadata.rule);
        }
        expect(head.exceptions).toBe(entries.filter(({ kind }) => kind === "exception").length);
        expect(entries.filter(({ toState }) => toState === "merged").length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  it("the same record and observation make the same plan, and neither is changed", () => {
    fc.assert(
      fc.property(anyPolicy, anyRun, anyObservation, (policy, run, observation) => {
        const { head } = follow(GITHUB, policy, run);
        const before = JSON.stringify([head, observation]);
        const first = plan(GITHUB, policy, head, observation);
        expect(plan(GITHUB, policy, head, observation)).toEqual(first);
        expect(JSON.stringify([head, observation])).toBe(before);
      }),
    );
  });

  it("an observation that is made again says nothing", () => {
    fc.assert(
      fc.property(anyPolicy, anyRun, (policy, run) => {
        follow(GITHUB, policy, run, (_, after, observation) => {
          const again = plan(GITHUB, policy, after, observation);
          expect(again.drafts).toEqual([]);
          expect(again.facts).toBe(after.facts);
        });
      }),
    );
  });

  it("a whole life ends the same in whatever order its deliveries come, and with no exception where the merge is the last", () => {
    const before = [
      anObservation("issue.opened", ISSUE),
      anObservation("worker.picked_up", QUEUED),
      anObservation("pr.opened", OPENED),
      anObservation("ci.reported", { ...OPENED, ...RUNNING }),
      anObservation("ci.reported", { ...OPENED, ...RED }),
      anObservation("ci.reported", { ...OPENED, ...RERUNNING }),
      anObservation("ci.reported", { ...OPENED, ...RERUN_GREEN }),
      anObservation("review.requested", ASKED),
      anObservation("review.approved", { ...ASKED, ...APPROVED }),
    ];
    const end = [anObservation("pr.merged", MERGED), anObservation("issue.closed", ISSUE_CLOSED)];
    const shuffled = (run: readonly Observation[]) =>
      fc.shuffledSubarray([...run, ...run], { minLength: run.length }).map((some) => [...some, ...run]);
    fc.assert(
      fc.property(shuffled(before), shuffled(end), (life, ending) => {
        const open = follow(GITHUB, aPolicy({ requiredApprovals: 1 }), life);
        expect(open.head.state).toBe("approved");
        const { head } = follow(GITHUB, aPolicy({ requiredApprovals: 1 }), [...life, ...ending]);
        expect([head.state, head.exceptions]).toEqual(["closed", 0]);
      }),
    );
    fc.assert(
      fc.property(shuffled([...before, ...end]), (life) => {
        expect(follow(GITHUB, aPolicy({ requiredApprovals: 1 }), life).head.state).toBe("closed");
      }),
    );
  });
});
