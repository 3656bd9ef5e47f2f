import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Check,
  countedChecks,
  currentPull,
  DEFAULT_POLICY,
  type Facts,
  judgeCi,
  judgeReview,
  learn,
  type News,
  NO_FACTS,
  type PullFacts,
  type PullNews,
  type PullStatus,
  type Review,
  type Timestamp,
} from "../../../src/core/index.js";
import {
  ALICE,
  anIssue,
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
  NEXT_HEAD,
  reviewOf,
} from "../../builders/github.js";
import { moment } from "../../builders/records.js";

const OPENED: News = { pull: aPull() };
const PUSHED: News = { pull: aPull({ headSha: NEXT_HEAD, pushed: true, updatedAt: moment(45) }) };

function onlyPull(facts: Facts): PullFacts {
  const [pull] = facts.pulls;
  if (!pull || facts.pulls.length > 1) throw new Error(`One pull request was expected, not ${facts.pulls.length}`);
  return pull;
}

describe("what is known of an issue", () => {
  it("is what the newest news says, whichever came last", () => {
    const older = { issue: anIssue({ labels: ["bug"], updatedAt: moment(1) }) };
    const newer = { issue: anIssue({ labels: ["done"], status: "closed", updatedAt: moment(2), closedAt: moment(2) }) };
    expect(factsOf(older, newer).issue).toEqual(newer.issue);
    expect(factsOf(newer, older).issue).toEqual(newer.issue);
  });

  it("stays queued once somebody had picked it up", () => {
    const queued = { issue: anIssue({ queued: true, updatedAt: moment(2) }) };
    const unassigned = { issue: anIssue({ queued: false, updatedAt: moment(3) }) };
    expect(factsOf(queued, unassigned).issue?.queued).toBe(true);
    expect(factsOf(unassigned, queued).issue?.queued).toBe(true);
  });
});

describe("what is known of a pull request", () => {
  it("stays merged, whatever older or newer news says", () => {
    const merged: News = {
      pull: aPull({ status: { is: "merged", at: moment(60), sha: null, by: null }, updatedAt: moment(60) }),
    };
    const closed: News = { pull: aPull({ status: { is: "closed", at: moment(61) }, updatedAt: moment(61) }) };
    for (const facts of [factsOf(merged, OPENED, closed), factsOf(OPENED, closed, merged), factsOf(closed, merged)]) {
      expect(onlyPull(facts).status.is).toBe("merged");
    }
  });

  it("is open again when it is reopened", () => {
    const closed: News = { pull: aPull({ status: { is: "closed", at: moment(20) }, updatedAt: moment(20) }) };
    const reopened: News = { pull: aPull({ updatedAt: moment(30) }) };
    expect(onlyPull(factsOf(OPENED, closed, reopened)).status.is).toBe("open");
    expect(onlyPull(factsOf(reopened, closed)).status.is).toBe("open");
  });

  it("knows whether a review is asked for now, whichever word comes first", () => {
    const asked: News = { pull: aPull({ reviewRequested: true, updatedAt: moment(20) }) };
    const withdrawn: News = { pull: aPull({ reviewRequested: false, updatedAt: moment(21) }) };
    expect(onlyPull(factsOf(OPENED, asked)).reviewRequested).toBe(true);
    expect(onlyPull(factsOf(OPENED, asked, withdrawn)).reviewRequested).toBe(false);
    expect(onlyPull(factsOf(OPENED, withdrawn, asked)).reviewRequested).toBe(false);
  });

  it("remembers for life that commits came", () => {
    expect(onlyPull(factsOf(OPENED)).pushed).toBe(false);
    expect(onlyPull(factsOf(PUSHED, OPENED))).toMatchObject({ pushed: true, headSha: NEXT_HEAD });
  });

  it("tells from another head alone that commits came", () => {
    const elsewhere: News = { pull: aPull({ headSha: NEXT_HEAD, updatedAt: moment(45) }) };
    expect(onlyPull(factsOf(OPENED, elsewhere)).pushed).toBe(true);
    expect(onlyPull(factsOf(elsewhere, OPENED)).pushed).toBe(true);
  });

  it("drops the checks of the old head when commits come, and takes none in for it afterwards", () => {
    const green = checksOf([aRun("build", "success")]);
    expect(onlyPull(factsOf(OPENED, green)).checks).toHaveLength(1);
    expect(onlyPull(factsOf(OPENED, green, PUSHED)).checks).toEqual([]);
    expect(onlyPull(factsOf(OPENED, PUSHED, green)).checks).toEqual([]);
  });

  it("keeps its checks when older news names an older head", () => {
    const green = checksOf([aRun("build", "success")], NEXT_HEAD);
    expect(onlyPull(factsOf(PUSHED, green, OPENED)).checks).toHaveLength(1);
  });

  it("is not mixed up with one of the same number in another repository", () => {
    const fork: News = { pull: aPull({ repoId: 2, headSha: NEXT_HEAD }) };
    const facts = factsOf(OPENED, fork, checksOf([aRun("build", "success")]), reviewOf(aReview("approved")));
    expect(facts.pulls.map(({ repoId, checks, reviews }) => [repoId, checks.length, reviews.length])).toEqual([
      [1, 1, 1],
      [2, 0, 0],
    ]);
  });

  it("cannot fill a record: 30 pull requests and 300 checks of a head are kept", () => {
    const many = Array.from(
      { length: 40 },
      (_, index): News => ({ pull: aPull({ number: index + 1, headSha: HEAD }) }),
    );
    const checks = Array.from({ length: 310 }, (_, index) => aRun(`check ${index}`, "success"));
    expect(factsOf(...many).pulls).toHaveLength(30);
    expect(onlyPull(factsOf(OPENED, checksOf(checks))).checks).toHaveLength(300);
  });
});

describe("which pull request the work item stands or falls with", () => {
  const merge = (number: number, at: number): News => ({
    pull: aPull({ number, status: { is: "merged", at: moment(at), sha: null, by: null }, updatedAt: moment(at) }),
  });

  it("is the newest that is open", () => {
    const second: News = { pull: aPull({ number: 9, openedAt: moment(11) }) };
    expect(currentPull(factsOf(OPENED, second))?.number).toBe(9);
    expect(currentPull(factsOf(second, OPENED))?.number).toBe(9);
  });

  it("is the one with the higher number of two that were opened in the same second", () => {
    const second: News = { pull: aPull({ number: 9 }) };
    expect(currentPull(factsOf(OPENED, second))?.number).toBe(9);
    expect(currentPull(factsOf(second, OPENED))?.number).toBe(9);
  });

  it("is the merged one, even where another is open", () => {
    const open: News = { pull: aPull({ number: 9, openedAt: moment(99) }) };
    expect(currentPull(factsOf(merge(8, 60), open))?.number).toBe(8);
  });

  it("is the one that was merged first, whichever was heard of first", () => {
    expect(currentPull(factsOf(merge(8, 60), merge(9, 50)))?.number).toBe(9);
    expect(currentPull(factsOf(merge(9, 50), merge(8, 60)))?.number).toBe(9);
  });

  it("is none when all were closed unmerged", () => {
    expect(currentPull(factsOf({ pull: aPull({ status: { is: "closed", at: moment(20) } }) }))).toBeNull();
    expect(currentPull(NO_FACTS)).toBeNull();
  });
});

describe("checks", () => {
  const learnt = (...checks: readonly Check[]) =>
    onlyPull(factsOf(OPENED, ...checks.map((check) => checksOf([check])))).checks;

  it("hold to completed when the word that they were created comes after it", () => {
    const created = aRun("build", null);
    const completed = aRun("build", "success");
    expect(learnt(completed, created)).toEqual([completed]);
    expect(learnt(created, completed)).toEqual([completed]);
  });

  function counted(...checks: readonly Check[]): readonly Check[] {
    return countedChecks(onlyPull(factsOf(OPENED, ...checks.map((check) => checksOf([check])))), DEFAULT_POLICY);
  }

  it("are replaced when they run again, not by what an earlier run still has to say", () => {
    const first = aRun("build", "failure", { id: 1, asOf: moment(20), completedAt: moment(90) });
    const again = aRun("build", null, { id: 2, asOf: moment(40) });
    expect(counted(first, again)).toEqual([again]);
    expect(counted(again, first)).toEqual([again]);
  });

  it("are replaced by the run with the greater id when both began in the same second", () => {
    const first = aRun("build", "failure", { id: 1 });
    const second = aRun("build", "success", { id: 2 });
    expect(counted(first, second)).toEqual([second]);
    expect(counted(second, first)).toEqual([second]);
  });

  it("that ran before are kept, the newest four: a merge is judged by what they had said by then", () => {
    const runs = [1, 2, 3, 4, 5, 6].map((id) => aRun("build", "success", { id, asOf: moment(20 + id) }));
    expect(learnt(...runs).map(({ id }) => id)).toEqual([3, 4, 5, 6]);
    expect(learnt(...runs.toReversed()).map(({ id }) => id)).toEqual([6, 5, 4, 3]);
  });

  it("that began, or came to their end, after the merge had not said anything by then", () => {
    const merged = aPull({ status: { is: "merged", at: moment(60), sha: null, by: null }, updatedAt: moment(60) });
    const late = aRun("lint", "failure", { completedAt: moment(61) });
    const again = aRun("build", "failure", { id: 2, asOf: moment(62), completedAt: moment(63) });
    const facts = factsOf({ pull: merged }, checksOf([aRun("build", "success"), again, late]));
    const words = countedChecks(onlyPull(facts), DEFAULT_POLICY).map(({ name, conclusion }) => [name, conclusion]);
    expect(words).toEqual([
      ["build", "success"],
      ["lint", null],
    ]);
  });

  it("that have not begun give way to those that have", () => {
    const queued = aRun("build", null, { asOf: null });
    const running = aRun("build", null);
    expect(learnt(queued, running)).toEqual([running]);
    expect(learnt(running, queued)).toEqual([running]);
  });

  describe("of one name in two suites, as two workflows have them", () => {
    const inSuite = (suiteId: number, conclusion: string | null, from: number, to: number | null) =>
      aRun("build", conclusion, {
        ...{ suiteId, id: suiteId, asOf: moment(from), completedAt: to === null ? null : moment(to) },
      });

    it.each<{ what: string; first: Check; second: Check; count: readonly number[] }>([
      {
        what: "count both where they overlap, the red one beside the green",
        first: inSuite(1, "failure", 20, 30),
        second: inSuite(2, "success", 21, 31),
        count: [1, 2],
      },
      {
        what: "count both while the first still runs",
        first: inSuite(1, null, 20, null),
        second: inSuite(2, "success", 21, 31),
        count: [1, 2],
      },
      {
        what: "count once where the second began after the first had ended: the workflow ran again",
        first: inSuite(1, "failure", 20, 30),
        second: inSuite(2, "success", 30, 40),
        count: [2],
      },
      {
        what: "count once where the first was cancelled to make room for the second",
        first: inSuite(1, "cancelled", 20, 32),
        second: inSuite(2, "success", 31, 40),
        count: [2],
      },
    ])("$what", ({ first, second, count }) => {
      expect(counted(first, second).map(({ id }) => id)).toEqual(count);
      expect(
        counted(second, first)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(count);
    });
  });

  it("that are red are not hidden by any number of green ones", () => {
    const green = Array.from({ length: 300 }, (_, n) => aRun(`green-${n}`, "success", { id: n + 1 }));
    const red = aRun("red", "failure", { id: 301 });
    for (const checks of [
      [...green, red],
      [red, ...green],
    ]) {
      expect(judgeCi(onlyPull(factsOf(OPENED, checksOf(checks))), DEFAULT_POLICY)).toBe("failed");
    }
  });

  it("that the team ignores hold up nothing while they run", () => {
    const policy = aPolicy({ ci: { required: true, checks: [], ignore: ["flaky*"] } });
    const flaky = aRun("flaky tests", null);
    const facts = factsOf(OPENED, checksOf([aRun("build", "success"), flaky, aSuite(null)]));
    expect(judgeCi(onlyPull(facts), policy)).toBe("passed");
    expect(judgeCi(onlyPull(facts), DEFAULT_POLICY)).toBe("pending");
  });

  it("of two apps are two checks, although they share a name", () => {
    expect(learnt(aRun("build", "success"), aRun("build", "failure", { appId: 200, key: "200/build" }))).toHaveLength(
      2,
    );
  });
});

describe("CI of a head", () => {
  const run = aRun("build", "success");
  it.each<{ what: string; checks: readonly Check[]; is: string }>([
    { what: "without checks", checks: [], is: "none" },
    { what: "while its only check runs", checks: [aRun("build", null)], is: "pending" },
    { what: "when all is green", checks: [run, aRun("lint", "neutral"), aRun("docs", "skipped")], is: "passed" },
    { what: "while one is green and one runs", checks: [run, aRun("lint", null)], is: "pending" },
    {
      what: "as soon as one is red, though others run",
      checks: [aRun("lint", null), aRun("t", "failure")],
      is: "failed",
    },
    { what: "cancelled", checks: [aRun("build", "cancelled")], is: "failed" },
    { what: "timed out", checks: [aRun("build", "timed_out")], is: "failed" },
    { what: "that waits for a person", checks: [aRun("build", "action_required")], is: "failed" },
    { what: "given up as stale", checks: [aRun("build", "stale")], is: "failed" },
    { what: "that did not start", checks: [aRun("build", "startup_failure")], is: "failed" },
    { what: "with a conclusion that GitHub invents tomorrow", checks: [aRun("build", "novel")], is: "failed" },
    {
      what: "when one app's green stands beside another's red",
      checks: [run, aRun("build", "failure", { appId: 2, key: "2/build" })],
      is: "failed",
    },
    { what: "with nothing but a suite that waits", checks: [aSuite(null)], is: "none" },
    { what: "with a completed suite of which no run is known", checks: [aSuite("success")], is: "passed" },
    { what: "with a red suite of which no run is known", checks: [aSuite("failure")], is: "failed" },
    { what: "whose runs are green while their suite is not through", checks: [run, aSuite(null)], is: "pending" },
    { what: "whose runs are green and their suite is through", checks: [run, aSuite("success")], is: "passed" },
    { what: "whose run is judged, not its suite", checks: [run, aSuite("failure")], is: "passed" },
    {
      what: "beside a suite of another app that never began",
      checks: [run, aSuite(null, { appId: 200 })],
      is: "passed",
    },
    {
      what: "whose run is red while its suite is not through",
      checks: [aRun("t", "failure"), aSuite(null)],
      is: "failed",
    },
  ])("$what: $is", ({ checks, is }) => {
    expect(judgeCi(onlyPull(factsOf(OPENED, checksOf(checks))), DEFAULT_POLICY)).toBe(is);
  });
});

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
      expect(pull.reviews).toHaveLength(200);
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
    { what: "somebody commented", reviews: [aReview("commented")], is: "waiting" },
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

  it("of a pull request that is not known are not taken in", () => {
    expect(factsOf(OPENED, reviewOf(approved, 99))).toEqual(factsOf(OPENED));
  });
});

describe("learning, for any news with times of their own", () => {
  interface Beat {
    readonly about: "issue" | "pull" | "second pull" | "checks" | "review";
    readonly flag: boolean;
    readonly pick: number;
    readonly id: number;
  }

  const anyBeat: fc.Arbitrary<Beat> = fc.record({
    about: fc.constantFrom("issue", "pull", "second pull", "checks", "checks", "review"),
    flag: fc.boolean(),
    pick: fc.nat({ max: 3 }),
    id: fc.integer({ min: 1, max: 3 }),
  });

  function statusOf(pick: number, time: Timestamp): PullStatus {
    if (pick === 1) return { is: "closed", at: time };
    return pick === 3
      ? { is: "merged", at: moment(900), sha: null, by: { person: BOB, type: "User" } }
      : { is: "open" };
  }

  /** What deliveries say of one beat, the `index`-th: no two beats carry the same time. */
  function newsOf({ about, flag, pick, id }: Beat, index: number, headSha: string): readonly News[] {
    const updatedAt = moment(100 + index);
    const status = statusOf(pick, updatedAt);
    const pull = aPull({ headSha, updatedAt, status, reviewRequested: flag });
    switch (about) {
      case "issue":
        return [{ issue: anIssue({ status: flag ? "open" : "closed", queued: pick === 0, updatedAt }) }];
      case "pull":
        return [{ pull }];
      case "second pull":
        return [{ pull: aPull({ number: 9, headSha: "c".repeat(40), updatedAt, status }) }];
      case "checks": {
        const run = aRun(flag ? "build" : "lint", null, { id, asOf: moment(id) });
        const conclusion = pick === 0 ? "failure" : "success";
        return [checksOf([run], headSha), checksOf([{ ...run, conclusion, completedAt: updatedAt }], headSha)];
      }
      case "review": {
        const state = flag ? "approved" : "changes_requested";
        const review = aReview(state, { id: index + 1, reviewer: pick === 0 ? CAROL : BOB, sha: headSha });
        const dismissed: Review = { ...review, state: "dismissed" };
        const said = { pull, ...reviewOf(review) };
        return pick === 1 ? [said, { pull, ...reviewOf(dismissed) }] : [said];
      }
    }
  }

  /** The life of a work item as many deliveries tell it; halfway, commits come. */
  const anyStory: fc.Arbitrary<readonly News[]> = fc
    .array(anyBeat, { minLength: 1, maxLength: 14 })
    .map((beats) => beats.flatMap((beat, index) => newsOf(beat, index, index < beats.length / 2 ? HEAD : NEXT_HEAD)));

  const anyStoryTwice = anyStory.chain((story) => {
    const withDoubles = fc.subarray([...story]).chain((doubles) => shuffled([...story, ...doubles]));
    return fc.tuple(shuffled(story), withDoubles);
  });

  function shuffled(news: readonly News[]): fc.Arbitrary<readonly News[]> {
    return fc.shuffledSubarray([...news], { minLength: news.length, maxLength: news.length });
  }

  /** Takes in news as the App does: checks of a head that is not known wait until it is. */
  function hear(story: readonly News[]): Facts {
    let facts = NO_FACTS;
    const waiting = new Set<News>();
    for (const news of story) {
      const sha = news.checks?.sha;
      if (sha !== undefined && !facts.pulls.some((pull) => pull.headSha === sha)) waiting.add(news);
      facts = learn(facts, news);
      for (const late of waiting) {
        if (!facts.pulls.some((pull) => pull.headSha === late.checks?.sha)) continue;
        waiting.delete(late);
        facts = learn(facts, late);
      }
    }
    return facts;
  }

  /** The same facts in one order, whichever they were learnt in. */
  function inOrder({ issue, pulls }: Facts): Facts {
    const sorted = pulls.map((pull) => ({
      ...pull,
      checks: [...pull.checks].sort((a, b) => (`${a.key} ${a.id}` < `${b.key} ${b.id}` ? -1 : 1)),
    }));
    return { issue, pulls: sorted.sort((a, b) => a.number - b.number) };
  }

  it("ends in the same facts, in whatever order and however often the news comes", () => {
    fc.assert(
      fc.property(anyStoryTwice, ([once, again]) => {
        expect(inOrder(hear(again))).toEqual(inOrder(hear(once)));
      }),
      { numRuns: 300 },
    );
  });

  it("changes nothing, not even the object, when all of it is heard again", () => {
    fc.assert(
      fc.property(anyStoryTwice, ([once, again]) => {
        const facts = hear(once);
        for (const news of again) expect(learn(facts, news)).toBe(facts);
      }),
    );
  });

  it("knows facts again that a store gave back with their fields in another order", () => {
    const facts = factsOf(OPENED, checksOf([aRun("build", "success")]));
    const reversed = JSON.parse(JSON.stringify(facts), (_, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    ) as Facts;
    expect(learn(reversed, OPENED)).toBe(reversed);
  });
});
