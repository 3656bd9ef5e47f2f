import { beforeEach, describe, expect, test } from "vitest";
import { timestamp } from "../../../src/core/index.js";
import { type ObservedEvent, parseEvent } from "../../../src/github/observe/index.js";
import type { PullRequest, Sandbox, User } from "../../../src/sandbox/index.js";
import { givenSandbox, testClock } from "../../sandbox/given.js";
import { exampleOf } from "../../support/examples.js";
import { aLookout, personOf } from "../../support/lookout.js";
import { changed, newest, payloadOf, without } from "../../support/payloads.js";

type ReviewEvent = Extract<ObservedEvent, `pull_request_review.${string}`>;

let sandbox: Sandbox;
let pull: PullRequest;
let alice: User;
let bob: User;

beforeEach(() => {
  const clock = testClock("2026-01-05T09:00:00Z");
  sandbox = givenSandbox({ clock });
  const repository = sandbox.repository("acme/shop");
  alice = sandbox.user("alice");
  bob = sandbox.user("bob");
  repository.grant(bob, "write");
  pull = repository.openPullRequest({ by: alice, title: "Mend the cart", head: "mend" });
  clock.advance(60);
});

function observed(event: ReviewEvent, change: (payload: object) => object = (payload) => payload) {
  return parseEvent(event, change(payloadOf(newest(sandbox, event)))).observe(aLookout());
}

describe("given a review", () => {
  test.each([
    ["approved", "review.approved"],
    ["changes_requested", "review.changes_requested"],
    ["commented", "review.commented"],
  ] as const)("when it says %s, then the cause is %s, bound to commit and reviewer", (state, cause) => {
    const { id, commitId } = pull.review({ by: bob, state, body: "Well." });
    const url = `https://github.com/acme/shop/pull/1#pullrequestreview-${id}`;
    const sighting = observed("pull_request_review.submitted");
    expect(sighting?.subject).toMatchObject({ kind: "pull", number: 1, linking: { relink: false } });
    expect(sighting?.observation).toMatchObject({
      cause,
      occurredAt: timestamp("2026-01-05T09:01:00Z"),
      people: [
        { role: "actor", person: personOf(bob) },
        { role: "reviewer", person: personOf(bob) },
        { role: "author", person: personOf(alice) },
      ],
      news: {
        pull: { number: 1, headSha: pull.headSha, status: { is: "open" } },
        review: {
          repoId: pull.repository.id,
          number: 1,
          review: {
            id,
            reviewer: personOf(bob),
            state,
            sha: commitId,
            mayApprove: true,
            submittedAt: timestamp("2026-01-05T09:01:00Z"),
            url,
          },
        },
      },
      evidence: { url, sha: commitId, review: state },
    });
  });

  test("when it is dismissed, then that is its state, and who did it is not who wrote it", () => {
    const review = pull.review({ by: bob, state: "approved" });
    pull.dismissReview(review, { by: alice, message: "Too soon" });
    expect(observed("pull_request_review.dismissed")?.observation).toMatchObject({
      cause: "review.dismissed",
      people: [
        { role: "actor", person: personOf(alice) },
        { role: "reviewer", person: personOf(bob) },
        { role: "author", person: personOf(alice) },
      ],
      news: { review: { review: { id: review.id, state: "dismissed" } } },
    });
  });

  test.each([
    ["OWNER", true],
    ["MEMBER", true],
    ["COLLABORATOR", true],
    ["CONTRIBUTOR", false],
    ["FIRST_TIME_CONTRIBUTOR", false],
    ["NONE", false],
    ["SOMETHING_NEW", false],
    [null, false],
  ])("when its author is %s to the repository, then that it may approve is %s", (association, mayApprove) => {
    pull.review({ by: bob, state: "approved" });
    const sighting = observed("pull_request_review.submitted", (payload) =>
      changed(payload, "review.author_association", association),
    );
    expect(sighting?.observation.news.review?.review.mayApprove).toBe(mayApprove);
  });

  test.each([true, false, null])(
    "when GitHub says of its author's write access %s, then that is what counts",
    (mayWrite) => {
      pull.review({ by: bob, state: "approved" });
      const event = parseEvent(
        "pull_request_review.submitted",
        payloadOf(newest(sandbox, "pull_request_review.submitted")),
      );
      const sighting = event.observe(aLookout({ mayWrite: () => mayWrite }));
      expect(sighting?.observation.news.review?.review.mayApprove).toBe(mayWrite);
    },
  );

  test("when the account of its author is gone, then it is somebody's, and nobody knows whether they might approve", () => {
    pull.review({ by: bob, state: "approved" });
    const sighting = observed("pull_request_review.submitted", (payload) => changed(payload, "review.user", null));
    expect(sighting?.observation.news.review?.review).toMatchObject({ reviewer: null, mayApprove: null });
  });

  test("when GitHub names no commit that it is about, then it is about none that is known", () => {
    pull.review({ by: bob, state: "approved" });
    const sighting = observed("pull_request_review.submitted", (payload) => without(payload, "review.commit_id"));
    expect(sighting?.observation.news.review?.review.sha).toBeNull();
  });

  test("when it is delivered, then it has the base of that moment; when it is read, nobody knows which", () => {
    pull.review({ by: bob, state: "approved" });
    const payload = payloadOf(newest(sandbox, "pull_request_review.submitted"));
    const event = parseEvent("pull_request_review.submitted", payload);
    expect(event.observe(aLookout())?.observation.news.review?.review.baseRef).toBe("main");
    expect(event.observe(aLookout({ isRead: true }))?.observation.news.review?.review).not.toHaveProperty("baseRef");
  });

  test("when the pull request was merged meanwhile, then its time of merge says so", () => {
    pull.review({ by: bob, state: "commented", body: "Too late?" });
    const sighting = observed("pull_request_review.submitted", (payload) =>
      changed(changed(payload, "pull_request.state", "closed"), "pull_request.merged_at", "2026-01-05T09:02:00Z"),
    );
    expect(sighting?.observation.news.pull?.status).toMatchObject({
      is: "merged",
      at: timestamp("2026-01-05T09:02:00Z"),
    });
  });

  test("when GitHub writes its state in capitals, then it is the same", () => {
    pull.review({ by: bob, state: "approved" });
    const loud = (payload: object) => changed(payload, "review.state", "APPROVED");
    expect(observed("pull_request_review.submitted", loud)?.observation.cause).toBe("review.approved");
  });

  test.each([
    ["a state that is not known", "review.state", "pending"],
    ["a state that every object has", "review.state", "constructor"],
  ])("when it has %s, then it says nothing", (_, field, value) => {
    pull.review({ by: bob, state: "approved" });
    expect(observed("pull_request_review.submitted", (payload) => changed(payload, field, value))).toBeNull();
  });

  test("when it has no time of its own, then the pull request's is taken", () => {
    pull.review({ by: bob, state: "approved" });
    const sighting = observed("pull_request_review.submitted", (payload) => without(payload, "review.submitted_at"));
    expect(sighting?.observation.occurredAt).toBe(timestamp("2026-01-05T09:01:00Z"));
  });
});

describe("given payloads as people got them from GitHub", () => {
  test.each([
    ["pull_request_review.submitted", "review.commented"],
    ["pull_request_review.dismissed", "review.dismissed"],
  ] as const)("when it is %s, then the cause is %s", (event, cause) => {
    expect(parseEvent(event, exampleOf(event)).observe(aLookout())).toMatchObject({
      subject: { kind: "pull", number: 2 },
      observation: { cause, news: { review: { review: { mayApprove: true } } } },
    });
  });
});
