import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reviewsAt } from "../../../src/core/facts/reviews.js";
import { turnsIn } from "../../../src/core/facts/turns.js";
import {
  type Check,
  checksAt,
  ciSeen,
  cyclesOf,
  factSets,
  factsIn,
  type Heard,
  type Hearing,
  type IssueNews,
  issueIn,
  type LinkStatement,
  linkFacts,
  type MergeMoment,
  type News,
  type PullStatus,
  pullFrom,
  type Review,
  resolveLinks,
  type StoredFact,
  type Timestamp,
  type Turn,
  workItemIn,
} from "../../../src/core/index.js";
import {
  ALICE,
  anIssue,
  aPull,
  aReview,
  aRun,
  aStatus,
  BOB,
  CAROL,
  checksOf,
  factsOf,
  HEAD,
  heardAt,
  ISSUE,
  NEXT_HEAD,
  onlyPull,
  REPO_ID,
  reviewOf,
} from "../../builders/github.js";
import { moment } from "../../builders/records.js";

const OPENED: News = { pull: aPull() };
const PUSHED: News = { pull: aPull({ headSha: NEXT_HEAD, pushed: true, updatedAt: moment(45) }) };

/** GitHub said when it produced it. */
const told = (at: number): Hearing => ({ producedAt: moment(at), receivedAt: moment(at + 1), isRead: false });
/** GitHub was asked, and showed it. */
const read = (at: number): Hearing => ({ producedAt: null, receivedAt: moment(at), isRead: true });

/** All that is known of one entity, in the order given. */
function heard(...facts: readonly (readonly StoredFact[])[]): readonly Heard[] {
  return factSets(asStored(facts.flat())).values().next().value ?? [];
}

/** As stores keep facts: one of each key, the earlier one. */
function asStored(facts: readonly StoredFact[]): readonly StoredFact[] {
  const kept = new Map<string, StoredFact>();
  for (const fact of facts) {
    const name = `${fact.entity}/${fact.key}`;
    const known = kept.get(name);
    const isEarlier = !known || fact.at < known.at || (fact.at === known.at && fact.receivedAt < known.receivedAt);
    if (isEarlier) kept.set(name, fact);
  }
  return [...kept.values()];
}

describe("what is known of an issue", () => {
  it("is what the newest news says, whichever came last", () => {
    const older = { issue: anIssue({ labels: ["bug"], updatedAt: moment(1) }) };
    const newer = { issue: anIssue({ labels: ["done"], status: "closed", updatedAt: moment(2), closedAt: moment(2) }) };
    const said = { labels: ["done"], status: "closed", closedAt: moment(2), updatedAt: moment(2) };
    expect(factsOf(older, newer).issue).toMatchObject(said);
    expect(factsOf(newer, older).issue).toMatchObject(said);
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

  it("loses nothing, however much there is: the 31st pull request and the 301st check count like the first", () => {
    const many = Array.from(
      { length: 40 },
      (_, index): News => ({ pull: aPull({ number: index + 1, headSha: HEAD }) }),
    );
    const checks = Array.from({ length: 310 }, (_, index) => aRun(`check ${index}`, "success"));
    expect(factsOf(...many).pulls).toHaveLength(40);
    expect(onlyPull(factsOf(OPENED, checksOf(checks))).checks).toHaveLength(310);
  });

  it("is not made by a review alone", () => {
    expect(factsOf(OPENED, reviewOf(aReview("approved"), 99))).toEqual(factsOf(OPENED));
  });

  it("was pushed by its author until somebody pushes, and by nobody known where that was missed", () => {
    const pushed: News = { pull: { ...aPull(PUSHED.pull), pushedBy: BOB } };
    expect(onlyPull(factsOf(OPENED)).pushedBy).toBe(ALICE);
    expect(onlyPull(factsOf(OPENED, pushed)).pushedBy).toBe(BOB);
    expect(onlyPull(factsOf(pushed, OPENED)).pushedBy).toBe(BOB);
    expect(onlyPull(factsOf(OPENED, PUSHED)).pushedBy).toBeNull();
  });

  it("knows since when its head and its base have stood without a break", () => {
    const shown = (at: number, headSha: string, baseRef: string): News => ({
      pull: aPull({ headSha, baseRef, updatedAt: moment(at), baseSince: moment(at), pushed: at > 10 }),
    });
    const news = [
      shown(10, HEAD, "main"),
      shown(20, NEXT_HEAD, "next"),
      shown(30, HEAD, "main"),
      shown(40, HEAD, "main"),
    ];
    for (const order of [news, news.toReversed()]) {
      expect(onlyPull(factsOf(...order))).toMatchObject({ headSince: moment(30), baseSince: moment(30) });
    }
  });

  it("was merged with another of the same head and base, as GitHub marks all whose commits land", () => {
    const twin = (number: number, at: number): News => ({
      pull: aPull({ number, status: { is: "merged", at: moment(at), sha: null, by: null }, updatedAt: moment(at) }),
    });
    expect(factsOf(twin(8, 60), twin(9, 62)).pulls.map(({ mergedWith }) => mergedWith?.number)).toEqual([9, 8]);
    expect(factsOf(twin(8, 60), twin(9, 90)).pulls.map(({ mergedWith }) => mergedWith)).toEqual([undefined, undefined]);
  });

  it("has the checks of its group's commit only where the queue merged it by that group", () => {
    const group = (sha: string): News => ({ group: { repoId: REPO_ID, number: 8, sha } });
    const merged: News = {
      pull: aPull({ status: { is: "merged", at: moment(60), sha: "f".repeat(40), by: null }, updatedAt: moment(60) }),
    };
    const checks = [checksOf([aRun("of head", "success")]), checksOf([aRun("of group", "success")], "f".repeat(40))];
    const names = (...news: readonly News[]) => onlyPull(factsOf(...checks, ...news)).checks.map(({ name }) => name);
    expect(names(merged, group("f".repeat(40)))).toEqual(["of group"]);
    expect(names(merged, group("e".repeat(40)))).toEqual(["of head"]);
    expect(names(OPENED, group("f".repeat(40)))).toEqual(["of head"]);
  });
});

describe("checks as of a merge", () => {
  type Word = readonly [check: Check, hearing: Hearing];
  const MERGE: MergeMoment = { at: moment(60), app: "merger", person: BOB };
  const green = (completedAt: number) => aRun("build", "success", { completedAt: moment(completedAt) });
  const red = (completedAt: number) => aRun("build", "failure", { completedAt: moment(completedAt) });
  const running = aRun("build", null);

  it.each<{ what: string; words: readonly Word[]; atMerge: string; now: string }>([
    { what: "was green before and after", words: [[green(30), told(30)]], atMerge: "success", now: "success" },
    {
      what: "was red, and its app changed it to green in place afterwards",
      words: [
        [red(30), told(30)],
        [green(30), told(70)],
      ],
      atMerge: "failure",
      now: "success",
    },
    {
      what: "was green, and its app changed it to red in place afterwards",
      words: [
        [green(30), told(30)],
        [red(70), told(70)],
      ],
      atMerge: "success",
      now: "failure",
    },
    {
      what: "ran, and was green afterwards",
      words: [
        [running, told(20)],
        [green(70), told(70)],
      ],
      atMerge: "running",
      now: "success",
    },
    {
      what: "became green in the very second of the merge: it speaks for whoever merged",
      words: [
        [running, told(20)],
        [green(60), told(60)],
      ],
      atMerge: "success",
      now: "success",
    },
    {
      what: "became red in the very second of the merge: so does what it had said before",
      words: [
        [green(30), told(30)],
        [red(60), told(60)],
      ],
      atMerge: "success",
      now: "failure",
    },
    { what: "began after the merge", words: [[running, told(61)]], atMerge: "nothing", now: "running" },
    {
      what: "is read afterwards, and claims to have ended before: nobody can tell",
      words: [[red(50), read(90)]],
      atMerge: "not known",
      now: "failure",
    },
    {
      what: "is read afterwards, and began before and ended after the merge, by its own claim",
      words: [[green(70), read(90)]],
      atMerge: "running",
      now: "success",
    },
    {
      what: "is read afterwards, and began after the merge, by its own claim",
      words: [[aRun("build", "failure", { asOf: moment(65), completedAt: moment(70) }), read(90)]],
      atMerge: "nothing",
      now: "failure",
    },
    {
      what: "was green by GitHub's word, and claims afterwards to have been red before: the clocks disagree",
      words: [
        [green(30), told(30)],
        [red(50), read(90)],
      ],
      atMerge: "not known",
      now: "failure",
    },
    {
      what: "was green by GitHub's word, and a read afterwards says the same",
      words: [
        [green(30), told(30)],
        [green(30), read(90)],
      ],
      atMerge: "success",
      now: "success",
    },
    {
      what: "is a running job of the App that merged, which cannot end before it has merged",
      words: [[aRun("build", null, { app: "merger" }), told(20)]],
      atMerge: "not known",
      now: "running",
    },
    {
      what: "is a pending status of the person who merged",
      words: [[aStatus("build", null, { creator: BOB }), told(20)]],
      atMerge: "not known",
      now: "running",
    },
    {
      what: "is a status that was red and then green, both before",
      words: [
        [aStatus("build", "failure", { id: 1, asOf: moment(20) }), told(20)],
        [aStatus("build", "success", { id: 2, asOf: moment(30) }), told(30)],
      ],
      atMerge: "success",
      now: "success",
    },
    {
      what: "is a status that is read afterwards: GitHub dates it",
      words: [
        [aStatus("build", "failure", { id: 1, asOf: moment(20) }), read(90)],
        [aStatus("build", "success", { id: 2, asOf: moment(70) }), read(90)],
      ],
      atMerge: "failure",
      now: "success",
    },
  ])("of one that $what: $atMerge at the merge, and $now now", ({ words, atMerge, now }) => {
    const facts = words.map(([check, hearing]) => factsIn(checksOf([check]), hearing));
    for (const order of [facts, facts.toReversed(), [...facts, ...facts]]) {
      expect(checksAt(heard(...order), MERGE).map(inAWord)).toEqual(atMerge === "nothing" ? [] : [atMerge]);
      expect(checksAt(heard(...order), null).map(inAWord)).toEqual([now]);
    }
  });

  function inAWord({ conclusion, notKnown }: Check): string {
    return notKnown ? "not known" : (conclusion ?? "running");
  }

  it("knows of CI in the repository only from then on", () => {
    const membership = { issue: null, pulls: [{ repoId: REPO_ID, number: 8 }] };
    const merged: News = {
      pull: aPull({ status: { is: "merged", at: moment(60), sha: null, by: null }, updatedAt: moment(60) }),
    };
    const seenAt = (at: number) =>
      workItemIn(membership, factSets([...factsIn(merged, told(60)), ciSeen(REPO_ID, told(at))])).pulls[0]?.ciSeen;
    expect([seenAt(50), seenAt(70)]).toEqual([true, false]);
  });
});

describe("reviews", () => {
  const approved = aReview("approved", { submittedAt: moment(41) });
  const news = (review: Review, saidAt = review.submittedAt): News => ({
    review: { repoId: REPO_ID, number: 8, review, saidAt },
  });
  const first = factsIn(news(approved), told(41));

  it("keep the commit and the base that they were first received with: GitHub moves old reviews to new commits", () => {
    const based = factsIn(news({ ...approved, baseRef: "main" }), told(41));
    const moved = factsIn(news({ ...approved, sha: NEXT_HEAD, baseRef: "next" }), told(80));
    for (const order of [
      [based, moved],
      [moved, based],
    ]) {
      expect(reviewsAt(heard(...order), null)).toMatchObject([{ id: 1, sha: HEAD, baseRef: "main" }]);
    }
  });

  it.each<{ what: string; word: readonly StoredFact[]; atMerge: readonly string[]; now: string }>([
    {
      what: "dismissed before the merge",
      word: factsIn(news(aReview("dismissed", { submittedAt: moment(41) }), moment(50)), told(50)),
      atMerge: ["dismissed"],
      now: "dismissed",
    },
    {
      what: "dismissed after the merge: it stood then",
      word: factsIn(news(aReview("dismissed", { submittedAt: moment(41) }), moment(70)), told(70)),
      atMerge: ["approved"],
      now: "dismissed",
    },
  ])("$what", ({ word, atMerge, now }) => {
    for (const order of [
      [first, word],
      [word, first],
    ]) {
      expect(reviewsAt(heard(...order), moment(60)).map(({ state }) => state)).toEqual(atMerge);
      expect(reviewsAt(heard(...order), null).map(({ state }) => state)).toEqual([now]);
    }
  });

  it("of which nothing but the dismissal is known were never anything else", () => {
    const dismissed = factsIn(news(aReview("dismissed", { submittedAt: moment(41) })), read(90));
    expect(reviewsAt(heard(dismissed), moment(60)).map(({ state }) => state)).toEqual(["dismissed"]);
  });

  it("that were given after the merge had not been given then, and those of its very second had", () => {
    const given = (at: number) => factsIn(news({ ...approved, id: at, submittedAt: moment(at) }), told(at));
    expect(reviewsAt(heard(given(60), given(61)), moment(60)).map(({ id }) => id)).toEqual([60]);
  });

  it("keep what was known of an account before it was gone", () => {
    const gone = factsIn(news({ ...approved, reviewer: null, mayApprove: null }), read(90));
    expect(reviewsAt(heard(gone, first), null)).toMatchObject([{ reviewer: BOB, mayApprove: true }]);
  });
});

describe("closes and reopenings", () => {
  const turn = (is: Turn["turn"], at: number, more: Partial<Turn> = {}): Turn => ({
    ...{ of: "issue", repoId: REPO_ID, number: ISSUE, turn: is, at: moment(at), read: false },
    ...more,
  });
  const [closed, reopened] = [
    (at: number, more: Partial<Turn> = {}) => turn("closed", at, more),
    (at: number, more: Partial<Turn> = {}) => turn("reopened", at, more),
  ];
  const READ = { read: true };

  it.each<{ what: string; turns: readonly Turn[]; are: readonly string[] }>([
    { what: "one after the other", turns: [closed(10), reopened(20), closed(30)], are: ["- 10", "+ 20", "- 30"] },
    { what: "a close and its reopening within one second", turns: [reopened(10), closed(10)], are: ["- 10", "+ 10"] },
    {
      what: "a reopening and the next close within one second",
      turns: [closed(10), closed(20), reopened(20)],
      are: ["- 10", "+ 20", "- 20"],
    },
    { what: "a close that is both delivered and read", turns: [closed(10), closed(13, READ)], are: ["- 10"] },
    {
      what: "two closes and one read: it stands for the nearer one",
      turns: [closed(10), reopened(14), closed(18), closed(17, READ)],
      are: ["- 10", "+ 14", "- 18"],
    },
    {
      what: "what was delivered of the one and read of the other",
      turns: [closed(10, READ), reopened(30), closed(50, READ)],
      are: ["- 10", "+ 30", "- 50"],
    },
    { what: "a reopening whose close nobody told of", turns: [reopened(20)], are: ["- 20", "+ 20"] },
    { what: "a second close without a reopening", turns: [closed(10), closed(40)], are: ["- 10"] },
  ])("are in order: $what", ({ turns, are }) => {
    for (const of of ["issue", "pull"] as const) {
      const facts = turns.map((one) => factsIn({ turn: { ...one, of } }, told(99)));
      for (const order of [facts, facts.toReversed(), [...facts, ...facts]]) {
        const inWords = turnsIn(heard(...order)).map(
          (one) => `${one.turn === "closed" ? "-" : "+"} ${(Date.parse(one.at) - Date.parse(moment(0))) / 1000}`,
        );
        expect(inWords, of).toEqual(are);
      }
    }
  });

  it("take from a read that a merge closed the issue, and keep the time that was delivered", () => {
    const facts = heard(
      factsIn({ turn: closed(10) }, told(10)),
      factsIn({ turn: closed(11, { read: true, byMerge: true }) }, read(90)),
    );
    expect(turnsIn(facts)).toMatchObject([{ at: moment(10), byMerge: true }]);
  });

  it("say of a pull request whether it is open, unless a later payload shows otherwise", () => {
    const of = { of: "pull", number: 8 } as const;
    const shown = (at: number, status: PullStatus) =>
      factsIn({ pull: aPull({ status, updatedAt: moment(at) }) }, told(at));
    const is = (...facts: readonly (readonly StoredFact[])[]) => pullFrom(heard(...facts))?.status.is;
    const turned = [factsIn({ turn: closed(20, of) }, told(20)), factsIn({ turn: reopened(20, of) }, told(20))];
    const both = [shown(20, { is: "closed", at: moment(20) }), shown(20, { is: "open" })];
    expect(is(...both, ...turned)).toBe("open");
    expect(is(...turned, ...both.toReversed())).toBe("open");
    expect(is(...turned, shown(30, { is: "closed", at: moment(30) }))).toBe("closed");
  });

  it("make the cycles of an issue: one more than the reopenings, whatever their times", () => {
    const opened = factsIn({ issue: anIssue() }, told(1));
    const turns = [closed(10), reopened(10), closed(20), reopened(30)].map((one) => factsIn({ turn: one }, told(99)));
    for (const order of [
      [opened, ...turns],
      [...turns.toReversed(), opened],
    ]) {
      expect(cyclesOf(heard(...order))).toMatchObject([
        { number: 1, since: moment(1), closedAt: moment(10) },
        { number: 2, since: moment(10), closedAt: moment(20) },
        { number: 3, since: moment(30), closedAt: null },
      ]);
    }
    expect(cyclesOf([])).toEqual([]);
  });

  it("leave an issue open that was closed and reopened within one second", () => {
    const shown = (change: Partial<IssueNews>) => ({ issue: anIssue({ updatedAt: moment(10), ...change }) });
    const facts = [
      factsIn({ issue: anIssue() }, told(1)),
      factsIn({ ...shown({ status: "closed", closedAt: moment(10) }), turn: closed(10) }, told(10)),
      factsIn({ ...shown({ status: "open" }), turn: reopened(10) }, told(10)),
    ];
    expect(issueIn(heard(...facts), 2)?.status).toBe("open");
    expect(issueIn(heard(...facts.toReversed()), 2)?.status).toBe("open");
  });

  it("end a cycle that a payload alone shows to have ended", () => {
    const news = { issue: anIssue({ status: "closed", updatedAt: moment(40), closedAt: moment(39) }) };
    expect(cyclesOf(heard(factsIn(news, told(40))))).toMatchObject([{ number: 1, closedAt: moment(39) }]);
  });

  it("leave each cycle what was said in it", () => {
    const shown = (at: number, queued: boolean, labels: readonly string[]) =>
      factsIn({ issue: anIssue({ queued, labels, updatedAt: moment(at) }) }, told(at));
    const facts = heard(
      shown(5, true, ["first"]),
      factsIn({ turn: closed(10) }, told(10)),
      factsIn({ turn: reopened(20) }, told(20)),
      shown(21, false, ["second"]),
    );
    expect(issueIn(facts, 1)).toMatchObject({ queued: true, labels: ["first"], status: "closed" });
    expect(issueIn(facts, 2)).toMatchObject({ queued: false, labels: ["second"], status: "open", since: moment(20) });
    expect(issueIn(facts, 3)).toBeNull();
  });
});

describe("a link", () => {
  const ISSUE_REF = { repoId: REPO_ID, number: ISSUE };
  /** Opened in second 1, closed in 20, reopened in 40. */
  const TWO_CYCLES = [
    { turn: "closed", at: 20 },
    { turn: "reopened", at: 40 },
  ] as const;
  const ONE_CYCLE = TWO_CYCLES.slice(0, 1);

  /** A statement names the issue (+) or does not (-), speaks of others only (?), of the text only, or says that GitHub linked it. */
  const SAYINGS = {
    "+": { issues: [{ ...ISSUE_REF, by: ["keyword"] }], covers: "all" },
    linked: { issues: [{ ...ISSUE_REF, by: ["reference"] }], covers: "all" },
    "-": { issues: [], covers: "all" },
    text: { issues: [], covers: "text" },
    "?": { issues: [], covers: "named" },
  } as const satisfies { readonly [saying: string]: Pick<LinkStatement, "issues" | "covers"> };

  interface Case {
    readonly what: string;
    readonly turns?: typeof ONE_CYCLE;
    readonly opened?: number;
    readonly ends?: readonly ["closed" | "merged", number];
    readonly says?: readonly (readonly [keyof typeof SAYINGS, number])[];
    readonly cycle: number | null;
  }

  it.each<Case>([
    { what: "of an open pull request is in the cycle that is open", turns: [], cycle: 1 },
    { what: "of an open pull request moves on to the next cycle", cycle: 2 },
    { what: "of one that was merged before the issue was closed stays there", ends: ["merged", 15], cycle: 1 },
    { what: "of one whose merge closed the issue stays there", ends: ["merged", 20], cycle: 1 },
    { what: "of one that was closed before the next cycle began stays behind", ends: ["closed", 30], cycle: 1 },
    { what: "of one that was merged in the next cycle belongs there", ends: ["merged", 50], cycle: 2 },
    {
      what: "of one that was opened and closed between two cycles is none",
      opened: 25,
      says: [["+", 25]],
      ends: ["closed", 35],
      cycle: null,
    },
    { what: "of one that was opened between two cycles is in the next", opened: 25, says: [["+", 25]], cycle: 2 },
    { what: "to an issue that had ended is none", turns: ONE_CYCLE, opened: 25, says: [["+", 25]], cycle: null },
    {
      what: "that was written after the issue had ended is none",
      turns: ONE_CYCLE,
      says: [
        ["-", 10],
        ["+", 25],
      ],
      cycle: null,
    },
    {
      what: "of one that is first heard of later has been there from its opening",
      turns: ONE_CYCLE,
      says: [["+", 25]],
      cycle: 1,
    },
    {
      what: "of one that was opened in the second in which the issue ended is none",
      turns: ONE_CYCLE,
      opened: 20,
      says: [["+", 20]],
      cycle: null,
    },
    {
      what: "of one that was opened and merged in the second in which the issue ended is there: it closed it",
      turns: ONE_CYCLE,
      opened: 20,
      says: [["+", 20]],
      ends: ["merged", 20],
      cycle: 1,
    },
    {
      what: "that is taken back is none",
      turns: [],
      says: [
        ["+", 10],
        ["-", 12],
      ],
      cycle: null,
    },
    {
      what: "stands where nothing is said of others than what is named",
      turns: [],
      says: [
        ["+", 10],
        ["?", 12],
      ],
      cycle: 1,
    },
    {
      what: "that the text no longer names is none, though GitHub does not say what it links",
      turns: [],
      says: [
        ["+", 10],
        ["text", 12],
      ],
      cycle: null,
    },
    {
      what: "that only GitHub made stands where GitHub does not say",
      turns: [],
      says: [
        ["linked", 10],
        ["text", 12],
      ],
      cycle: 1,
    },
    {
      what: "that is taken back after the merge stands",
      turns: [],
      says: [
        ["+", 10],
        ["-", 40],
      ],
      ends: ["merged", 15],
      cycle: 1,
    },
    {
      what: "that is written after the merge is none",
      turns: [],
      says: [["+", 40]],
      ends: ["merged", 15],
      cycle: null,
    },
    {
      what: "that GitHub makes in the seconds of the merge counts",
      turns: [],
      says: [["+", 19]],
      ends: ["merged", 15],
      cycle: 1,
    },
    {
      what: "that was taken back and made again counts from then",
      says: [
        ["+", 10],
        ["-", 12],
        ["+", 30],
      ],
      cycle: 2,
    },
  ])("$what", ({ turns = TWO_CYCLES, opened = 10, ends, says = [["+", 10]], cycle }) => {
    const endsAt = ends && moment(ends[1]);
    const status: PullStatus =
      ends && endsAt
        ? ends[0] === "merged"
          ? { is: "merged", at: endsAt, sha: null, by: null }
          : { is: "closed", at: endsAt }
        : { is: "open" };
    const pull = aPull({ openedAt: moment(opened), status, updatedAt: endsAt ?? moment(opened) });
    const statements = says.map(([is, at]): readonly StoredFact[] => {
      const of = { repoId: REPO_ID, number: 8 };
      const statement: LinkStatement = { ...of, at: moment(at), ...SAYINGS[is] };
      return linkFacts(statement, told(at)).slice(0, 1);
    });
    const issueFacts = [
      factsIn({ issue: anIssue() }, told(1)),
      ...turns.map(({ turn, at }) =>
        factsIn({ turn: { of: "issue", ...ISSUE_REF, turn, at: moment(at), read: false } }, told(at)),
      ),
    ];
    for (const order of [statements, statements.toReversed()]) {
      const pullHeard = heard([...factsIn({ pull }, told(99)).slice(0, 1), ...order.flat()]);
      const view = pullFrom(pullHeard);
      const links = view && resolveLinks(view, pullHeard, () => heard(...issueFacts));
      expect(links?.map((link) => link.cycle)).toEqual(cycle === null ? [] : [cycle]);
    }
  });

  it("makes the pull request known to the issue that it names", () => {
    const statement = {
      repoId: REPO_ID,
      number: 8,
      at: moment(10),
      issues: [{ ...ISSUE_REF, by: [] }],
      covers: "all" as const,
    };
    const [, named] = linkFacts(statement, told(10));
    expect(named).toMatchObject({ entity: "issue:1#7", value: { is: "named_by", repoId: REPO_ID, number: 8 } });
  });
});

describe("a fact", () => {
  it("has the same key whenever and however often it is heard, and another where it says anything else", () => {
    const keyOf = (news: News, at = 10) => factsIn(news, told(at))[0]?.key;
    expect(keyOf(OPENED, 99)).toBe(keyOf(OPENED));
    expect(keyOf(PUSHED)).not.toBe(keyOf(OPENED));
    expect(keyOf(checksOf([aRun("build", "success")]))).not.toBe(keyOf(checksOf([aRun("build", "failure")])));
  });

  it("has a key that every store takes, however long what it says", () => {
    const facts = factsIn(checksOf([aRun("🚦".repeat(500), "success")]), told(10));
    for (const { key } of facts) expect(key).toMatch(/^[\x21-\x7e]{1,200}$/);
  });

  it("is exact where GitHub says when it produced it, and never where GitHub was asked", () => {
    const exact = (hearing: Hearing) => heard(factsIn(checksOf([aRun("build", "success")]), hearing))[0]?.isExact;
    expect([exact(told(10)), exact(read(10)), exact({ ...told(10), producedAt: null })]).toEqual([true, false, false]);
  });
});

describe("what is known, for any story", () => {
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

  /** What deliveries say of one beat; several fall into one second. */
  function newsOf({ about, flag, pick, id }: Beat, index: number, headSha: string): readonly News[] {
    const updatedAt = moment(100 + Math.floor(index / 2));
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

  const MEMBERSHIP = {
    issue: { repoId: REPO_ID, number: ISSUE, cycle: 1 },
    pulls: [8, 9].map((number) => ({ repoId: REPO_ID, number })),
  };

  function shuffled<T>(all: readonly T[]): fc.Arbitrary<readonly T[]> {
    return fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length });
  }

  const anyHearing = fc.constantFrom("told", "read", "undated");
  const anyFacts: fc.Arbitrary<readonly StoredFact[]> = anyStory.chain((story) =>
    fc.array(anyHearing, { minLength: story.length, maxLength: story.length }).map((hearings) =>
      story.flatMap((news, index) => {
        const { receivedAt } = heardAt(news);
        const producedAt = hearings[index] === "told" ? receivedAt : null;
        return factsIn(news, { producedAt, receivedAt, isRead: hearings[index] === "read" });
      }),
    ),
  );

  it("is the same in whatever order its facts are, and however often each was added", () => {
    const twice = anyFacts.chain((facts) =>
      fc.tuple(
        shuffled(facts),
        fc.subarray([...facts]).chain((doubles) => shuffled([...facts, ...doubles])),
      ),
    );
    fc.assert(
      fc.property(twice, ([once, again]) => {
        const view = workItemIn(MEMBERSHIP, factSets(asStored(once)));
        expect(workItemIn(MEMBERSHIP, factSets(asStored(again)))).toEqual(view);
      }),
      { numRuns: 300 },
    );
  });

  it("is the same in whatever order its deliveries are received, where GitHub says when it produced them", () => {
    const orders = anyStory.chain((story) => fc.tuple(shuffled(story), shuffled(story)));
    const receive = (story: readonly News[]) =>
      story.flatMap((news, index) => {
        const { receivedAt: producedAt } = heardAt(news);
        return factsIn(news, { producedAt, receivedAt: moment(5000 + index), isRead: false });
      });
    fc.assert(
      fc.property(orders, ([one, other]) => {
        const view = workItemIn(MEMBERSHIP, factSets(receive(one)));
        expect(workItemIn(MEMBERSHIP, factSets(receive(other)))).toEqual(view);
      }),
      { numRuns: 200 },
    );
  });

  it("is the same where a store gave facts back with their fields in another order", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const reversed = JSON.parse(JSON.stringify(facts), (_, value: unknown) =>
          typeof value === "object" && value !== null && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).reverse())
            : value,
        ) as readonly StoredFact[];
        expect(workItemIn(MEMBERSHIP, factSets(reversed))).toEqual(workItemIn(MEMBERSHIP, factSets(facts)));
      }),
    );
  });

  it("of a merged pull request never changes by what GitHub says of the time after", () => {
    const merged: News = {
      pull: aPull({ status: { is: "merged", at: moment(60), sha: null, by: null }, updatedAt: moment(60) }),
    };
    const before = [OPENED, checksOf([aRun("build", "success")]), reviewOf(aReview("approved")), merged];
    const judged = (facts: readonly StoredFact[]) => {
      const [pull] = workItemIn({ issue: null, pulls: [{ repoId: REPO_ID, number: 8 }] }, factSets(facts)).pulls;
      return pull && { checks: pull.checks, reviews: pull.reviews, head: pull.headSha, base: pull.baseRef };
    };
    const then = before.flatMap((news) => factsIn(news, heardAt(news)));
    const later = anyStory.map((story) =>
      story.flatMap(({ checks, review }) => [
        ...(checks ? factsIn({ checks }, told(500)) : []),
        ...(review ? factsIn(reviewOf(givenLater(review.review)), told(500)) : []),
      ]),
    );
    fc.assert(
      fc.property(later, (facts) => {
        expect(judged([...then, ...facts])).toEqual(judged(then));
      }),
    );
  });

  function givenLater(review: Review): Review {
    return { ...review, id: review.id + 100, submittedAt: moment(200) };
  }
});
