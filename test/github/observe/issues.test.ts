import { beforeEach, describe, expect, test } from "vitest";
import { timestamp } from "../../../src/core/index.js";
import { type ObservedEvent, parseEvent } from "../../../src/github/observe/index.js";
import type { Issue, Sandbox, User } from "../../../src/sandbox/index.js";
import { givenSandbox, testClock } from "../../sandbox/given.js";
import { exampleOf } from "../../support/examples.js";
import { aLookout, personOf } from "../../support/lookout.js";
import { changed, newest, payloadOf, without } from "../../support/payloads.js";

type IssueEvent = Extract<ObservedEvent, `issues.${string}`>;

let sandbox: Sandbox;
let clock: ReturnType<typeof testClock>;
let issue: Issue;
let alice: User;
let bob: User;

beforeEach(() => {
  clock = testClock("2026-01-05T09:00:00Z");
  sandbox = givenSandbox({ clock });
  alice = sandbox.user("alice");
  bob = sandbox.user("bob");
  issue = sandbox.repository("acme/shop").openIssue({ by: alice, title: "The cart is broken" });
  clock.advance(60);
});

function observed(
  event: IssueEvent,
  change: (payload: object) => object = (payload) => payload,
  queueLabel = "queued",
) {
  return parseEvent(event, change(payloadOf(newest(sandbox, event)))).observe(aLookout({ queueLabels: [queueLabel] }));
}

describe("given an issue that was opened", () => {
  test("then it is said of the issue, by its author, at the time it was opened", () => {
    const sighting = observed("issues.opened");
    const { repository } = issue;
    expect(sighting?.subject).toEqual({
      kind: "issue",
      repo: { id: repository.id, name: "acme/shop", defaultBranch: "main" },
      number: 1,
      turn: null,
      at: timestamp("2026-01-05T09:00:00Z"),
    });
    expect(sighting?.observation).toEqual({
      cause: "issue.opened",
      occurredAt: timestamp("2026-01-05T09:00:00Z"),
      people: [
        { role: "actor", person: personOf(alice), type: "User" },
        { role: "author", person: personOf(alice), type: "User" },
      ],
      news: {
        issue: {
          repoId: repository.id,
          repoName: "acme/shop",
          openedAt: timestamp("2026-01-05T09:00:00Z"),
          number: 1,
          status: "open",
          queued: false,
          labels: [],
          url: "https://github.com/acme/shop/issues/1",
          updatedAt: timestamp("2026-01-05T09:00:00Z"),
          closedAt: null,
        },
      },
      evidence: { url: "https://github.com/acme/shop/issues/1" },
    });
  });

  test("when its author has left GitHub, then nobody is named as its author", () => {
    const sighting = observed("issues.opened", (payload) => changed(payload, "issue.user", null));
    expect(sighting?.observation.people.map(({ role }) => role)).toEqual(["actor"]);
  });

  test.each([
    "sender",
    "issue.labels",
    "issue.assignees",
    "issue.assignee",
    "issue.state",
    "issue.title",
    "issue.body",
  ])("when %s is missing, then it is observed all the same", (field) => {
    const sighting = observed("issues.opened", (payload) => without(payload, field));
    expect(sighting?.observation.news.issue).toMatchObject({ status: "open", queued: false, labels: [] });
  });
});

describe("given an issue that somebody takes up", () => {
  test("when it is assigned, then a worker picked it up", () => {
    issue.assign(bob, { by: alice });
    const sighting = observed("issues.assigned");
    expect(sighting?.observation).toMatchObject({ cause: "worker.picked_up", news: { issue: { queued: true } } });
    expect(sighting?.observation.occurredAt).toBe(timestamp("2026-01-05T09:01:00Z"));
  });

  test("when it gets the label that says so, then a worker picked it up", () => {
    issue.label("on it", { by: alice });
    const sighting = observed("issues.labeled", undefined, "on it");
    expect(sighting?.observation).toMatchObject({
      cause: "worker.picked_up",
      news: { issue: { queued: true, labels: ["on it"] } },
    });
  });

  test("when the label differs in upper and lower case only, then it is the same, as it is at GitHub", () => {
    issue.label("On It", { by: alice });
    expect(observed("issues.labeled", undefined, "on it")?.observation.cause).toBe("worker.picked_up");
  });

  test("when it gets another label, then it was only edited", () => {
    issue.label("bug", { by: alice });
    expect(observed("issues.labeled")?.observation).toMatchObject({
      cause: "issue.edited",
      news: { issue: { queued: false, labels: ["bug"] } },
    });
  });

  test("when GitHub gives a label by its name alone, or not at all, then the rest is said", () => {
    const labels = ["queued", null, {}, { name: null }, { name: "bug" }];
    const sighting = observed("issues.opened", (payload) => changed(payload, "issue.labels", labels));
    expect(sighting?.observation.news.issue).toMatchObject({ queued: true, labels: ["queued", "bug"] });
  });

  test("when the label is taken off, then it was only edited", () => {
    issue.label("queued", { by: alice });
    issue.unlabel("queued", { by: alice });
    expect(observed("issues.unlabeled")?.observation.cause).toBe("issue.edited");
  });
});

describe("given an issue that ends and begins again", () => {
  beforeEach(() => issue.close({ by: bob }));

  test("when it is closed, then that is said with its time", () => {
    expect(observed("issues.closed")?.observation).toMatchObject({
      cause: "issue.closed",
      people: [{ role: "actor", person: personOf(bob) }, { role: "author" }],
      news: {
        issue: { status: "closed", closedAt: timestamp("2026-01-05T09:01:00Z") },
        turn: { of: "issue", number: 1, turn: "closed", at: timestamp("2026-01-05T09:01:00Z"), read: false },
      },
    });
  });

  test("when it is reopened, then its subject says so", () => {
    issue.reopen({ by: alice });
    const sighting = observed("issues.reopened");
    expect(sighting?.subject).toMatchObject({ kind: "issue", number: 1, turn: "reopened" });
    expect(sighting?.observation).toMatchObject({
      cause: "issue.reopened",
      news: { issue: { status: "open", closedAt: null }, turn: { of: "issue", turn: "reopened" } },
    });
  });
});

describe("given payloads as people got them from GitHub", () => {
  test.each([
    ["issues.opened", "issue.opened"],
    ["issues.reopened", "issue.reopened"],
    ["issues.assigned", "worker.picked_up"],
    ["issues.unlabeled", "issue.edited"],
  ] as const)("when it is %s, then the cause is %s", (event, cause) => {
    const sighting = parseEvent(event, exampleOf(event)).observe(aLookout());
    expect(sighting).toMatchObject({
      subject: { kind: "issue", repo: { id: 186853002, name: "Codertocat/Hello-World" }, number: 1 },
      observation: {
        cause,
        people: [
          { role: "actor", person: personOf({ id: 21031067 }) },
          { role: "author", person: personOf({ id: 21031067 }) },
        ],
        evidence: { url: "https://github.com/Codertocat/Hello-World/issues/1" },
      },
    });
  });
});
