import { describe, expect, test } from "vitest";
import type { Entry, News, Policy, RecordHead, RecordId, WorkItem } from "../../src/core/index.js";
import { brokenRulesIn, explain, gatesOf, isReadyToMerge } from "../../src/core/judgement/explain.js";
import type { Explanation } from "../../src/core/judgement/explanation.js";
import { groundsOf } from "../../src/core/judgement/grounds.js";
import { brokenAfter } from "../../src/core/ledger/record.js";
import {
  ALICE,
  aHead,
  aPolicy,
  aPull,
  aReview,
  aRun,
  CAROL,
  checksOf,
  factsOf,
  HEAD,
  NEXT_HEAD,
  onlyPull,
  PULL,
  REPO_ID,
  reviewOf,
} from "../builders/github.js";
import { moment } from "../builders/records.js";

const PASSED = checksOf([aRun("build", "success")]);

/** A tree in words: `met ci passed > met check build`, a line each, with what is below a rule after it. */
function inWords({ children }: Explanation, depth = 0): readonly string[] {
  return children.flatMap((child) => [
    `${"  ".repeat(depth)}${child.met} ${wordsOf(child.about)}`,
    ...inWords(child, depth + 1),
  ]);
}

function wordsOf(about: Explanation["about"]): string {
  switch (about.is) {
    case "ci":
      return `ci ${about.verdict} ${about.green}/${about.all}`;
    case "check":
      return `${about.check.name}${about.required ? ", required" : ""}`;
    case "ignored_check":
      return `ignored ${about.check.name}`;
    case "missing_check":
      return `missing ${about.name}`;
    case "reviews":
      return `reviews ${about.verdict} ${about.given}/${about.needed}`;
    case "review":
      return `${about.review.state}${about.notCounted ? `, ${about.notCounted}` : ""}`;
    default:
      return about.is;
  }
}

function explained(state: string, item: WorkItem, policy: Policy = aPolicy(), entries: readonly Entry[] = []) {
  const explanation = explain({ head: aHead(state), item, entries }, policy);
  return { met: explanation.met, rules: inWords(explanation).filter((line) => !line.endsWith(" links")) };
}

function knowing(...news: readonly News[]): WorkItem {
  return factsOf({ pull: aPull() }, ...news);
}

describe("given a pull request", () => {
  test("when no check has reported, then CI is waited for", () => {
    expect(explained("pr_created", knowing())).toEqual({
      met: "waiting",
      rules: ["waiting ci none 0/0", "aside reviews none 0/1"],
    });
  });

  test("when a check failed, then it stands first", () => {
    const checks = checksOf([
      aRun("build", "success"),
      aRun("lint", null, { id: 2 }),
      aRun("test", "failure", { id: 3 }),
    ]);
    expect(explained("ci_failed", knowing(checks))).toEqual({
      met: "not_met",
      rules: ["not_met ci failed 1/3", "  not_met test", "  waiting lint", "  met build", "aside reviews none 0/1"],
    });
  });

  test("when a check is required and missing, and another is ignored, then both are named", () => {
    const policy = aPolicy({ ci: { checks: ["build", "deploy"], ignore: ["flaky*"] } });
    const checks = checksOf([aRun("build", "success"), aRun("flaky e2e", "failure", { id: 2 })]);
    expect(explained("ci_pending", knowing(checks), policy).rules.slice(0, 4)).toEqual([
      "waiting ci pending 1/2",
      "  waiting missing deploy",
      "  met build, required",
      "  aside ignored flaky e2e",
    ]);
  });

  test("when a missing check is no longer waited for, then that is so, too", () => {
    const policy = aPolicy({ ci: { checks: ["deploy"] } });
    const ciTimedOut = { repoId: REPO_ID, number: PULL, sha: HEAD, at: moment(60) };
    expect(explained("ci_failed", knowing(PASSED, { ciTimedOut }), policy).rules.slice(0, 4)).toEqual([
      "not_met ci failed 1/2",
      "  not_met missing deploy",
      "  met build",
      "  not_met ci_timeout",
    ]);
  });

  test("when GitHub has its checks no more, then CI stands aside, and what is remembered of it is shown", () => {
    const status = { is: "merged", at: moment(60), sha: HEAD, by: null } as const;
    const gone = { pull: aPull({ status, updatedAt: moment(60), checksGone: true }) };
    const checks = checksOf([aRun("build", "success"), aRun("lint", null, { id: 2 })]);
    expect(explained("closed", knowing(checks, gone))).toEqual({
      met: "met",
      rules: ["aside ci not_known 1/2", "  met build", "  aside lint", "aside reviews none 0/1"],
    });
  });

  test("when it was merged without a check, and GitHub is asked again long after, then what was known in time stands", () => {
    const status = { is: "merged", at: moment(60), sha: HEAD, by: null } as const;
    const merged = { pull: aPull({ status, updatedAt: moment(60) }) };
    const gone = { pull: aPull({ status, updatedAt: moment(90), checksGone: true }) };
    const judged = anEntry(1, "exception", { grounds: groundsOf(onlyPull(knowing(merged)), aPolicy()) });
    const asked = knowing(merged, gone);
    expect(explained("closed", asked, aPolicy(), [judged]).rules[0]).toBe("not_met ci none 0/0");
    expect(explained("closed", asked).rules[0]).toBe("aside ci not_known 0/0");
  });

  test("when CI is not required, then it stands aside, and a merge is legal", () => {
    expect(explained("ci_passed", knowing(), aPolicy({ ci: { required: false } }))).toEqual({
      met: "met",
      rules: ["aside ci not_required 0/0", "aside reviews none 0/1"],
    });
  });

  test.each([
    ["an approval", aReview("approved"), "met approved"],
    ["an approval of an earlier commit", aReview("approved", { sha: NEXT_HEAD }), "aside approved, stale"],
    ["the author's own", aReview("approved", { reviewer: ALICE }), "aside approved, by_author"],
    ["one without write access", aReview("approved", { mayApprove: false }), "aside approved, without_write_access"],
    [
      "a request for changes of an earlier commit",
      aReview("changes_requested", { sha: NEXT_HEAD }),
      "not_met changes_requested",
    ],
    [
      "a stranger's request for changes",
      aReview("changes_requested", { mayApprove: false }),
      "aside changes_requested, without_write_access",
    ],
    ["a dismissed one", aReview("dismissed"), "aside dismissed"],
    ["a comment", aReview("commented"), "aside commented"],
  ])("when it has %s, then its line says whether it counts", (_, review, line) => {
    expect(explained("awaiting_review", knowing(PASSED, reviewOf(review))).rules.at(-1)).toBe(`  ${line}`);
  });

  test("when a reviewer comments after an approval, then the approval is the newest word", () => {
    const facts = knowing(PASSED, reviewOf(aReview("approved")), reviewOf(aReview("commented", { id: 2 })));
    expect(explained("approved", facts)).toEqual({
      met: "met",
      rules: ["met ci passed 1/1", "  met build", "met reviews approved 1/1", "  met approved"],
    });
  });

  test("when two approvals are needed and one asks for changes, then that is said", () => {
    const reviews = [aReview("approved"), aReview("changes_requested", { id: 2, reviewer: CAROL })];
    const { met, rules } = explained(
      "awaiting_review",
      knowing(PASSED, ...reviews.map((one) => reviewOf(one))),
      aPolicy({ requiredApprovals: 2 }),
    );
    expect(met).toBe("not_met");
    expect(rules.slice(2)).toEqual(["not_met reviews waiting 1/2", "  met approved", "  not_met changes_requested"]);
  });

  test("when it is a draft, then a merge is not legal", () => {
    const facts = factsOf({ pull: aPull({ draft: true }) }, PASSED);
    expect(explained("ci_passed", facts)).toMatchObject({
      met: "not_met",
      rules: expect.arrayContaining(["not_met draft"]),
    });
    expect(isReadyToMerge({ head: aHead("ci_passed"), item: facts }, aPolicy())).toBe(false);
  });

  test("when the work item goes by another pull request, then this one says so", () => {
    const facts = factsOf(
      { pull: aPull() },
      { pull: aPull({ number: 9, openedAt: moment(20), headSha: NEXT_HEAD }) },
      PASSED,
    );
    const [pull] = facts.pulls;
    const { met, children } = explain({ head: aHead("ci_pending"), item: facts, entries: [] }, aPolicy(), pull);
    // What is known of itself decides: it says nothing against it that another one is newer.
    expect(met).toBe("met");
    expect(children[0]).toMatchObject({ met: "aside", about: { is: "other_pull", number: 9 } });
  });

  test("when the record has not come to where its facts lead, then a merge is not legal yet", () => {
    expect(explained("ci_pending", knowing(PASSED)).met).toBe("waiting");
  });
});

describe("given a work item without a pull request", () => {
  test("when it is explained, then it waits", () => {
    expect(explained("task_queued", factsOf())).toEqual({ met: "waiting", rules: [] });
  });
});

function anEntry(seq: number, kind: Entry["kind"], metadata: Entry["metadata"]): Entry {
  return {
    ...{ v: 1, recordId: "r" as RecordId, seq, kind, fromState: "approved", toState: null, trigger: "any" },
    ...{ timestamp: moment(seq), occurredAt: null, lifecycle: "github", people: [], metadata, prevHash: null },
    source: { kind: "api" },
  };
}

describe("given what gates answered", () => {
  const [pull] = knowing(PASSED).pulls;
  if (!pull) throw new Error("There is no pull request");
  const answer = (seq: number, decision: string, sha: string) =>
    anEntry(seq, "verdict", { gate: "security", decision, failed: false, title: "Said", reasons: ["because"], sha });

  test("when one answers twice about a head, then its last word counts; about another head it said nothing", () => {
    const entries = [answer(1, "pass", NEXT_HEAD), answer(2, "block", HEAD), answer(3, "pass", HEAD)];
    expect(gatesOf(entries, pull).map(({ decision }) => decision)).toEqual(["pass"]);
    expect(gatesOf([answer(1, "pass", NEXT_HEAD)], pull)).toEqual([]);
    expect(gatesOf([answer(1, "sure", HEAD)], pull)).toEqual([]);
  });

  test("when its entry is no longer among the newest, then the facts still have what it decided", () => {
    const verdicts = [{ gate: "security", decision: "block", title: "Said", failed: false, at: moment(1) }] as const;
    expect(gatesOf([], { ...pull, verdicts })).toMatchObject([{ gate: "security", decision: "block", reasons: [] }]);
  });

  test("when one blocks, then a merge is not legal", () => {
    expect(explained("ci_passed", knowing(PASSED), aPolicy(), [answer(1, "block", HEAD)])).toMatchObject({
      met: "not_met",
      rules: expect.arrayContaining(["not_met gate"]),
    });
  });
});

/** What the head keeps of the exceptions in a ledger. */
function brokenIn(entries: readonly Entry[]): RecordHead["broken"] {
  return entries.reduce<RecordHead["broken"]>(brokenAfter, []);
}

describe("given broken rules", () => {
  test("when people answer to one of two, then only that one is justified", () => {
    const entries = [
      anEntry(1, "exception", {}),
      anEntry(2, "exception", {}),
      anEntry(3, "justified", { answers: ["r#2"], reason: "An outage" }),
    ];
    const broken = brokenRulesIn({ head: { ...aHead("closed"), broken: brokenIn(entries) }, entries });
    expect(broken.map(({ exception, justifications }) => [exception.seq, justifications.length])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });
});
