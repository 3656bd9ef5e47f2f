import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  allowedFrom,
  type Cause,
  checkKey,
  eventOf,
  GITHUB,
  type Lifecycle,
  type News,
  type Observation,
  openEntry,
  type PlanInput,
  type Policy,
  plan,
  projectHead,
  type RecordHead,
  RULES,
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
  HEAD,
  inWords,
  knownAfter,
  NEXT_HEAD,
  planAfter,
  reviewOf,
  webhook,
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
    const drafts = planAfter([QUEUED], observation, { head: aHead("task_queued") });
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

  it("that is implied has GitHub's time where GitHub says it, points at what bears it out, and names whom GitHub names", () => {
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
      {
        toState: "approved",
        occurredAt: moment(41),
        people: [{ role: "reviewer", person: BOB, type: "User" }],
        metadata: { implied: true },
      },
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

describe("the entry of a merge", () => {
  it("carries everything that the verdict on it rests on, and the policy in force", () => {
    const [draft] = planned({ given: ["ci_passed", QUEUED, OPENED, GREEN], when: ["pr.merged", MERGED] });
    expect(draft?.metadata.grounds).toMatchObject({
      pull: "1#8",
      author: ALICE,
      merger: BOB,
      head_sha: HEAD,
      base: { ref: "main" },
      ci: "passed",
      checks: [{ name: "build", conclusion: "success" }],
      policy: { approvals: 0, ci: { required: "auto" }, source: ["default"] },
    });
  });

  it("is not changed by a late finding, which has grounds of its own and says that it is late", () => {
    const lint = checksOf([aRun("lint", "failure")]);
    const drafts = planned({ given: ["merged", QUEUED, OPENED, GREEN, MERGED], when: ["ci.reported", lint] });
    expect(drafts).toMatchObject([
      {
        kind: "exception",
        toState: null,
        occurredAt: moment(60),
        metadata: { rule: "merged_before_ci_passed", late: true, grounds: { pull: "1#8", ci: "failed" } },
      },
    ]);
  });

  it("is answered where its exception proves unfounded, with the evidence", () => {
    const drafts = planned({
      given: ["merged", QUEUED, OPENED, MERGED],
      when: ["ci.reported", GREEN],
      broken: ["merged_before_ci_passed"],
    });
    expect(drafts).toMatchObject([
      {
        kind: "corrected",
        toState: null,
        metadata: { answers: ["the-record#1"], rules: ["merged_before_ci_passed"], grounds: { ci: "passed" } },
      },
    ]);
  });

  it("is not judged anew because GitHub has forgotten the checks meanwhile", () => {
    const gone: News = { pull: { ...aPull(MERGED.pull), checksGone: true, updatedAt: moment(99) } };
    const given = ["merged", QUEUED, OPENED, RED, MERGED] as const;
    expect(planned({ given, when: ["refreshed", gone], broken: ["merged_before_ci_passed"] })).toEqual([]);
  });

  it("is judged by the policy of then: one that asks for more, later, accuses nobody", () => {
    const { item } = knownAfter([QUEUED, OPENED, GREEN, MERGED]);
    const head = aHead("merged", GITHUB, { merges: [{ pull: "1#8", seq: 5 }] });
    const judgedBy = new Map([["1#8", { policy: aPolicy(), ciWasGone: false }]]);
    const policy = aPolicy({ requiredApprovals: 2 });
    const observation = anObservation("refreshed", {});
    expect(plan({ lifecycle: GITHUB, policy, head, item, observation, isRecorded: false, judgedBy })).toEqual([]);
  });
});

describe("a justification", () => {
  const justified = anObservation("command.justified", {});
  it("is recorded once, where there is something to justify", () => {
    const head = aHead("closed", GITHUB, { exceptions: 1 });
    expect(planAfter([], justified, { head }).map(({ kind }) => kind)).toEqual(["justified"]);
    expect(planAfter([], justified, { head, isRecorded: true })).toEqual([]);
    expect(planAfter([], justified, { head: aHead("closed") })).toEqual([]);
  });
});

describe("the name of an event", () => {
  const named = (cause: Cause, news: News, occurredAt = moment(50)) =>
    eventOf(anObservation(cause, news, { occurredAt }));

  it("is the same under another delivery's id, and in a read of the API", () => {
    const event = named("pr.merged", MERGED);
    expect(eventOf(anObservation("pr.merged", MERGED, { source: webhook("another") }))).toBe(event);
    expect(eventOf(anObservation("pr.merged", MERGED, { source: { kind: "snapshot" } }))).toBe(event);
    expect(event).not.toBeNull();
  });

  it.each<[string, string | null, string | null]>([
    [
      "two reviews",
      named("review.approved", APPROVED),
      named("review.approved", reviewOf(aReview("approved", { id: 2 }))),
    ],
    ["a review and its dismissal", named("review.approved", APPROVED), named("review.dismissed", APPROVED)],
    ["two merges", named("pr.merged", MERGED), named("pr.merged", MERGED, moment(51))],
    ["two pull requests", named("pr.opened", OPENED), named("pr.opened", { pull: aPull({ number: 9 }) })],
    [
      "two pushes within a second",
      named("pr.synchronized", OPENED),
      named("pr.synchronized", { pull: aPull({ headSha: NEXT_HEAD }) }),
    ],
  ])("tells %s apart", (_, one, other) => {
    expect(one).not.toBe(other);
  });

  it.each<[Cause, News]>([
    ["ci.reported", GREEN],
    ["pr.edited", OPENED],
    ["issue.edited", ISSUE],
    ["refreshed", {}],
  ])("is none for %s, which has no line of its own", (cause, news) => {
    expect(named(cause, news)).toBeNull();
  });
});

describe("the face of a record", () => {
  const { item } = knownAfter([QUEUED, OPENED]);

  it("shows the pull request that it goes by, and what it is found by", () => {
    expect(projectHead(aHead("pr_created"), item, aPolicy())).toMatchObject({
      ...{ repo: "acme/shop", ref: "acme/shop#7", prNumber: 8, prUrl: "https://github.com/acme/shop/pull/8" },
      links: expect.arrayContaining(["issue:1#7", "pull:1#8"]),
    });
  });

  it("is the same object where nothing of it changed, so that nothing is written", () => {
    const head = projectHead(aHead("pr_created"), item, aPolicy());
    expect(projectHead(head, knownAfter([QUEUED, OPENED, GREEN]).item, aPolicy())).toBe(head);
  });

  it("drops the links of earlier versions to commits: the facts of a commit name its pull requests", () => {
    const head = aHead("pr_created", GITHUB, { links: [`commit:1@${HEAD}`, "issue:1#7"] });
    expect(projectHead(head, item, aPolicy()).links).not.toContain(`commit:1@${HEAD}`);
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
        { minLength: 1, maxLength: 2, selector: checkKey },
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
    .map(([cause, news]) => anObservation(news.checks ? "ci.reported" : cause, news));
  const anyRun = fc.array(anyObservation, { maxLength: 25 });
  const anyLifecycle = fc.constantFrom<Lifecycle>(GITHUB, STRICT);
  const anyPolicy = fc.nat({ max: 2 }).map((requiredApprovals) => aPolicy({ requiredApprovals }));

  const recording = { timestamp: moment(1), source: { kind: "api" } } as const;

  function follow(
    lifecycle: Lifecycle,
    policy: Policy,
    run: readonly Observation[],
    each: (again: PlanInput) => void = () => undefined,
  ) {
    let head = aHead("issue_created", lifecycle);
    const known: News[] = [];
    const events = new Set<string>();
    const entries = [];
    for (const observation of run) {
      const before = head;
      known.push(observation.news);
      const input = inputFor(lifecycle, policy, before, known, observation, events);
      const next = advance(lifecycle, projectHead(before, input.item, policy), plan(input), recording);
      head = next.head;
      const event = eventOf(observation);
      if (event !== null) events.add(event);
      entries.push(...next.entries.map(openEntry));
      each(inputFor(lifecycle, policy, head, known, observation, events));
    }
    return { head, entries, known, events };
  }

  /** What the App plans from: the facts of all news so far, and which events have their line. */
  function inputFor(
    lifecycle: Lifecycle,
    policy: Policy,
    head: RecordHead,
    known: readonly News[],
    observation: Observation,
    events: ReadonlySet<string>,
  ): PlanInput {
    const judgedBy = new Map(head.merges.map(({ pull }) => [pull, { policy, ciWasGone: false }]));
    const isRecorded = events.has(eventOf(observation) ?? "");
    return { lifecycle, policy, head, item: knownAfter(known).item, observation, isRecorded, judgedBy };
  }

  it("every entry is a legal step from where the record was, but for exceptions, which end it or move nothing", () => {
    fc.assert(
      fc.property(anyLifecycle, anyPolicy, anyRun, (lifecycle, policy, run) => {
        let at = "issue_created";
        for (const { kind, fromState, toState } of follow(lifecycle, policy, run).entries) {
          expect(fromState).toBe(at);
          if (kind === "note" || kind === "corrected") expect(toState).toBeNull();
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
        const { head, known, events } = follow(GITHUB, policy, run);
        const input = inputFor(GITHUB, policy, head, [...known, observation.news], observation, events);
        const before = JSON.stringify(input);
        const first = plan(input);
        expect(plan(input)).toEqual(first);
        expect(JSON.stringify(input)).toBe(before);
      }),
    );
  });

  it("an observation that is made again says nothing", () => {
    fc.assert(
      fc.property(anyPolicy, anyRun, (policy, run) => {
        follow(GITHUB, policy, run, (again) => {
          expect(plan(again)).toEqual([]);
          expect(projectHead(again.head, again.item, policy)).toBe(again.head);
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
