import { GitHubError } from "../errors.js";
import { changedFiles } from "../model/changed-files.js";
import type { CheckSuite } from "../model/check-suite.js";
import { type CommitStatus, latestStatuses } from "../model/commit-status.js";
import type { Commit } from "../model/git.js";
import type { Repository } from "../model/repository.js";
import { commitData } from "../payloads/commit.js";
import { repositoryHtmlUrl, repositoryUrl } from "../payloads/repository.js";
import { userPayload } from "../payloads/user.js";
import { type Api, type Data, ok } from "./api.js";
import { checkRunData, checkSuiteData, wantedRuns } from "./checks.js";
import { page } from "./pages.js";
import { simplePullData } from "./pulls.js";
import { repositoryData } from "./repositories.js";

/** Commits with their statuses, checks and pull requests. */
export function commitRoutes(api: Api): void {
  api.repositoryRoute("GET", "/commits/:ref", (request) => ok(detailedCommit(request.repository, commitOf(request))));
  api.repositoryRoute("GET", "/commits/:ref/pulls", (request) => {
    const { sha } = commitOf(request);
    const pulls = [...request.repository.pulls.values()].filter((pull) => {
      return pull.mergeCommitSha === sha || pull.commits.some((commit) => commit.sha === sha);
    });
    return page(request, pulls, simplePullData);
  });
  api.repositoryRoute("GET", "/commits/:ref/check-runs", (request) => {
    const suites = suitesOf(request.repository, commitOf(request)).filter((suite) => {
      return request.query("app_id") === undefined || suite.app.id === Number(request.query("app_id"));
    });
    return page(request, wantedRuns(suites, request), checkRunData, (check_runs, total_count) => ({
      total_count,
      check_runs,
    }));
  });
  api.repositoryRoute("GET", "/commits/:ref/check-suites", (request) => {
    const suites = suitesOf(request.repository, commitOf(request));
    return page(request, suites, checkSuiteData, (check_suites, total_count) => {
      const body: Data<"checks", "listSuitesForRef"> = { total_count, check_suites };
      return body;
    });
  });
  api.repositoryRoute("GET", "/commits/:ref/status", (request) => {
    const { repository } = request;
    const commit = commitOf(request);
    const latest = latestStatuses(repository.statuses.get(commit.sha) ?? []);
    const url = `${repositoryUrl(repository)}/commits/${commit.sha}`;
    return page(
      request,
      latest,
      (status) => statusData(repository, status),
      (statuses, total_count) => {
        const body: Data<"repos", "getCombinedStatusForRef"> = {
          state: combinedState(latest),
          statuses,
          sha: commit.sha,
          total_count,
          repository: repositoryData(repository),
          commit_url: url,
          url: `${url}/status`,
        };
        return body;
      },
    );
  });
  api.repositoryRoute("GET", "/commits/:ref/statuses", (request) => {
    const { repository } = request;
    const statuses = repository.statuses.get(commitOf(request).sha) ?? [];
    return page(request, statuses.toReversed(), (status) => statusData(repository, status));
  });
}

function commitOf({ repository, param }: { repository: Repository; param: (name: string) => string }): Commit {
  const ref = param("ref");
  const branch = repository.git.branches.get(ref.replace(/^(refs\/)?heads\//, ""));
  const commit = repository.git.commits.get(branch?.sha ?? ref);
  if (commit === undefined) throw new GitHubError(422, `No commit found for SHA: ${ref}`);
  return commit;
}

function suitesOf(repository: Repository, commit: Commit): readonly CheckSuite[] {
  const suites = repository.suitesBySha.get(commit.sha) ?? [];
  return suites.filter(({ updatedAt }) => repository.world.keepsChecksOf(updatedAt));
}

function detailedCommit(repository: Repository, commit: Commit): Data<"repos", "getCommit"> {
  const files = changedFiles([commit]);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  const html = repositoryHtmlUrl(repository);
  return {
    ...commitData(repository, commit),
    stats: { additions, deletions, total: additions + deletions },
    files: files.map((file) => ({
      sha: file.sha,
      filename: file.path,
      status: file.status,
      additions: file.additions,
      deletions: file.deletions,
      changes: file.additions + file.deletions,
      blob_url: `${html}/blob/${commit.sha}/${encodeURIComponent(file.path)}`,
      raw_url: `${html}/raw/${commit.sha}/${encodeURIComponent(file.path)}`,
      contents_url: `${repositoryUrl(repository)}/contents/${encodeURIComponent(file.path)}?ref=${commit.sha}`,
      patch: file.patch,
    })),
  };
}

/** GitHub's rule: any failure fails, nothing at all is pending. */
function combinedState(latest: readonly CommitStatus[]): string {
  if (latest.some(({ state }) => state === "failure" || state === "error")) return "failure";
  return latest.length > 0 && latest.every(({ state }) => state === "success") ? "success" : "pending";
}

function statusData(repository: Repository, status: CommitStatus): Data<"repos", "listCommitStatusesForRef">[number] {
  const creator = userPayload(repository.world, status.creator);
  return {
    url: `${repositoryUrl(repository)}/statuses/${status.sha}`,
    avatar_url: creator.avatar_url,
    id: status.id,
    node_id: status.nodeId,
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator,
  };
}
