import { ownerAndName } from "./closing-references.js";
import { isNotThere } from "./github-errors.js";
import type { ObservedEvent, Repo } from "./observe/index.js";
import type { Octokit } from "./octokit.js";

/** What GitHub's API says now, in the form in which a delivery would have said it: the same observers read both. */
export interface Reading {
  readonly event: ObservedEvent;
  readonly payload: object;
}

/**
 * A pull request as it is now: itself, the checks of its head, its reviews.
 * @returns null where GitHub does not show it
 * @throws GitHub's own errors, where trying again may help
 */
export async function readPull(octokit: Octokit, repo: Repo, number: number): Promise<readonly Reading[] | null> {
  const { owner, name } = ownerAndName(repo);
  const place = { owner, repo: name, pull_number: number, per_page: 100 };
  const about = { repository: { id: repo.id, full_name: repo.name }, sender: null };
  try {
    const { data: pull } = await octokit.rest.pulls.get(place);
    const commit = { ...place, ref: pull.head.sha };
    const [runs, suites, reviews] = await Promise.all([
      octokit.paginate(octokit.rest.checks.listForRef, commit),
      octokit.paginate(octokit.rest.checks.listSuitesForRef, commit),
      octokit.paginate(octokit.rest.pulls.listReviews, place),
    ]);
    return [
      { event: "pull_request.edited", payload: { ...about, action: "edited", pull_request: pull } },
      ...runs.map((run) => reading("check_run.completed", { ...about, action: "completed", check_run: run })),
      ...suites.map((suite) => reading("check_suite.completed", { ...about, action: "completed", check_suite: suite })),
      ...reviews
        .filter((review) => review.commit_id !== null)
        .map((review) =>
          reading("pull_request_review.submitted", { ...about, action: "submitted", review, pull_request: pull }),
        ),
    ];
  } catch (error) {
    if (isNotThere(error)) return null;
    throw error;
  }
}

function reading(event: ObservedEvent, payload: object): Reading {
  return { event, payload };
}
