import { GitHubError } from "../errors.js";
import type { By } from "./account.js";
import { heldBackBy } from "./branch-protection.js";
import { type Branch, type Commit, combinedFiles } from "./git.js";
import type { PullRequest } from "./pull-request.js";
import { announcePush, closeReferenced } from "./push.js";

/** How a pull request's commits get onto its base. */
export type MergeMethod = "merge" | "squash" | "rebase";

/** What a merge is asked with. */
export interface MergeInput extends By {
  method?: MergeMethod;
  /** The head that is meant; another one is refused with 409. */
  sha?: string;
  title?: string;
  message?: string;
}

/** Merges a pull request: its commits land on the base, the issues it closes are closed. */
export function mergePullRequest(pull: PullRequest, input: MergeInput): string {
  refuseUnmergeable(pull, input);
  const { repository } = pull;
  const base = repository.git.branches.get(pull.base);
  if (base === undefined) throw new GitHubError(405, "Pull Request is not mergeable");
  const before = base.sha;
  pull.mergedAt = repository.world.now();
  pull.mergedBy = input.by;
  const landed = landGroup(pull, base) ?? land(pull, base, input);
  pull.mergeCommitSha = base.sha;
  pull.touch({ event: "merged", actor: input.by, commitId: base.sha });
  pull.mergeGroup = null;
  repository.contributors.add(pull.author);
  pull.markClosed(input.by);
  announcePush({ repository, branch: base, before, commits: landed, by: input.by, forced: false });
  if (pull.base === repository.defaultBranch) {
    for (const reference of pull.closingReferences) {
      closeReferenced(repository, reference, { by: input.by, commitId: base.sha, closer: pull });
    }
  }
  return base.sha;
}

/** Marks a pull request merged because someone pushed its commits to the base by hand: GitHub then names no merger. */
export function landByPush(pull: PullRequest, { by }: By): void {
  const { repository } = pull;
  const base = repository.git.branches.get(pull.base);
  if (base === undefined || pull.state === "closed") throw new GitHubError(405, "Pull Request is not mergeable");
  const before = base.sha;
  const commits = land(pull, base, { by, method: "rebase" });
  announcePush({ repository, branch: base, before, commits, by, forced: false });
  pull.mergedAt = repository.world.now();
  pull.mergeCommitSha = base.sha;
  repository.contributors.add(pull.author);
  pull.touch({ event: "merged", actor: by, commitId: base.sha });
  pull.markClosed(by);
}

function refuseUnmergeable(pull: PullRequest, input: MergeInput): void {
  if (pull.state === "closed") throw new GitHubError(405, "Pull Request is not mergeable");
  if (pull.draft) throw new GitHubError(405, "Pull Request is still a draft");
  if (input.sha !== undefined && input.sha !== pull.headSha) {
    throw new GitHubError(409, "Head branch was modified. Review and try the merge again.");
  }
  if (!pull.mergeable) throw new GitHubError(405, "Pull Request is not mergeable");
  // A merge queue goes by the checks of its trial merge.
  const reason = heldBackBy(pull.repository, pull.base, pull.mergeGroup?.headSha ?? pull.headSha);
  if (reason !== null) throw new GitHubError(405, reason);
}

/** Moves the base to the commit of the merge queue's group, which is what was tested; null where there is no group of that base. */
function landGroup(pull: PullRequest, base: Branch): Commit[] | null {
  const { mergeGroup, repository } = pull;
  const group = mergeGroup && repository.git.branches.get(mergeGroup.branch);
  if (!group || mergeGroup.baseSha !== base.sha) return null;
  repository.git.fastForward(base, group);
  return [...pull.commits, mergeGroup.commit];
}

/** Writes the commits onto the base branch, and answers those that are new there. */
function land(pull: PullRequest, base: Branch, input: MergeInput): Commit[] {
  const { git } = pull.repository;
  const method = input.method ?? "merge";
  const files = combinedFiles(pull.commits);
  const head = pull.headRepository.git.branches.get(pull.headBranch);
  if (head !== undefined) head.commits = [];
  if (method === "rebase") {
    return pull.commits.map((commit) => {
      const { author, message } = commit;
      return git.commit(base.name, { by: author, message, files: combinedFiles([commit]) });
    });
  }
  const [title, message] =
    method === "squash"
      ? [`${pull.title} (#${pull.number})`, pull.commits.map((commit) => `* ${commit.message}`).join("\n\n")]
      : [`Merge pull request #${pull.number} from ${pull.headRepository.owner.login}/${pull.headBranch}`, pull.title];
  const text = `${input.title ?? title}\n\n${input.message ?? message}`;
  if (method === "squash") return [git.commit(base.name, { by: input.by, message: text, files })];
  base.commits.push(...pull.commits);
  return [...pull.commits, git.commit(base.name, { by: input.by, message: text, files, mergeOf: pull.headSha })];
}
