import type { PushEvent } from "@octokit/webhooks-types";
import { epochSeconds } from "../format.js";
import { ZERO_SHA } from "../model/git.js";
import type { Push } from "../model/push.js";
import { pushedCommit } from "./commit.js";
import { repositoryHtmlUrl } from "./repository.js";
import { noreplyEmail } from "./user.js";

/** A push event; its repository has times in seconds and some fields that others lack. */
export function pushPayload({ repository, branch, before, commits, by, forced }: Push): PushEvent {
  const envelope = repository.envelope(by);
  const html = repositoryHtmlUrl(repository);
  const pushed = commits.map((commit) => pushedCommit(repository, commit));
  const { owner } = repository;
  return {
    ref: `refs/heads/${branch.name}`,
    before,
    after: branch.sha,
    created: before === ZERO_SHA,
    deleted: false,
    forced,
    base_ref: null,
    compare:
      before === ZERO_SHA
        ? `${html}/commit/${branch.sha.slice(0, 12)}`
        : `${html}/compare/${before.slice(0, 12)}...${branch.sha.slice(0, 12)}`,
    commits: pushed,
    head_commit: pushed.at(-1) ?? null,
    pusher: { name: by.login, email: noreplyEmail(by) },
    ...envelope,
    repository: {
      ...envelope.repository,
      owner: { ...envelope.repository.owner, name: owner.login, email: null },
      created_at: epochSeconds(repository.createdAt),
      pushed_at: epochSeconds(repository.pushedAt),
      stargazers: 0,
      master_branch: repository.defaultBranch,
      ...(owner.type === "Organization" ? { organization: owner.login } : {}),
    },
  };
}
