import { z } from "zod";
import { heldBackBy } from "../model/branch-protection.js";
import type { ChangedFile } from "../model/changed-files.js";
import type { Commit } from "../model/git.js";
import type { PullRequest } from "../model/pull-request.js";
import type { Repository } from "../model/repository.js";
import type { Review } from "../model/review.js";
import { commitData } from "../payloads/commit.js";
import { pullRequestPayload, simplePullRequestPayload } from "../payloads/pull-request.js";
import { repositoryHtmlUrl, repositoryUrl } from "../payloads/repository.js";
import { reviewPayload } from "../payloads/review.js";
import { type Api, type Data, ok } from "./api.js";
import { ordered } from "./issues.js";
import { page } from "./pages.js";
import { repositoryData } from "./repositories.js";

const MERGE = z.object({
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
  sha: z.string().optional(),
  merge_method: z.enum(["merge", "squash", "rebase"]).optional(),
});

/** A pull request as lists show it. */
export function simplePullData(pull: PullRequest) {
  const payload = simplePullRequestPayload(pull);
  return {
    ...payload,
    active_lock_reason: null,
    auto_merge: null,
    milestone: null,
    head: { ...payload.head, repo: repositoryData(pull.headRepository) },
    base: { ...payload.base, repo: repositoryData(pull.repository) },
  };
}

/** Pull requests with their reviews, commits and files, and the merge. */
export function pullRoutes(api: Api): void {
  api.repositoryRoute("GET", "/pulls", (request) => {
    const state = request.query("state") ?? "open";
    const head = request.query("head");
    const base = request.query("base");
    const wanted = candidates(request.repository, head).filter((pull) => {
      return (state === "all" || pull.state === state) && (base === undefined || pull.base === base);
    });
    const show = (pull: PullRequest): Data<"pulls", "list">[number] => simplePullData(pull);
    return page(request, ordered(wanted, request.query("sort"), request.query("direction")), show);
  });
  api.repositoryRoute("GET", "/pulls/:number", ({ repository, id }) => ok(fullPullData(repository.pull(id("number")))));
  api.repositoryRoute("GET", "/pulls/:number/reviews", (request) => {
    return page(request, request.repository.pull(request.id("number")).reviews, reviewData);
  });
  api.repositoryRoute("GET", "/pulls/:number/commits", (request) => {
    const show = (commit: Commit): Data<"pulls", "listCommits">[number] => commitData(request.repository, commit);
    return page(request, request.repository.pull(request.id("number")).commits, show);
  });
  api.repositoryRoute("GET", "/pulls/:number/files", (request) => {
    const pull = request.repository.pull(request.id("number"));
    return page(request, pull.files, (file) => fileData(pull, file));
  });
  api.repositoryRoute("PUT", "/pulls/:number/merge", async (request) => {
    const pull = request.repository.pull(request.id("number"));
    const asked = await request.body(MERGE);
    const sha = pull.merge({
      by: request.by,
      ...(asked.merge_method === undefined ? {} : { method: asked.merge_method }),
      ...(asked.sha === undefined ? {} : { sha: asked.sha }),
      ...(asked.commit_title === undefined ? {} : { title: asked.commit_title }),
      ...(asked.commit_message === undefined ? {} : { message: asked.commit_message }),
    });
    const body: Data<"pulls", "merge"> = { sha, merged: true, message: "Pull Request successfully merged" };
    return ok(body);
  });
}

/** The pull requests to look at: with a head, by the index of heads. */
function candidates(repository: Repository, head: string | undefined): readonly PullRequest[] {
  if (head === undefined) return [...repository.pulls.values()];
  const colon = head.indexOf(":");
  // Without an owner GitHub ignores the filter.
  if (colon < 0) return [...repository.pulls.values()];
  const key = `${head.slice(0, colon)}/${repository.name}:${head.slice(colon + 1)}`;
  return [...(repository.pullsByHead.get(key) ?? [])];
}

function fullPullData(pull: PullRequest): Data<"pulls", "get"> {
  const {
    merged,
    merged_by,
    comments,
    review_comments,
    maintainer_can_modify,
    commits,
    additions,
    deletions,
    changed_files,
  } = pullRequestPayload(pull);
  const open = pull.state === "open";
  return {
    ...simplePullData(pull),
    merged: merged ?? false,
    mergeable: open ? pull.mergeable : null,
    rebaseable: open ? pull.mergeable : null,
    mergeable_state: open ? openState(pull) : "unknown",
    merged_by,
    comments,
    review_comments,
    maintainer_can_modify,
    commits,
    additions,
    deletions,
    changed_files,
  };
}

function openState(pull: PullRequest): string {
  if (pull.draft) return "draft";
  if (!pull.mergeable) return "dirty";
  return heldBackBy(pull.repository, pull.base, pull.headSha) === null ? "clean" : "blocked";
}

function reviewData(review: Review): Data<"pulls", "listReviews">[number] {
  const payload = reviewPayload(review);
  const isGhost = review.pull.world.ghosts.has(review.author);
  return {
    ...payload,
    user: isGhost ? null : payload.user,
    body: review.body ?? "",
    submitted_at: review.submittedAt,
    // Upper case in the API, lower case in events.
    state: review.state.toUpperCase(),
  };
}

function fileData(pull: PullRequest, file: ChangedFile): Data<"pulls", "listFiles">[number] {
  const html = repositoryHtmlUrl(pull.headRepository);
  const path = encodeURIComponent(file.path);
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${html}/blob/${pull.headSha}/${path}`,
    raw_url: `${html}/raw/${pull.headSha}/${path}`,
    contents_url: `${repositoryUrl(pull.headRepository)}/contents/${path}?ref=${pull.headSha}`,
    patch: file.patch,
  };
}
