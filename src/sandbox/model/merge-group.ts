import { GitHubError } from "../errors.js";
import { mergeGroupPayload } from "../payloads/merge-group.js";
import type { By, User } from "./account.js";
import { type Branch, type Commit, combinedFiles } from "./git.js";
import type { PullRequest } from "./pull-request.js";
import { emitDequeued, emitEnqueued } from "./pull-request-events.js";
import { requestSuites } from "./push.js";

/** A merge queue's trial merge of one pull request. */
export class MergeGroup {
  readonly pull: PullRequest;
  /** The name of the queue's branch. */
  readonly branch: string;
  readonly headRef: string;
  readonly headSha: string;
  readonly baseSha: string;
  readonly commit: Commit;

  constructor(pull: PullRequest, base: Branch, by: User) {
    const { git } = pull.repository;
    this.pull = pull;
    this.baseSha = base.sha;
    const name = `gh-readonly-queue/${base.name}/pr-${pull.number}-${base.sha}`;
    git.branchOff(name, base);
    const files = combinedFiles(pull.commits);
    const message = `Merge pull request #${pull.number} from ${pull.headRepository.owner.login}/${pull.headBranch}\n\n${pull.title}`;
    this.commit = git.commit(name, { by, message, files, mergeOf: pull.headSha });
    this.branch = name;
    this.headRef = `refs/heads/${name}`;
    this.headSha = this.commit.sha;
  }

  /** Merges the pull request, its checks having passed: the queue's own bot does it, and takes it out of the queue. */
  merge({ by = this.pull.world.mergeQueueBot }: Partial<By> = {}): string {
    const sha = this.pull.merge({ by });
    emitDequeued(this.pull, by, "MERGE");
    this.#destroy(by, "merged");
    return sha;
  }

  /** Takes the pull request out of the queue; `reason` is GitHub's word for why. */
  dequeue({ by, reason = "MANUAL" }: By & { reason?: string }): void {
    this.pull.mergeGroup = null;
    emitDequeued(this.pull, by, reason);
    this.#destroy(by, "dequeued");
  }

  /** Ends the group because an earlier one of the queue came to nothing; the pull request stays, and gets another group. */
  invalidate({ by }: By): MergeGroup {
    this.#destroy(by, "invalidated");
    return formGroup(this.pull, baseOf(this.pull), by);
  }

  #destroy(by: User, reason: "merged" | "dequeued" | "invalidated"): void {
    const { repository } = this.pull;
    repository.git.deleteBranch(this.branch);
    repository.world.emit("merge_group", repository, () => ({
      action: "destroyed",
      merge_group: mergeGroupPayload(this),
      reason,
      ...repository.envelope(by),
    }));
  }
}

/** Puts a pull request into the merge queue as a group of its own, and asks for the group's checks. */
export function enqueue(pull: PullRequest, by: User): MergeGroup {
  const base = baseOf(pull);
  if (pull.state === "closed" || pull.draft || pull.mergeGroup !== null) throw unmergeable();
  emitEnqueued(pull, by);
  return formGroup(pull, base, by);
}

function formGroup(pull: PullRequest, base: Branch, by: User): MergeGroup {
  const { repository } = pull;
  const group = new MergeGroup(pull, base, by);
  pull.mergeGroup = group;
  requestSuites(repository, group.headSha, by, group.branch, group.baseSha);
  repository.world.emit("merge_group", repository, () => ({
    action: "checks_requested",
    merge_group: mergeGroupPayload(group),
    ...repository.envelope(by),
  }));
  return group;
}

function baseOf(pull: PullRequest): Branch {
  const base = pull.repository.git.branches.get(pull.base);
  if (base === undefined) throw unmergeable();
  return base;
}

function unmergeable(): GitHubError {
  return new GitHubError(422, "Pull request is not in a mergeable state");
}
