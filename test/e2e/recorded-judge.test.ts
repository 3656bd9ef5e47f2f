import { describe, expect, test } from "vitest";
import type { Recorded, RecordedPayload, RecordedRun } from "../support/recorded.js";
import { type Ci, ciOf, hasShownChecks, mergeOf, reviewOf } from "../support/recorded-judge.js";
import { type RecordedWorld, worldOf } from "../support/recorded-world.js";

/** The merge is at second 60 of a minute; everything else is told by its second. */
const MERGED = 60;
const SHA = "a".repeat(40);
const alice = { id: 1, login: "alice", type: "User" };
const bob = { id: 2, login: "bob", type: "User" };
const renovate = { id: 3, login: "renovate[bot]", type: "Bot" };
const repository = { id: 7, full_name: "acme/shop" };

function at(second: number): string {
  return new Date(Date.UTC(2026, 0, 5, 9, 0, second)).toISOString();
}

function delivery(second: number, event: string, payload: object): Recorded {
  const said = { repository, ...payload } as RecordedPayload;
  return {
    run: "made",
    id: `${event} ${second} ${JSON.stringify(payload)}`,
    event,
    delivered_at: at(second),
    payload: said,
  };
}

interface Run {
  readonly id?: number;
  readonly name?: string;
  readonly app?: string;
  readonly started?: number;
  readonly completed?: number | null;
  readonly conclusion?: string;
}

/** A check run's word: by default one that passed as it was said. */
function check(second: number, run: Run = {}): Recorded {
  const { id = 1, name = "build", app = "ci", started = second, completed = second, conclusion = "success" } = run;
  const suite = {
    id: 1,
    head_sha: SHA,
    status: "completed",
    conclusion,
    updated_at: at(second),
    app: { id: 1, slug: app },
  };
  const check_run: RecordedRun = {
    ...{ id, name, head_sha: SHA, app: { id: 1, slug: app }, check_suite: suite, started_at: at(started) },
    status: completed === null ? "in_progress" : "completed",
    conclusion: completed === null ? null : conclusion,
    completed_at: completed === null ? null : at(completed),
  };
  return delivery(second, "check_run", { action: completed === null ? "created" : "completed", check_run });
}

function pull(second: number, action: string, fields: object = {}): Recorded {
  const pull_request = {
    ...{ number: 1, updated_at: at(second), user: alice, head: { sha: SHA } },
    ...(second < MERGED
      ? { state: "open", merged_at: null }
      : { state: "closed", merged_at: at(MERGED), merged_by: bob }),
    ...{ requested_reviewers: [], requested_teams: [], ...fields },
  };
  return delivery(second, "pull_request", { action, pull_request, sender: alice });
}

function merged(by = bob): Recorded {
  return pull(MERGED, "closed", { merged_by: by });
}

function review(second: number, state: string, user = bob, association = "MEMBER"): Recorded {
  const { pull_request } = pull(second, "opened").payload;
  const submitted = {
    id: second,
    state,
    commit_id: SHA,
    submitted_at: at(second),
    author_association: association,
    user,
  };
  return delivery(second, "pull_request_review", { action: "submitted", pull_request, review: submitted });
}

function never(): never {
  throw new Error("It is merged");
}

function onlyPull(world: RecordedWorld) {
  const [one] = world.pulls;
  if (!one) throw new Error("There is no pull request");
  return one;
}

function ciAtMerge(...said: readonly Recorded[]): Ci {
  const world = worldOf([merged(), ...said]);
  return ciOf(SHA, world, mergeOf(onlyPull(world)));
}

function reviewAtMerge(...said: readonly Recorded[]): string {
  const one = onlyPull(worldOf([merged(), ...said]));
  return reviewOf(one, mergeOf(one)).word;
}

describe("given what was said of CI", () => {
  test.each<[string, Ci, readonly Recorded[]]>([
    ["a red run that turns green in place after the merge", "red", [check(30, { conclusion: "failure" }), check(90)]],
    ["a green run that turns red in place after the merge", "green", [check(30), check(90, { conclusion: "failure" })]],
    ["a red run that turns green in place before it", "green", [check(30, { conclusion: "failure" }), check(50)]],
    ["a green word in the very second", "green", [check(30, { completed: null }), check(MERGED)]],
    ["a red word in the very second", "green", [check(30), check(MERGED, { conclusion: "failure" })]],
    [
      "a run whose first word came after the merge, though its App says otherwise",
      "none",
      [check(61, { completed: 40 })],
    ],
    ["a run that still runs", "running", [check(30, { completed: null }), check(90)]],
    ["a red run that a later one replaced", "green", [check(30, { conclusion: "failure" }), check(50, { id: 2 })]],
    [
      "a red run and a green one that ran beside it",
      "red",
      [check(30, { conclusion: "failure", started: 10 }), check(50, { id: 2, started: 20 })],
    ],
    [
      "a red run and a green one that started in the second of its end",
      "red",
      [check(30, { conclusion: "failure" }), check(50, { id: 2, started: 30 })],
    ],
    [
      "a cancelled run and one that began later, before it had ended",
      "green",
      [check(30, { conclusion: "cancelled", started: 10 }), check(50, { id: 2, started: 20 })],
    ],
  ])("when there is %s, then CI is %s", (_, ci, said) => {
    expect(ciAtMerge(...said)).toBe(ci);
    expect(ciAtMerge(...said.toReversed())).toBe(ci);
  });

  test("when a run of the App that merged still runs, then it is not known", () => {
    const queue = { id: 4, login: "queue[bot]", type: "Bot" };
    const world = worldOf([
      check(20, { id: 2 }),
      check(30, { app: "queue", name: "merge", completed: null }),
      merged(queue),
    ]);
    expect(ciOf(SHA, world, mergeOf(onlyPull(world)))).toBe("unknown");
  });

  test.each([
    [false, 61],
    [true, MERGED],
  ])("then that the repository has shown checks before is %s if the first came in second %d", (isShown, second) => {
    const world = worldOf([merged(), check(second)]);
    expect(hasShownChecks(onlyPull(world), world, mergeOf(onlyPull(world)) ?? never())).toBe(isShown);
  });
});

describe("given what was said of reviews", () => {
  test.each<[string, string, readonly Recorded[]]>([
    ["an approval", "approved", [review(30, "approved")]],
    ["an approval after the merge", "none", [review(61, "approved")]],
    ["a comment", "none", [review(30, "commented")]],
    ["a comment after an approval", "approved", [review(30, "approved"), review(40, "commented")]],
    ["an approval by an App", "none", [review(30, "approved", renovate)]],
    ["an approval by the author", "none", [review(30, "approved", alice)]],
    ["an approval by somebody who may not write", "none", [review(30, "approved", bob, "NONE")]],
    ["changes requested", "waiting", [review(30, "changes_requested")]],
    ["a request for a review", "waiting", [pull(30, "review_requested", { requested_reviewers: [bob] })]],
    ["a request after the merge", "none", [pull(61, "review_requested", { requested_reviewers: [bob] })]],
  ])("when there is %s, then it is %s", (_, word, said) => {
    expect(reviewAtMerge(...said)).toBe(word);
  });

  test("when the last pusher approves, then it does not count", () => {
    const push = pull(20, "synchronize");
    const byBob = { ...push, payload: { ...push.payload, sender: bob } };
    expect(reviewAtMerge(byBob, review(30, "approved"))).toBe("none");
  });
});
