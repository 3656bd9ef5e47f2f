import { beforeEach, describe, expect, test } from "vitest";
import { timestamp } from "../../../src/core/index.js";
import { type ObservedEvent, parseEvent } from "../../../src/github/observe/index.js";
import type { PullRequest, Sandbox, User } from "../../../src/sandbox/index.js";
import { givenSandbox, testClock } from "../../sandbox/given.js";
import { exampleOf } from "../../support/examples.js";
import { aLookout, personOf } from "../../support/lookout.js";
import { changed, newest, payloadOf, without } from "../../support/payloads.js";

type PullEvent = Extract<ObservedEvent, `pull_request.${string}`>;

let sandbox: Sandbox;
let clock: ReturnType<typeof testClock>;
let pull: PullRequest;
let alice: User;
let bob: User;

beforeEach(() => {
  clock = testClock("2026-01-05T09:00:00Z");
  sandbox = givenSandbox({ clock });
  alice = sandbox.user("alice");
  bob = sandbox.user("bob");
  pull = sandbox
    .repository("acme/shop")
    .openPullRequest({ by: alice, title: "Mend the cart", body: "Fixes #7", head: "mend" });
  clock.advance(60);
});

function observed(event: PullEvent, change: (payload: object) => object = (payload) => payload) {
  return parseEvent(event, change(payloadOf(newest(sandbox, event)))).observe(aLookout());
}

describe("given a pull request that was opened", () => {
  test("then it is said of the pull request, with what it may close", () => {
    const sighting = observed("pull_request.opened");
    expect(sighting?.subject).toEqual({
      kind: "pull",
      repo: { id: pull.repository.id, name: "acme/shop", defaultBranch: "main" },
      number: 1,
      linking: {
        ...{ body: "Fixes #7", bodyBefore: null, headRef: "mend", host: "github.com", relink: true, mergedAt: null },
        ...{ openedAt: timestamp("2026-01-05T09:00:00Z"), at: timestamp("2026-01-05T09:00:00Z") },
      },
    });
    expect(sighting?.observation).toEqual({
      cause: "pr.opened",
      occurredAt: timestamp("2026-01-05T09:00:00Z"),
      people: [
        { role: "actor", person: personOf(alice), type: "User" },
        { role: "author", person: personOf(alice), type: "User" },
      ],
      news: {
        pull: {
          repoId: pull.repository.id,
          repoName: "acme/shop",
          number: 1,
          url: "https://github.com/acme/shop/pull/1",
          author: personOf(alice),
          headSha: pull.headSha,
          headSince: timestamp("2026-01-05T09:00:00Z"),
          baseRef: "main",
          baseSince: timestamp("2026-01-05T09:00:00Z"),
          baseSha: expect.stringMatching(/^[0-9a-f]{40}$/),
          intoDefault: true,
          fromFork: false,
          draft: false,
          labels: [],
          linkedBy: [],
          status: { is: "open" },
          openedAt: timestamp("2026-01-05T09:00:00Z"),
          updatedAt: timestamp("2026-01-05T09:00:00Z"),
          pushed: false,
          reviewRequested: false,
          begins: true,
        },
      },
      evidence: { url: "https://github.com/acme/shop/pull/1", sha: pull.headSha },
    });
  });

  test("when a bot opened it, then its actor is one", () => {
    const bot = { id: 49699333, login: "dependabot[bot]", type: "Bot" };
    const sighting = observed("pull_request.opened", (payload) => changed(payload, "sender", bot));
    expect(sighting?.observation.people).toContainEqual({ role: "actor", person: personOf(bot), type: "Bot" });
  });

  test("when it has no description, then it closes nothing by words", () => {
    const sighting = observed("pull_request.opened", (payload) => changed(payload, "pull_request.body", null));
    expect(sighting?.subject).toMatchObject({ kind: "pull", linking: { body: "" } });
  });

  test("when its author has left GitHub, then it has none", () => {
    const sighting = observed("pull_request.opened", (payload) => changed(payload, "pull_request.user", null));
    expect(sighting?.observation.news.pull?.author).toBeNull();
  });

  test.each(["draft", "merged", "merged_at", "merged_by", "requested_reviewers", "requested_teams", "title"])(
    "when pull_request.%s is missing, then it is observed all the same",
    (field) => {
      const sighting = observed("pull_request.opened", (payload) => without(payload, `pull_request.${field}`));
      expect(sighting?.observation.news.pull).toMatchObject({ draft: false, status: { is: "open" } });
    },
  );
});

describe("given a pull request that goes on", () => {
  test("when commits are pushed, then the head is the new one", () => {
    const { sha } = pull.push({ by: bob, message: "More" });
    const sighting = observed("pull_request.synchronize");
    expect(sighting?.observation).toMatchObject({
      cause: "pr.synchronized",
      occurredAt: timestamp("2026-01-05T09:01:00Z"),
      people: [
        { role: "actor", person: personOf(bob) },
        { role: "author", person: personOf(alice) },
      ],
      news: { pull: { headSha: sha, pushed: true, pushedBy: personOf(bob) } },
      evidence: { sha },
    });
    expect(sighting?.subject).toMatchObject({ linking: { relink: false } });
  });

  test("when its description is edited, then its links are looked up again", () => {
    pull.edit({ by: alice, body: "Fixes #8" });
    expect(observed("pull_request.edited")).toMatchObject({
      subject: { linking: { body: "Fixes #8", relink: true } },
      observation: { cause: "pr.edited" },
    });
  });

  test("when it becomes a draft and is ready again, then both are said", () => {
    pull.convertToDraft({ by: alice });
    expect(observed("pull_request.converted_to_draft")?.observation.news.pull?.draft).toBe(true);
    pull.readyForReview({ by: alice });
    expect(observed("pull_request.ready_for_review")?.observation.news.pull?.draft).toBe(false);
  });

  test("when a review is asked for, then one is", () => {
    pull.requestReview(bob, { by: alice });
    expect(observed("pull_request.review_requested")?.observation).toMatchObject({
      cause: "review.requested",
      news: { pull: { reviewRequested: true } },
    });
  });

  test("when a bot is asked, then nobody is: it comments at most", () => {
    pull.requestReview(bob, { by: alice });
    const sighting = observed("pull_request.review_requested", (payload) =>
      changed(payload, "pull_request.requested_reviewers", [{ id: 5, login: "ai", type: "Bot" }]),
    );
    expect(sighting?.observation.news.pull?.reviewRequested).toBe(false);
  });

  test("when a team's review is asked for, then one is", () => {
    pull.requestReview(bob, { by: alice });
    const sighting = observed("pull_request.review_requested", (payload) =>
      changed(changed(payload, "pull_request.requested_reviewers", []), "pull_request.requested_teams", [{ id: 1 }]),
    );
    expect(sighting?.observation.news.pull?.reviewRequested).toBe(true);
  });
});

describe("given a pull request that ends", () => {
  test("when it is merged, then that is said with its time, its commit and who did it", () => {
    pull.merge({ by: bob });
    expect(observed("pull_request.closed")?.observation).toMatchObject({
      cause: "pr.merged",
      occurredAt: timestamp("2026-01-05T09:01:00Z"),
      people: [
        { role: "actor", person: personOf(bob) },
        { role: "author", person: personOf(alice) },
        { role: "merger", person: personOf(bob) },
      ],
      news: {
        pull: {
          status: {
            is: "merged",
            at: timestamp("2026-01-05T09:01:00Z"),
            sha: pull.mergeCommitSha,
            by: { person: personOf(bob), type: "User" },
          },
        },
      },
      evidence: { merge_sha: pull.mergeCommitSha },
    });
  });

  test("when an App merges it, then its slug is kept, for a job of its own cannot have ended before", () => {
    pull.merge({ by: bob });
    const bot = { id: 49699333, login: "merger[bot]", type: "Bot" };
    const sighting = observed("pull_request.closed", (payload) => changed(payload, "pull_request.merged_by", bot));
    expect(sighting?.observation.news.pull?.status).toMatchObject({
      by: { person: personOf(bot), type: "Bot", app: "merger" },
    });
    expect(sighting?.observation.news).not.toHaveProperty("turn");
  });

  test.each([
    { has: false, old: true, gone: true },
    { has: false, old: false, gone: undefined },
    { has: true, old: true, gone: undefined },
  ])("when a read shows of its checks $has, and its merge is old: $old, then that they are gone is $gone", (given) => {
    pull.merge({ by: bob });
    const payload = changed(payloadOf(newest(sandbox, "pull_request.closed")), "pull_request.has_checks", given.has);
    const sighting = parseEvent("pull_request.closed", payload).observe(aLookout({ mayLackChecks: given.old }));
    expect(sighting?.observation.news.pull?.checksGone).toBe(given.gone);
  });

  test("when GitHub names nobody who merged it, then it was whoever pushed the commits that landed", () => {
    pull.merge({ by: bob });
    const sighting = observed("pull_request.closed", (payload) => changed(payload, "pull_request.merged_by", null));
    expect(sighting?.observation).toMatchObject({
      cause: "pr.merged",
      people: [{ role: "actor" }, { role: "author" }],
      news: { pull: { status: { is: "merged", by: { person: `p_${bob.id}`, type: "User" } } } },
    });
  });

  test("when it is closed unmerged, then it is closed, and its test merge is no evidence", () => {
    pull.close({ by: alice });
    const sighting = observed("pull_request.closed", (payload) =>
      changed(payload, "pull_request.merge_commit_sha", "a".repeat(40)),
    );
    expect(sighting?.observation).toMatchObject({
      cause: "pr.closed",
      news: {
        pull: { status: { is: "closed", at: timestamp("2026-01-05T09:01:00Z") } },
        turn: { of: "pull", number: 1, turn: "closed", at: timestamp("2026-01-05T09:01:00Z") },
      },
    });
    expect(sighting?.observation.evidence).not.toHaveProperty("merge_sha");
  });

  test("when it is reopened, then it is open", () => {
    pull.close({ by: alice });
    pull.reopen({ by: alice });
    expect(observed("pull_request.reopened")?.observation).toMatchObject({
      cause: "pr.reopened",
      news: { pull: { status: { is: "open" } }, turn: { of: "pull", turn: "reopened" } },
    });
  });
});

describe("given payloads as people got them from GitHub", () => {
  test.each([
    ["pull_request.opened", "pr.opened"],
    ["pull_request.reopened", "pr.reopened"],
    ["pull_request.synchronize", "pr.synchronized"],
    ["pull_request.review_requested", "review.requested"],
    ["pull_request.converted_to_draft", "pr.edited"],
    ["pull_request.ready_for_review", "pr.edited"],
    ["pull_request.closed", "pr.closed"],
  ] as const)("when it is %s, then the cause is %s", (event, cause) => {
    expect(parseEvent(event, exampleOf(event)).observe(aLookout())).toMatchObject({
      subject: { kind: "pull", repo: { id: 186853002, name: "Codertocat/Hello-World" }, number: 2 },
      observation: {
        cause,
        people: [
          { role: "actor", person: personOf({ id: 21031067 }) },
          { role: "author", person: personOf({ id: 21031067 }) },
        ],
        news: { pull: { headSha: "ec26c3e57ca3a959ca5aad62de7213c562f8c821", baseRef: "master" } },
        evidence: { url: "https://github.com/Codertocat/Hello-World/pull/2" },
      },
    });
  });
});
