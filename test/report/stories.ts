import type { PullRequest } from "../../src/sandbox/index.js";
import type { Cast } from "./story.js";

/** Lives of a change as the report shows them; each goes on from a plainer one. */

export function* fresh({ repository, alice, bob }: Cast): Generator<unknown, PullRequest> {
  const issue = repository.openIssue({ by: bob, title: "Cart total ignores the discount" });
  yield issue;
  issue.assign(alice, { by: bob });
  yield issue;
  const pull = repository.openPullRequest({
    ...{ by: alice, title: "Apply the discount", head: "discount" },
    body: "Fixes #1",
  });
  yield pull;
  return pull;
}

export function* mergedAtOnce(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* fresh(cast);
  yield pull.merge({ by: cast.alice });
  return pull;
}

export function* ciPending(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* fresh(cast);
  const start = (name: string) => cast.repository.startCheck({ app: cast.ci, sha: pull.headSha, name });
  const build = start("build");
  start("lint");
  start("test");
  yield build;
  yield build.complete("success");
  return pull;
}

export function* ciFailed(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* ciPending(cast);
  yield [...cast.repository.checkRuns.values()].find(({ name }) => name === "test")?.complete("failure");
  return pull;
}

export function* ciPassed(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* fresh(cast);
  const build = cast.repository.startCheck({ app: cast.ci, sha: pull.headSha, name: "build" });
  yield build;
  yield build.complete("success");
  return pull;
}

export function* waitingForApproval(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* ciPassed(cast);
  yield pull.requestReview(cast.bob, { by: cast.alice });
  return pull;
}

export function* approved(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* waitingForApproval(cast);
  yield pull.review({ by: cast.bob, state: "approved" });
  return pull;
}

export function* closed(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* approved(cast);
  yield pull.merge({ by: cast.alice });
  return pull;
}

export function* mergedWithCiRed(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* ciFailed(cast);
  yield pull.merge({ by: cast.bob });
  return pull;
}

export function* draft(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* ciPassed(cast);
  yield pull.convertToDraft({ by: cast.alice });
  return pull;
}

export function* changesRequested(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* waitingForApproval(cast);
  yield pull.review({ by: cast.bob, state: "changes_requested", body: "No test" });
  return pull;
}

/** Two approvals that do not count: of an earlier commit, and of somebody without write access. */
export function* uncounted(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* approved(cast);
  yield pull.push({ by: cast.alice, message: "One more thing" });
  yield cast.repository.startCheck({ app: cast.ci, sha: pull.headSha, name: "build" }).complete("success");
  yield pull.review({ by: cast.mallory, state: "approved" });
  return pull;
}

export function* mergedAfterPush(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* uncounted(cast);
  yield pull.merge({ by: cast.alice });
  return pull;
}

/** A check that is ignored fails, and one that is required does not come. */
export function* incomplete(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* ciPassed(cast);
  yield cast.repository.startCheck({ app: cast.ci, sha: pull.headSha, name: "flaky / e2e" }).complete("failure");
  return pull;
}

export function* issueless({ repository, ci, alice }: Cast): Generator<unknown, PullRequest> {
  const pull = repository.openPullRequest({ by: alice, title: "Tidy up", head: "tidy", body: "No issue" });
  yield pull;
  yield repository.startCheck({ app: ci, sha: pull.headSha, name: "build" }).complete("success");
  return pull;
}

export function* abandoned(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* ciFailed(cast);
  yield pull.close({ by: cast.alice });
  return pull;
}

/** Forty checks, two of them red. */
export function* matrix(cast: Cast): Generator<unknown, PullRequest> {
  const pull = yield* fresh(cast);
  for (let number = 1; number <= 40; number++) {
    const check = cast.repository.startCheck({ app: cast.ci, sha: pull.headSha, name: `test (${number})` });
    check.complete(number % 20 === 0 ? "failure" : "success");
  }
  yield pull;
  return pull;
}
