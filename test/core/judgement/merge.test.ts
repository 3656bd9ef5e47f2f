import { describe, expect, it } from "vitest";
import { currentPull, type News, NOTHING_KNOWN, type PullView, wantsMerge } from "../../../src/core/index.js";
import { aPolicy, aPull, aReview, factsOf, NEXT_HEAD, onlyPull, type PolicyChanges } from "../../builders/github.js";
import { moment } from "../../builders/records.js";

const OPENED: News = { pull: aPull() };

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
    expect(currentPull(NOTHING_KNOWN)).toBeNull();
  });

  describe("of those from forks and from the repository itself", () => {
    const one = (number: number, openedAt: number, fromFork: boolean): News => ({
      pull: aPull({ number, openedAt: moment(openedAt), fromFork }),
    });

    it.each<{ what: string; pulls: readonly News[]; is: number }>([
      { what: "its own before a newer one from a fork", pulls: [one(8, 10, false), one(9, 20, true)], is: 8 },
      { what: "its own before an older one from a fork", pulls: [one(8, 10, true), one(9, 20, false)], is: 9 },
      { what: "the newest of its own", pulls: [one(8, 10, false), one(9, 20, false), one(10, 30, true)], is: 9 },
      { what: "the oldest of those from forks", pulls: [one(8, 10, true), one(9, 20, true)], is: 8 },
      {
        what: "the lower number of two from forks within a second",
        pulls: [one(8, 10, true), one(9, 10, true)],
        is: 8,
      },
      { what: "the merged one, though it is from a fork", pulls: [one(8, 10, false), merge(9, 60)], is: 9 },
    ])("it is $what", ({ pulls, is }) => {
      expect(currentPull(factsOf(...pulls))?.number).toBe(is);
      expect(currentPull(factsOf(...pulls.toReversed()))?.number).toBe(is);
    });
  });
});

describe("whether the App is asked to merge", () => {
  const said = (on: boolean, at: number): NonNullable<PullView["autoMerge"]> => ({ on, at: moment(at) });
  const enabled: PolicyChanges = { autoMerge: { enabled: true } };
  const labelled: PolicyChanges = { autoMerge: { enabled: true, label: "Ship it" } };
  const pushedAt40 = { headSince: moment(40) };

  it.each<{ what: string; pull?: Partial<PullView>; policy?: PolicyChanges; is: boolean }>([
    { what: "nobody asked", is: false },
    { what: "the team merges all", policy: enabled, is: true },
    { what: "the team merges what has a label, and it has none", policy: labelled, is: false },
    {
      what: "it has the label, in other letters",
      pull: { labels: ["ship IT"], labelWords: [{ label: "Ship it", mayMerge: true, at: moment(20) }] },
      policy: labelled,
      is: true,
    },
    {
      what: "it has the label, from somebody who may not merge",
      pull: { labels: ["ship it"], labelWords: [{ label: "ship it", mayMerge: false, at: moment(20) }] },
      policy: labelled,
      is: false,
    },
    {
      what: "it has the label, and nobody knows from whom",
      pull: { labels: ["ship it"] },
      policy: labelled,
      is: false,
    },
    { what: "somebody asked", pull: { autoMerge: said(true, 50) }, is: true },
    { what: "somebody said no", pull: { autoMerge: said(false, 50) }, policy: enabled, is: false },
    { what: "somebody asked, and then its base was changed", pull: { autoMerge: said(true, 5) }, is: false },
    {
      what: "somebody asked before a push to its own branch",
      pull: { autoMerge: said(true, 30), ...pushedAt40 },
      is: true,
    },
    {
      what: "somebody asked before a push to a fork's branch",
      pull: { autoMerge: said(true, 30), fromFork: true, ...pushedAt40 },
      is: false,
    },
    {
      what: "somebody asked after a push to a fork's branch",
      pull: { autoMerge: said(true, 100), fromFork: true, ...pushedAt40 },
      is: true,
    },
    {
      what: "somebody asked so soon after a push to a fork's branch that they cannot have seen it",
      pull: { autoMerge: said(true, 41), fromFork: true, ...pushedAt40 },
      is: false,
    },
    { what: "it is from a fork, and nobody vouched for it", pull: { fromFork: true }, policy: enabled, is: false },
    {
      what: "it is from a fork, and its head is approved",
      pull: { fromFork: true, reviews: [aReview("approved")] },
      policy: enabled,
      is: true,
    },
    {
      what: "it is from a fork, and an earlier head is approved",
      pull: { fromFork: true, reviews: [aReview("approved", { sha: NEXT_HEAD })] },
      policy: enabled,
      is: false,
    },
  ])("$what: $is", ({ pull, policy, is }) => {
    expect(wantsMerge({ ...onlyPull(factsOf(OPENED)), ...pull }, aPolicy(policy))).toBe(is);
  });
});
