import { GitHubError, invalidField } from "../errors.js";
import { PullRequest } from "./pull-request.js";
import { DEFAULT_FILE, pushCommit, requestSuites } from "./push.js";
import type { Repository } from "./repository.js";
import type { ThreadInput } from "./thread.js";

/** What a pull request is opened with. */
export interface PullRequestInput extends ThreadInput {
  /** A branch, or `login:branch` for one in that user's fork. */
  head: string;
  base?: string;
  draft?: boolean;
  /** What the first commit writes when the head branch does not exist yet. */
  files?: Readonly<Record<string, string>>;
}

/** Opens a pull request; a head branch that does not exist is pushed first. */
export function openPullRequest(repository: Repository, input: PullRequestInput): PullRequest {
  const { headRepository, headBranch } = resolveHead(repository, input.head);
  const base = input.base ?? repository.defaultBranch;
  if (!repository.git.branches.has(base)) throw invalidField("PullRequest", "base", "invalid");
  if (!headRepository.git.branches.has(headBranch)) {
    const files = input.files ?? { [DEFAULT_FILE]: `${input.title} on ${headBranch}\n` };
    pushCommit(headRepository, headBranch, { by: input.by, message: input.title, files });
  }
  const head = headRepository.git.branches.get(headBranch);
  if (head === undefined || head.commits.length === 0) {
    throw new GitHubError(422, "Validation Failed", [
      { resource: "PullRequest", code: "custom", message: `No commits between ${base} and ${headBranch}` },
    ]);
  }
  const key = `${headRepository.fullName}:${headBranch}`;
  const sameHead = repository.pullsByHead.get(key) ?? new Set();
  for (const other of sameHead) {
    if (other.state !== "open" || other.base !== base) continue;
    const message = `A pull request already exists for ${headRepository.owner.login}:${headBranch}.`;
    throw new GitHubError(422, "Validation Failed", [{ resource: "PullRequest", code: "custom", message }]);
  }
  if (headRepository !== repository) requestSuites(repository, head.sha, input.by, headBranch, head.sha);
  const pull = new PullRequest(repository, { ...input, headRepository, headBranch, base });
  repository.pulls.set(pull.number, pull);
  repository.threads[pull.number] = pull;
  repository.pullsByHead.set(key, sameHead.add(pull));
  pull.announceOpened();
  return pull;
}

function resolveHead(repository: Repository, head: string): { headRepository: Repository; headBranch: string } {
  const colon = head.indexOf(":");
  const login = head.slice(0, Math.max(0, colon));
  const headBranch = head.slice(colon + 1);
  if (colon < 0 || login === repository.owner.login) return { headRepository: repository, headBranch };
  const headRepository = repository.world.repositories.get(`${login}/${repository.name}`.toLowerCase());
  if (headRepository === undefined) throw invalidField("PullRequest", "head", "invalid");
  return { headRepository, headBranch };
}
