import { pushPayload } from "../payloads/push.js";
import type { By, User } from "./account.js";
import { closingReferences } from "./closing-keywords.js";
import { type Branch, type Commit, type CommitInput, ZERO_SHA } from "./git.js";
import type { PullRequest } from "./pull-request.js";
import type { Repository } from "./repository.js";
import type { Closer } from "./thread.js";

/** What a commit changes that names no files: always the same one, so that long runs keep repositories small. */
export const DEFAULT_FILE = "CHANGES.md";

/** One push to a branch. */
export interface Push {
  readonly repository: Repository;
  readonly branch: Branch;
  readonly before: string;
  readonly commits: readonly Commit[];
  readonly by: User;
  readonly forced: boolean;
}

/** Makes a commit on a branch and pushes it; a new branch starts at the default branch's head. */
export function pushCommit(repository: Repository, branchName: string, input: CommitInput): Commit {
  const { git } = repository;
  const known = git.branches.get(branchName);
  const before = known?.sha ?? ZERO_SHA;
  const base = git.branches.get(repository.defaultBranch);
  if (known === undefined && base !== undefined) git.branchOff(branchName, base);
  const commit = git.commit(branchName, input);
  const branch = git.branches.get(branchName);
  if (branch !== undefined)
    announcePush({ repository, branch, before, commits: [commit], by: input.by, forced: false });
  return commit;
}

/** Moves a branch to a commit that need not follow from its head. */
export function forcePush(repository: Repository, branchName: string, { by, to }: By & { to: string }): void {
  const { git } = repository;
  const branch = git.branches.get(branchName);
  if (branch === undefined || branch.sha === to) return;
  const before = branch.sha;
  git.reset(branch, to, git.branches.get(repository.defaultBranch)?.sha ?? "");
  announcePush({ repository, branch, before, commits: branch.commits.slice(-1), by, forced: true });
}

/** Everything a push causes: its event, check suites, closed issues, and news for the pull requests of that head. */
export function announcePush(push: Push): void {
  const { repository, branch, by } = push;
  repository.pushedAt = repository.world.now();
  repository.world.emit("push", repository, () => pushPayload(push));
  requestSuites(repository, branch.sha, by, branch.name, push.before);
  if (branch.name === repository.defaultBranch) closeFromMessages(push);
  for (const pull of openPullsOf(repository, branch.name)) {
    if (pull.repository !== repository) requestSuites(pull.repository, branch.sha, by, branch.name, push.before);
    pull.synchronize(push);
  }
}

/** Makes a check suite for every checks App. */
export function requestSuites(repo: Repository, sha: string, by: User, headBranch: string, before: string): void {
  for (const app of repo.world.checksApps) {
    const known = repo.suitesBySha.get(sha)?.some((suite) => suite.app.id === app.id) ?? false;
    if (!known) repo.checkSuite(app, sha, by).request({ headBranch, before });
  }
}

/** The open pull requests with this head, in this repository and in the one it was forked from. */
function openPullsOf(repository: Repository, branch: string): PullRequest[] {
  const key = `${repository.fullName}:${branch}`;
  const found = [repository, repository.parent].flatMap((target) => [...(target?.pullsByHead.get(key) ?? [])]);
  return found.filter((pull) => pull.state === "open");
}

/** Commit messages close issues too, once they are on the default branch. */
function closeFromMessages({ repository, commits, by }: Push): void {
  for (const commit of commits) {
    for (const reference of closingReferences(commit.message)) {
      closeReferenced(repository, reference, { by, commitId: commit.sha, closer: commit });
    }
  }
}

/** Closes an issue that a text names, if it is there and open. */
export function closeReferenced(
  from: Repository,
  reference: { repository: string | null; number: number },
  close: By & { commitId: string; closer: Closer },
): void {
  const target = referencedRepository(from, reference.repository);
  const issue = target?.issues.get(reference.number);
  if (issue === undefined || issue.state === "closed") return;
  issue.close({ ...close, reason: "completed" });
}

/** The repository a reference means. */
export function referencedRepository(from: Repository, name: string | null): Repository | undefined {
  return name === null ? from : from.world.repositories.get(name.toLowerCase());
}
