import type { Timestamp } from "../../core/index.js";
import { parsePayload, pushPayload } from "./payload.js";
import type { RawAccount, Repo } from "./sighting.js";

/** A push to the default branch after which the configuration may be another one. */
export interface ConfigurationPush {
  readonly repo: Repo;
  readonly commit: string;
  readonly sender: RawAccount | null;
  /** GitHub's own time of the push, where it says so: that of its commits is what whoever made them says. */
  readonly at: Timestamp | null;
}

/**
 * GitHub lists so many commits of a push at most; of a forced push, those that it takes away are not among them.
 * @see https://docs.github.com/webhooks/webhook-events-and-payloads#push
 */
const LISTED_COMMITS = 2048;

/**
 * @param path the file's place in its repository
 * @returns null for a push that leaves the file alone, or goes to another branch
 * @throws LoopForgeError `invalid_payload` for a payload without a field that is used
 */
export function configurationPush(payload: unknown, path: string): ConfigurationPush | null {
  const { ref, after, deleted, forced, commits, repository, sender } = parsePayload(pushPayload, payload);
  const { pushedAt: at, ...repo } = repository;
  if (deleted || repo.defaultBranch === undefined || ref !== `refs/heads/${repo.defaultBranch}`) return null;
  const isTouched = commits.some((commit) => commit.files.includes(path));
  if (!isTouched && !forced && commits.length < LISTED_COMMITS) return null;
  return { repo, commit: after, sender: sender ?? null, at };
}
