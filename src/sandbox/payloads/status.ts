import type { StatusEvent } from "@octokit/webhooks-types";
import type { CommitStatus } from "../model/commit-status.js";
import type { Repository } from "../model/repository.js";
import { commitData } from "./commit.js";
import { repositoryUrl } from "./repository.js";
import { userPayload } from "./user.js";

/** A status event without its envelope. */
export function statusEventPayload(
  repository: Repository,
  status: CommitStatus,
): Omit<StatusEvent, "repository" | "sender" | "organization" | "installation"> {
  const branches = repository.git.branchesAt(status.sha);
  return {
    id: status.id,
    sha: status.sha,
    name: repository.fullName,
    avatar_url: userPayload(repository.world, status.creator).avatar_url,
    target_url: status.targetUrl,
    context: status.context,
    description: status.description,
    state: status.state,
    commit: commitData(repository, status.commit),
    branches: branches.map((branch) => ({
      name: branch.name,
      commit: { sha: branch.sha, url: `${repositoryUrl(repository)}/commits/${branch.sha}` },
      protected: false,
    })),
    // Status events alone spell UTC as an offset.
    created_at: status.createdAt.replace("Z", "+00:00"),
    updated_at: status.createdAt.replace("Z", "+00:00"),
  };
}
