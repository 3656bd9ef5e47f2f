import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, LoopForgeError, toJsonObject } from "../../../src/core/index.js";
import { SUBSCRIBED } from "../../../src/github/events.js";
import { ANSWERED, OBSERVERS, type ObservedEvent, parseEvent } from "../../../src/github/observe/index.js";
import { EXAMPLE_SOURCES, exampleOf, examplesOf } from "../../support/examples.js";
import { aLookout, failureOf } from "../../support/lookout.js";
import { changed, without } from "../../support/payloads.js";

/** For each kind of payload: an example, and the fields that cannot be done without. */
const NEEDED = {
  "issues.opened": [
    ...["repository", "repository.id", "repository.full_name", "action", "issue", "issue.number", "issue.html_url"],
    ...["issue.updated_at", "issue.created_at"],
  ],
  "pull_request.opened": [
    ...["repository.id", "repository.full_name", "pull_request", "pull_request.number", "pull_request.state"],
    ...["pull_request.html_url", "pull_request.created_at", "pull_request.updated_at", "pull_request.head.sha"],
    ...["pull_request.head", "pull_request.base.ref"],
  ],
  "check_run.completed": [
    ...["repository.id", "check_run", "check_run.id", "check_run.name", "check_run.head_sha", "check_run.status"],
  ],
  "check_suite.completed": [...["repository.id", "check_suite", "check_suite.id", "check_suite.head_sha"]],
  "pull_request_review.submitted": [
    ...["repository.id", "review", "review.id", "review.state", "review.html_url"],
    ...["pull_request", "pull_request.number", "pull_request.head.sha"],
  ],
} as const satisfies { readonly [E in ObservedEvent]?: readonly string[] };

const CASES = Object.entries(NEEDED).flatMap(([event, fields]) =>
  fields.map((field) => [event as keyof typeof NEEDED, field] as const),
);

describe("given a payload without a field that is used", () => {
  test.each(CASES)("when %s lacks %s, then it cannot be read, and the field is named", (event, field) => {
    const failure = failureOf(() => parseEvent(event, without(exampleOf(event), field)).observe(aLookout()));
    expect(failure).toMatch(`invalid_payload: The payload cannot be read: ${field}`);
  });

  test.each(CASES)("when %s has null for %s, then it cannot be read, and the field is named", (event, field) => {
    const failure = failureOf(() => parseEvent(event, changed(exampleOf(event), field, null)).observe(aLookout()));
    expect(failure).toMatch(`invalid_payload: The payload cannot be read: ${field}`);
  });

  test.each(CASES)("when %s has a list for %s, then it cannot be read, and the field is named", (event, field) => {
    const failure = failureOf(() => parseEvent(event, changed(exampleOf(event), field, [])).observe(aLookout()));
    expect(failure).toMatch(`invalid_payload: The payload cannot be read: ${field}`);
  });

  test.each([
    ["issues.opened", "issue.number", "7"],
    ["issues.opened", "issue.number", 7.5],
    ["issues.opened", "issue.number", 2 ** 60],
    ["issues.opened", "issue.state", "ajar"],
    ["issues.opened", "issue.created_at", "yesterday"],
    ["issues.opened", "issue.html_url", "javascript:alert(1)"],
    ["issues.opened", "issue.html_url", `https://github.com/${"a".repeat(2000)}`],
    ["issues.opened", "issue.html_url", "https://github.com/\ud800"],
    ["issues.opened", "repository.full_name", "acme/shop/../../etc"],
    ["issues.opened", "repository.full_name", "acme"],
    ["issues.opened", "sender.id", "1"],
    ["pull_request.opened", "pull_request.head.sha", "main"],
    ["pull_request.opened", "pull_request.head.sha", "A".repeat(40)],
    ["pull_request.opened", "pull_request.merge_commit_sha", "x".repeat(70_000)],
    ["pull_request.opened", "pull_request.draft", "no"],
  ] as const)("when %s has a %s of %o, then it cannot be read, and the field is named", (event, field, value) => {
    const failure = failureOf(() => parseEvent(event, changed(exampleOf(event), field, value)).observe(aLookout()));
    expect(failure).toMatch(`invalid_payload: The payload cannot be read: ${field}`);
  });

  test.each([null, undefined, "text", 7, [], {}])("when the payload is %o, then it cannot be read", (payload) => {
    for (const event of Object.keys(OBSERVERS)) {
      expect(
        failureOf(() => isObserved(event) && parseEvent(event, payload)),
        event,
      ).toMatch(/^invalid_payload: /);
    }
  });
});

describe("given a payload that lacks what can be done without", () => {
  test.each([
    ["check_run.completed", "check_run.check_suite"],
    ["check_run.completed", "check_run.check_suite.id"],
    ["check_run.completed", "check_run.completed_at"],
    ["check_suite.completed", "check_suite.created_at"],
    ["check_suite.completed", "check_suite.updated_at"],
    ["pull_request_review.submitted", "review.commit_id"],
  ] as const)("when %s has no %s, or one that makes no sense, then the rest of it is said", (event, field) => {
    const example = exampleOf(event);
    for (const payload of [without(example, field), changed(example, field, null), changed(example, field, [])]) {
      expect(parseEvent(event, payload).observe(aLookout())).not.toBeNull();
    }
  });
});

describe("given an event that was parsed", () => {
  test("then it names everybody in it, each once, and when it tells of a review, whose", () => {
    const { accounts, reviewer, mergedAt, repo } = parseEvent(
      "pull_request_review.submitted",
      exampleOf("pull_request_review.submitted"),
    );
    expect(accounts.map(({ id }) => id)).toEqual([21031067]);
    expect(reviewer).toMatchObject({ id: 21031067, login: "Codertocat" });
    expect(mergedAt).toBeNull();
    expect(repo).toMatchObject({ id: 186853002, name: "Codertocat/Hello-World" });
  });

  test("when it tells of a pull request that was merged, then it says when", () => {
    const merged = changed(exampleOf("pull_request.closed"), "pull_request.merged_at", "2026-01-05T09:02:00Z");
    expect(parseEvent("pull_request.closed", merged).mergedAt).toBe("2026-01-05T09:02:00.000Z");
  });
});

describe("given hostile text", () => {
  const long = "🦊".repeat(5000);

  test("when a check's name is long, then two that begin alike stay two, and neither is long", () => {
    const named = (name: string) => {
      const payload = changed(exampleOf("check_run.completed"), "check_run.name", name);
      return parseEvent("check_run.completed", payload).observe(aLookout())?.observation.evidence.check;
    };
    expect(named(`${long}a`)).not.toBe(named(`${long}b`));
    expect(named(`${long}a`)).toBe(named(`${long}a`));
    expect(String(named(long)).length).toBeLessThan(300);
    expect(named("x".repeat(1000))).toBe("x".repeat(1000));
  });

  test("when a label is long, then it is cut", () => {
    const payload = changed(exampleOf("issues.opened"), "issue.labels", [{ name: long }]);
    const sighting = parseEvent("issues.opened", payload).observe(aLookout());
    expect(sighting?.observation.news.issue?.labels[0]).toHaveLength(200);
  });

  test("when any of it is anything, then what comes out can be kept in a ledger", () => {
    const text = fc.string({ unit: "binary", maxLength: 400 });
    fc.assert(
      fc.property(text, text, text, (name, conclusion, slug) => {
        const base = exampleOf("check_run.completed");
        const named = changed(changed(base, "check_run.name", `${"x".repeat(199)}${name}`), "check_run.app.slug", slug);
        const payload = changed(named, "check_run.conclusion", `\ud800${conclusion}`);
        const sighting = parseEvent("check_run.completed", payload).observe(aLookout());
        const evidence = toJsonObject(sighting?.observation.evidence ?? {});
        expect(canonicalJson(evidence).length).toBeLessThan(10_000);
        expect(JSON.stringify(sighting?.observation.news).isWellFormed()).toBe(true);
      }),
    );
  });

  test("when any field is of any type, then it is read, says nothing, or is refused by name", () => {
    const events = Object.keys(NEEDED) as (keyof typeof NEEDED)[];
    const paths = fc.constantFrom(...CASES.map(([, field]) => field), "sender", "installation", "organization");
    fc.assert(
      fc.property(fc.constantFrom(...events), paths, fc.jsonValue(), (event, path, value) => {
        const base = exampleOf(event);
        const [top = ""] = path.split(".");
        fc.pre(Object.hasOwn(base, top));
        try {
          parseEvent(event, changed(base, path, value)).observe(aLookout());
        } catch (error) {
          expect(error).toBeInstanceOf(LoopForgeError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("given every example of every source", () => {
  test.each(EXAMPLE_SOURCES)("when it is one of %s that is observed, then it can be read", (source) => {
    const observed = examplesOf(source).filter(({ event, action }) => isObserved(`${event}.${action}`));
    expect(observed.length).toBeGreaterThan(0);
    for (const { event, action, payload } of observed) {
      const name = `${event}.${action}`;
      if (isObserved(name)) expect(parseEvent(name, payload).observe(aLookout()), name).not.toBeNull();
    }
  });
});

test("the App subscribes to exactly the events that it observes and answers", () => {
  const handled = [...Object.keys(OBSERVERS), ...ANSWERED].map((event) => event.split(".")[0]);
  expect([...SUBSCRIBED].sort()).toEqual([...new Set(handled)].sort());
});

function isObserved(name: string): name is ObservedEvent {
  return Object.hasOwn(OBSERVERS, name);
}
