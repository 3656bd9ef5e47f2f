import type { CheckRunCreatedEvent } from "@octokit/webhooks-types";
import type { CheckRun } from "../model/check-run.js";
import { checkAppPayload } from "./app.js";
import { checkPullRequest } from "./pull-request.js";
import { repositoryHtmlUrl, repositoryUrl } from "./repository.js";

/** A check run as its events show it. */
export function checkRunPayload(run: CheckRun): CheckRunCreatedEvent["check_run"] {
  const { suite } = run;
  const { repository } = suite;
  const url = `${repositoryUrl(repository)}/check-runs/${run.id}`;
  const pulls = suite.pullRequests.map(checkPullRequest);
  const app = checkAppPayload(repository.world, suite.app);
  return {
    id: run.id,
    node_id: run.nodeId,
    head_sha: suite.headSha,
    external_id: run.externalId,
    url,
    html_url: `${repositoryHtmlUrl(repository)}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.output.title,
      summary: run.output.summary,
      text: run.output.text,
      annotations_count: run.output.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: run.name,
    check_suite: {
      id: suite.id,
      node_id: suite.nodeId,
      head_branch: suite.headBranch,
      head_sha: suite.headSha,
      status: suite.status,
      conclusion: suite.conclusion,
      url: `${repositoryUrl(repository)}/check-suites/${suite.id}`,
      before: suite.before,
      after: suite.headSha,
      pull_requests: pulls,
      app,
      created_at: suite.createdAt,
      updated_at: suite.updatedAt,
    },
    app,
    pull_requests: pulls,
  };
}
