import { describe, expect, it } from "vitest";
import {
  type Check,
  type CiVerdict,
  countedChecks,
  DEFAULT_POLICY,
  isCiThrough,
  judgeCi,
  missingChecks,
  type News,
  type PullView,
  replacedChecks,
} from "../../../src/core/index.js";
import {
  aPolicy,
  aPull,
  aRun,
  aStatus,
  aSuite,
  checksOf,
  factsOf,
  onlyPull,
  type PolicyChanges,
} from "../../builders/github.js";
import { moment } from "../../builders/records.js";

const OPENED: News = { pull: aPull() };

describe("checks", () => {
  const pullWith = (...checks: readonly Check[]) =>
    onlyPull(factsOf(OPENED, ...checks.map((check) => checksOf([check]))));
  const learnt = (...checks: readonly Check[]) => pullWith(...checks).checks;

  it("hold to completed when the word that they were created comes after it", () => {
    const created = aRun("build", null);
    const completed = aRun("build", "success");
    expect(learnt(completed, created)).toMatchObject([completed]);
    expect(learnt(created, completed)).toMatchObject([completed]);
  });

  function counted(...checks: readonly Check[]): readonly Check[] {
    return countedChecks(pullWith(...checks), DEFAULT_POLICY);
  }

  it("are replaced when they run again after they had ended, whichever word comes first", () => {
    const first = aRun("build", "failure", { id: 1, asOf: moment(20), completedAt: moment(30) });
    const again = aRun("build", null, { id: 2, asOf: moment(40) });
    expect(counted(first, again)).toMatchObject([again]);
    expect(counted(again, first)).toMatchObject([again]);
  });

  it("that ran before are all kept: a merge is judged by what they had said by then", () => {
    const runs = [1, 2, 3, 4, 5, 6].map((id) => aRun("build", "success", { id, asOf: moment(20 + id) }));
    const ids = (checks: readonly Check[]) => checks.map(({ id }) => id).sort();
    expect(ids(learnt(...runs))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(ids(learnt(...runs.toReversed()))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("that began, or came to their end, after the merge had not said anything by then", () => {
    const merged = aPull({ status: { is: "merged", at: moment(60), sha: null, by: null }, updatedAt: moment(60) });
    const late = aRun("lint", "failure", { completedAt: moment(61) });
    const again = aRun("build", "failure", { id: 2, asOf: moment(62), completedAt: moment(63) });
    const running = checksOf([aRun("lint", null)]);
    const facts = factsOf(
      { pull: merged },
      running,
      ...[aRun("build", "success"), again, late].map((run) => checksOf([run])),
    );
    const words = countedChecks(onlyPull(facts), DEFAULT_POLICY).map(({ name, conclusion }) => [name, conclusion]);
    expect(words.sort()).toEqual([
      ["build", "success"],
      ["lint", null],
    ]);
  });

  it("that have not begun give way to those that have", () => {
    const queued = aRun("build", null, { asOf: null });
    const running = aRun("build", null);
    expect(learnt(queued, running)).toMatchObject([running]);
    expect(learnt(running, queued)).toMatchObject([running]);
  });

  describe("of one name", () => {
    const run = (id: number, conclusion: string | null, from: number, to: number | null, suiteId = id) =>
      aRun("build", conclusion, { id, suiteId, asOf: moment(from), completedAt: to === null ? null : moment(to) });

    it.each<{ what: string; runs: readonly [Check, Check]; count: readonly number[]; replaced?: readonly number[] }>([
      {
        what: "in two suites count both where they overlap, the red one beside the green",
        runs: [run(1, "failure", 20, 30), run(2, "success", 21, 31)],
        count: [1, 2],
      },
      {
        what: "in one suite count both where they overlap, too",
        runs: [run(1, "failure", 20, 30, 7), run(2, "success", 21, 31, 7)],
        count: [1, 2],
      },
      {
        what: "count both while the first still runs",
        runs: [run(1, null, 20, null), run(2, "success", 21, 31)],
        count: [1, 2],
      },
      {
        what: "count both where the second began in the second in which the first ended: nobody can tell",
        runs: [run(1, "failure", 20, 30), run(2, "success", 30, 40)],
        count: [1, 2],
      },
      {
        what: "count both where they began in the same second",
        runs: [run(1, "failure", 20, 30), run(2, "success", 20, 30)],
        count: [1, 2],
      },
      {
        what: "count once where the second began after the first had ended, and the red one is named",
        runs: [run(1, "failure", 20, 30), run(2, "success", 31, 40)],
        count: [2],
        replaced: [1],
      },
      {
        what: "count once where the second began after the first had ended, though it is red and the first was green",
        runs: [run(1, "success", 20, 30), run(2, "failure", 31, 40)],
        count: [2],
      },
      {
        what: "count once where the first was cancelled to make room for the second",
        runs: [run(1, "cancelled", 20, 32), run(2, "success", 31, 40)],
        count: [2],
        replaced: [1],
      },
      {
        what: "count once where the first was cancelled in the second in which the next began, which has the greater number",
        runs: [run(1, "cancelled", 20, 32), run(2, "success", 20, 40)],
        count: [2],
        replaced: [1],
      },
      {
        what: "count both where the later one was cancelled beside a green one",
        runs: [run(1, "success", 20, 40), run(2, "cancelled", 31, 32)],
        count: [1, 2],
      },
      {
        what: "count by the earlier of its two times where an app's clock says that one ended before it began",
        runs: [run(1, "failure", 20, 30), run(2, "success", 45, 40)],
        count: [2],
        replaced: [1],
      },
    ])("$what", ({ runs: [first, second], count, replaced = [] }) => {
      for (const order of [
        [first, second],
        [second, first],
      ]) {
        expect(
          counted(...order)
            .map(({ id }) => id)
            .sort(),
        ).toEqual(count);
        expect(replacedChecks(pullWith(...order)).map(({ id }) => id)).toEqual(replaced);
      }
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
    expect(learnt(aRun("build", "success"), aRun("build", "failure", { appId: 200 }))).toHaveLength(2);
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
      checks: [run, aRun("build", "failure", { appId: 2 })],
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

describe("CI that nobody can tell", () => {
  const GREEN = aRun("build", "success");
  const known = (pull: Partial<PullView>, checks: readonly Check[] = []): PullView => ({
    ...onlyPull(factsOf(OPENED)),
    checks,
    ...pull,
  });
  const merged = { status: { is: "merged", at: moment(60), sha: null, by: null } } as const;

  it.each<{ what: string; pull: PullView; policy?: PolicyChanges; is: CiVerdict; through: boolean }>([
    {
      what: "no check, in a repository that never showed one",
      pull: known({ ciSeen: false }),
      is: "none_known",
      through: false,
    },
    {
      what: "no check, merged, in a repository that never showed one",
      pull: known({ ciSeen: false, ...merged }),
      is: "none_known",
      through: true,
    },
    { what: "no check, in a repository that has shown one", pull: known(merged), is: "none", through: false },
    {
      what: "no check, in a repository that never showed one, where the team requires CI",
      pull: known({ ciSeen: false, ...merged }),
      policy: { ci: { required: true } },
      is: "none",
      through: false,
    },
    {
      what: "no check, in a repository that never showed one, where the team names checks",
      pull: known({ ciSeen: false, ...merged }),
      policy: { ci: { checks: ["e2e"] } },
      is: "none",
      through: false,
    },
    {
      what: "a red check, where the team says that there is no CI",
      pull: known({}, [aRun("build", "failure")]),
      policy: { ci: { required: false } },
      is: "passed",
      through: true,
    },
    {
      what: "a run whose word at the merge nobody knows, beside a green one",
      pull: known(merged, [GREEN, aRun("lint", "failure", { notKnown: true })]),
      is: "not_known",
      through: true,
    },
    {
      what: "a run whose word at the merge nobody knows, beside a red one",
      pull: known(merged, [aRun("build", "failure"), aRun("lint", "success", { notKnown: true })]),
      is: "failed",
      through: false,
    },
    {
      what: "a run whose word at the merge nobody knows, and a required check that never came",
      pull: known(merged, [aRun("lint", "success", { notKnown: true })]),
      policy: { ci: { checks: ["e2e"] } },
      is: "pending",
      through: false,
    },
    {
      what: "checks that GitHub shows no more",
      pull: known({ ...merged, checksGone: true }),
      is: "not_known",
      through: true,
    },
    {
      what: "checks that GitHub shows no more, and one that is remembered red",
      pull: known({ ...merged, checksGone: true }, [aRun("build", "failure")]),
      is: "failed",
      through: false,
    },
    {
      what: "nothing to the end of the waiting",
      pull: known({ ciTimedOutAt: moment(50) }, [aRun("build", null)]),
      is: "failed",
      through: false,
    },
    {
      what: "a suite that only a job of whoever merged holds open",
      pull: known(merged, [GREEN, aRun("merge", null, { notKnown: true }), aSuite(null)]),
      is: "not_known",
      through: true,
    },
  ])("$what: $is", ({ pull, policy, is, through }) => {
    expect(judgeCi(pull, aPolicy(policy))).toBe(is);
    expect(isCiThrough(pull, aPolicy(policy))).toBe(through);
  });

  it("names a required check that never came, whatever others there are", () => {
    expect(missingChecks(known({}, [GREEN]), aPolicy({ ci: { checks: ["build", "e2e"] } }))).toEqual(["e2e"]);
  });

  it("takes no name for another that begins alike", () => {
    const long = "x".repeat(300);
    const pull = onlyPull(factsOf(OPENED, checksOf([aRun(`${long}a`, "failure"), aRun(`${long}b`, "success")])));
    expect(countedChecks(pull, DEFAULT_POLICY)).toHaveLength(2);
    expect(judgeCi(pull, DEFAULT_POLICY)).toBe("failed");
  });

  it("takes no status for a run of the same name, nor for a status of another context", () => {
    const checks = [aStatus("build", "failure"), GREEN, aStatus("build/2", "success")];
    expect(judgeCi(onlyPull(factsOf(OPENED, checksOf(checks))), DEFAULT_POLICY)).toBe("failed");
  });
});
