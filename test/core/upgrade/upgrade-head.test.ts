import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  createRecord,
  type Draft,
  encodeHead,
  entityOf,
  factSets,
  factsOfWaiting,
  GITHUB,
  type JsonObject,
  recordId,
  type StoredEntry,
  type Timestamp,
  upgradeHead,
  workItemIn,
} from "../../../src/core/index.js";

const REPO = 42;
const SHA = "a".repeat(40);

describe("given a head of schema 1", () => {
  it("when a check ended after the merge, then it was running at the merge", () => {
    const { item } = upgraded({ pulls: [aMerged({ checks: [aCheck({ completed_at: at(20) })] })] });

    expect(item.pulls[0]?.checks).toMatchObject([{ name: "build", conclusion: null }]);
  });

  it("when a check ended before the merge, then it counts as it ended", () => {
    const { item } = upgraded({ pulls: [aMerged({ checks: [aCheck({ completed_at: at(5) })] })] });

    expect(item.pulls[0]?.checks).toMatchObject([{ name: "build", conclusion: "success" }]);
  });

  it("when the checks of a merge were gone, then they still are", () => {
    const { item } = upgraded({ pulls: [aMerged({ checks_gone: true })] });

    expect(item.pulls[0]).toMatchObject({ checksGone: true, checks: [], ciSeen: false });
  });

  it("when a pull request has all that there can be, then its facts show it", () => {
    const { item } = upgraded({
      pulls: [
        aPull({
          ci_timed_out_at: at(6),
          auto_merge: { on: true, at: at(7) },
          merge_refused: { sha: SHA, reason: "Not mergeable", at: at(8) },
          queue: [
            { is: "entered", reason: null, at: at(3) },
            { is: "left", reason: "CI_FAILURE", at: at(4) },
          ],
          verdicts: [{ gate: "freeze", decision: "block", title: "Frozen", failed: false, at: at(5) }],
        }),
      ],
    });

    expect(item.pulls).toMatchObject([
      {
        status: { is: "open" },
        ciTimedOutAt: at(6),
        autoMerge: { on: true, at: at(7) },
        mergeRefused: { sha: SHA, reason: "Not mergeable", at: at(8) },
        queue: [{ is: "entered" }, { is: "left", reason: "CI_FAILURE" }],
        verdicts: [{ gate: "freeze", decision: "block" }],
      },
    ]);
  });

  it("when two issues hold one pull request, then it belongs to both", () => {
    const pull = aPull({ linked_by: ["keyword"] });
    const [one, other] = [1, 2].map((number) => upgraded({ issue: anIssue({ number }), pulls: [pull] }));
    const sets = factSets([...(one?.facts ?? []), ...(other?.facts ?? [])]);

    for (const number of [1, 2]) {
      const item = workItemIn(
        { issue: { repoId: REPO, number, cycle: 1 }, pulls: [{ repoId: REPO, number: 7 }] },
        sets,
      );
      expect(item.pulls).toMatchObject([{ number: 7, linkedBy: ["keyword"] }]);
    }
  });

  it("when a pull request has left the issue, then it is linked no more", () => {
    const { facts } = upgraded({ issue: anIssue(), pulls: [aPull({ status: { is: "unlinked", at: at(9) } })] });
    const item = workItemIn(
      { issue: { repoId: REPO, number: 1, cycle: 1 }, pulls: [{ repoId: REPO, number: 7 }] },
      factSets(facts),
    );

    expect(item.pulls).toEqual([]);
  });

  it("when a merge has no line of its own, then it is judged by the line that moved the record", () => {
    const { head } = upgraded({ pulls: [aMerged(), aMerged({ number: 8, url: url(8) })] }, [
      move("task_queued", "worker.picked_up", {}),
      { ...move("merged", "pr.merged", { url: url(7), rule: "merged_before_ci_passed" }), kind: "exception" },
    ]);

    expect(head.merges).toEqual([
      { pull: "42#7", seq: 3 },
      { pull: "42#8", seq: 3 },
    ]);
    expect(head).toMatchObject({ broken: [{ seq: 3, rules: ["merged_before_ci_passed"] }], since: at(100) });
  });

  it("when it has fields of somebody's own, then they stay", () => {
    expect(upgraded({ pulls: [] }, [], { theirs: { deep: [1] } }).head).toMatchObject({ theirs: { deep: [1] } });
  });

  it("when an entry was broken by somebody, then the others still count", () => {
    const { atRest, entries } = old({ pulls: [] }, [move("task_queued", "worker.picked_up", {})]);
    const [first, second] = entries;
    const broken = [{ ...second, text: "{", open: undefined } as unknown as StoredEntry];

    expect(upgradeHead(atRest, [...(first ? [first] : []), ...broken])?.head).toMatchObject({ since: at(0) });
  });

  it("when it is upgraded, then it is of schema 1 no more, and doing it twice gives the same", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.integer({ min: 0, max: 30 }),
        fc.constantFrom("success", "failure"),
        (isMerged, end, conclusion) => {
          const pull = (isMerged ? aMerged : aPull)({ checks: [aCheck({ conclusion, completed_at: at(end) })] });
          const { atRest, entries } = old({ pulls: [pull] }, [move("task_queued", "worker.picked_up", {})]);
          const [one, other] = [upgradeHead(atRest, entries), upgradeHead(atRest, entries)];

          expect(one).toEqual(other);
          expect(one?.head).not.toHaveProperty("facts");
          expect(one && upgradeHead(one.head, entries)).toBeNull();
        },
      ),
    );
  });
});

describe("given a head that was written since", () => {
  it("then it is left alone, whatever fields somebody has added", () => {
    const { record } = old({ pulls: [] });

    expect(upgradeHead(encodeHead(record) as unknown as JsonObject, record.entries)).toBeNull();
    expect(upgradeHead({ ...(encodeHead(record) as unknown as JsonObject), facts: {} }, record.entries)).toBeNull();
  });
});

describe("given what waited for a pull request", () => {
  it.each([[null], ["text"], [{}], [{ news: {} }], [{ news: { checks: { repoId: 1, sha: SHA } } }]])(
    "then %j is no fact",
    (value) => {
      expect(factsOfWaiting(value)).toEqual([]);
    },
  );

  it("then its checks are facts of the commit, and its repository has CI", () => {
    const check = { key: "1/build", kind: "run", appId: 1, suiteId: 2, name: "build", id: 3, conclusion: "success" };
    const dated = { ...check, asOf: at(1), completedAt: at(2), url: null };
    const facts = factsOfWaiting({ occurredAt: at(2), news: { checks: { repoId: REPO, sha: SHA, checks: [dated] } } });

    expect(facts.map(({ entity, at: time }) => ({ entity, time }))).toEqual([
      { entity: entityOf.commit(REPO, SHA), time: at(2) },
      { entity: entityOf.repository(REPO), time: at(1) },
    ]);
    expect(JSON.stringify(facts)).not.toContain('"key":"1/build"');
  });
});

function old(
  facts: { issue?: JsonObject; pulls: readonly JsonObject[] },
  drafts: readonly Draft[] = [],
  own: JsonObject = {},
) {
  const opened = createRecord(
    { ref: "acme/shop#7", repo: "acme/shop", created: { occurredAt: at(0), metadata: { cause: "pr.opened" } } },
    { recordId: recordId("one"), timestamp: at(0), lifecycle: GITHUB },
  );
  const { entries: _, transitions: __, ...first } = opened;
  const { head, entries } = advance<string>(GITHUB, first, drafts, {
    timestamp: at(101),
    source: { kind: "snapshot" },
  });
  const { since: _since, recorded_at: _at, broken: _broken, merges: _merges, ...fields } = encodeHead(head);
  const atRest: JsonObject = { ...fields, ...own, facts: { issue: facts.issue ?? null, pulls: facts.pulls } };
  return { atRest, entries: [...opened.entries, ...entries], record: { ...opened, ...head } };
}

function upgraded(...given: Parameters<typeof old>) {
  const { atRest, entries } = old(...given);
  const result = upgradeHead(atRest, entries);
  if (!result) throw new Error("It is not of schema 1");
  const pulls = given[0].pulls.map(({ number }) => ({ repoId: REPO, number: Number(number) }));
  return { ...result, item: workItemIn({ issue: null, pulls }, factSets(result.facts)) };
}

function move(toState: string, trigger: string, metadata: JsonObject): Draft {
  return { kind: "transition", toState, trigger, occurredAt: at(100), people: [], metadata };
}

function anIssue(fields: JsonObject = {}): JsonObject {
  return {
    repo_id: REPO,
    repo_name: "acme/shop",
    number: 1,
    status: "open",
    queued: false,
    labels: [],
    url: "https://github.com/acme/shop/issues/1",
    since: at(0),
    updated_at: at(0),
    closed_at: null,
    ...fields,
  };
}

function aPull(fields: JsonObject = {}): JsonObject {
  return {
    repo_id: REPO,
    repo_name: "acme/shop",
    number: 7,
    url: url(7),
    author: null,
    head_sha: SHA,
    head_since: at(0),
    base_ref: "main",
    base_since: at(0),
    from_fork: false,
    draft: false,
    labels: [],
    status: { is: "open" },
    opened_at: at(0),
    updated_at: at(10),
    pushed: false,
    review_requested: false,
    linked_by: [],
    checks: [],
    reviews: [],
    ...fields,
  };
}

function aMerged(fields: JsonObject = {}): JsonObject {
  return aPull({ status: { is: "merged", at: at(10), sha: null, by: null }, ...fields });
}

function aCheck(fields: JsonObject = {}): JsonObject {
  return {
    key: "1/build",
    kind: "run",
    app_id: 1,
    suite_id: 2,
    name: "build",
    id: 3,
    conclusion: "success",
    as_of: at(1),
    completed_at: at(2),
    url: null,
    ...fields,
  };
}

function url(number: number): string {
  return `https://github.com/acme/shop/pull/${number}`;
}

function at(minutes: number): Timestamp {
  return new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString() as Timestamp;
}
