import type { CheckSuiteCompletedEvent } from "@octokit/webhooks-types";
import type { CheckSuite } from "../model/check-suite.js";
import { checkAppPayload } from "./app.js";
import { simpleCommit } from "./commit.js";
import { checkPullRequest } from "./pull-request.js";
import { repositoryUrl } from "./repository.js";

/** A check suite as its own events show it. */
export function checkSuitePayload(suite: CheckSuite): CheckSuiteCompletedEvent["check_suite"] {
  const { repository } = suite;
  const url = `${repositoryUrl(repository)}/check-suites/${suite.id}`;
  const commit = repository.git.commits.get(suite.headSha);
  if (commit === undefined) throw new Error(`No commit ${suite.headSha} in ${repository.fullName}`);
  return {
    id: suite.id,
    node_id: suite.nodeId,
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status: suite.status,
    conclusion: suite.conclusion,
    url,
    before: suite.before,
    after: suite.headSha,
    pull_requests: suite.pullRequests.map(checkPullRequest),
    app: checkAppPayload(repository.world, suite.app),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
    rerequestable: true,
    runs_rerequestable: false,
    latest_check_runs_count: suite.latestRuns.length,
    check_runs_url: `${url}/check-runs`,
    head_commit: simpleCommit(commit),
  };
}
