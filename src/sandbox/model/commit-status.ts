import { GitHubError } from "../errors.js";
import { nodeId } from "../format.js";
import { statusEventPayload } from "../payloads/status.js";
import type { By, User } from "./account.js";
import type { Commit } from "./git.js";
import type { Repository } from "./repository.js";

/** What a commit status says. */
export type StatusState = "pending" | "success" | "failure" | "error";

/** A commit status; a newer one of the same context replaces it. */
export interface CommitStatus {
  readonly id: number;
  readonly nodeId: string;
  readonly sha: string;
  readonly commit: Commit;
  readonly context: string;
  readonly state: StatusState;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: User;
  readonly createdAt: string;
}

/** What a status is set with. */
export interface StatusInput extends By {
  sha: string;
  state: StatusState;
  context?: string;
  description?: string | null;
  targetUrl?: string | null;
}

/** Sets a commit status. */
export function setStatus(repository: Repository, input: StatusInput): CommitStatus {
  const commit = repository.git.commits.get(input.sha);
  if (commit === undefined) throw new GitHubError(422, `No commit found for SHA: ${input.sha}`);
  const id = repository.world.ids.next("status");
  const status: CommitStatus = {
    id,
    nodeId: nodeId("SC", id),
    sha: input.sha,
    commit,
    context: input.context ?? "default",
    state: input.state,
    description: input.description ?? null,
    targetUrl: input.targetUrl ?? null,
    creator: input.by,
    createdAt: repository.world.now(),
  };
  const known = repository.statuses.get(input.sha);
  if (known === undefined) repository.statuses.set(input.sha, [status]);
  else known.push(status);
  repository.world.emit("status", repository, () => ({
    ...statusEventPayload(repository, status),
    ...repository.envelope(input.by),
  }));
  return status;
}

/** The newest status of each context. */
export function latestStatuses(statuses: readonly CommitStatus[]): CommitStatus[] {
  return [...new Map(statuses.map((status) => [status.context, status])).values()];
}
