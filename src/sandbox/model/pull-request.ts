import { invalidField } from "../errors.js";
import { nodeId } from "../format.js";
import type { By, User } from "./account.js";
import { type ChangedFile, changedFiles } from "./changed-files.js";
import { type ClosingReference, closingReferences } from "./closing-keywords.js";
import { checkBodyLength } from "./comment.js";
import type { Commit, CommitInput } from "./git.js";
import type { Issue } from "./issue.js";
import { landByPush, type MergeInput, mergePullRequest } from "./merge.js";
import { enqueue, type MergeGroup } from "./merge-group.js";
import {
  type Before,
  emitClosed,
  emitConvertedToDraft,
  emitEdited,
  emitOpened,
  emitPullAssignee,
  emitPullLabel,
  emitReadyForReview,
  emitReopened,
  emitReviewRequested,
  emitReviewRequestRemoved,
  emitSynchronize,
} from "./pull-request-events.js";
import { DEFAULT_FILE, forcePush, type Push, pushCommit, referencedRepository } from "./push.js";
import type { Label, Repository } from "./repository.js";
import { Review, type ReviewInput } from "./review.js";
import { issueNodeId, Thread, type ThreadInput } from "./thread.js";

/** A pull request. */
export class PullRequest extends Thread {
  readonly id: number;
  readonly nodeId: string;
  readonly headRepository: Repository;
  readonly headBranch: string;
  readonly reviews: Review[] = [];
  readonly requestedReviewers: User[] = [];
  base: string;
  baseSha: string;
  headSha: string;
  commits: readonly Commit[];
  draft: boolean;
  /** Set it to false for a head that conflicts with its base. */
  mergeable = true;
  /** When the description was last changed. */
  lastEditedAt: string | null = null;
  mergedAt: string | null = null;
  mergedBy: User | null = null;
  mergeCommitSha: string | null = null;
  mergeGroup: MergeGroup | null = null;
  #closing: { body: string | null; references: ClosingReference[] } | undefined;
  #files: { sha: string; files: ChangedFile[] } | undefined;

  constructor(
    repository: Repository,
    input: ThreadInput & { headRepository: Repository; headBranch: string; base: string; draft?: boolean },
  ) {
    super(repository, input);
    const head = input.headRepository.git.branches.get(input.headBranch);
    this.id = this.world.ids.next("pull");
    this.nodeId = nodeId("PR", this.id);
    this.headRepository = input.headRepository;
    this.headBranch = input.headBranch;
    this.base = input.base;
    this.baseSha = repository.git.branches.get(input.base)?.sha ?? "";
    this.headSha = head?.sha ?? "";
    this.commits = [...(head?.commits ?? [])];
    this.draft = input.draft ?? false;
  }

  override get pullRequest(): PullRequest {
    return this;
  }

  override get stateReason(): null {
    return null;
  }

  override get issueNodeId(): string {
    return issueNodeId(this.issueId);
  }

  get merged(): boolean {
    return this.mergedAt !== null;
  }

  /** The files it changes. */
  get files(): readonly ChangedFile[] {
    if (this.#files?.sha !== this.headSha) {
      this.#files = { sha: this.headSha, files: changedFiles(this.commits) };
    }
    return this.#files.files;
  }

  /** The issues that its text closes; none when it does not go to the default branch. */
  get closingIssues(): Issue[] {
    if (this.base !== this.repository.defaultBranch) return [];
    return this.closingReferences.flatMap((reference) => {
      return referencedRepository(this.repository, reference.repository)?.issues.get(reference.number) ?? [];
    });
  }

  /** The references behind closing keywords in its text, whatever its base is. */
  get closingReferences(): readonly ClosingReference[] {
    if (this.#closing === undefined || this.#closing.body !== this.body) {
      this.#closing = { body: this.body, references: closingReferences(this.body) };
    }
    return this.#closing.references;
  }

  /** Commits to the head branch and pushes. */
  push(input: CommitInput): Commit {
    const files = input.files ?? { [DEFAULT_FILE]: `${input.message} on ${this.headSha}\n` };
    return pushCommit(this.headRepository, this.headBranch, { ...input, files });
  }

  /** Moves its branch to a commit that need not follow from its head: another one, or one that it had before. */
  forcePush(input: By & { to: string }): void {
    forcePush(this.headRepository, this.headBranch, input);
  }

  /** Takes over the new head after a push. */
  synchronize(push: Push): void {
    this.headSha = push.branch.sha;
    this.commits = [...push.branch.commits];
    this.baseSha = this.#baseHead();
    this.updatedAt = this.world.now();
    if (push.forced) {
      const { commits } = push.repository.git;
      const forced = { before: commits.get(push.before), after: commits.get(push.branch.sha) };
      this.touch({ event: "head_ref_force_pushed", actor: push.by, forced });
    }
    this.mergeGroup?.dequeue({ by: push.by, reason: "INVALID_MERGE_COMMIT" });
    emitSynchronize(this, push);
  }

  /** Tells the world of a new pull request. */
  announceOpened(): void {
    const by = this.author;
    emitOpened(this, by);
    for (const label of this.labels) this.emitLabel("labeled", label, by);
    for (const user of this.assignees) this.emitAssignee("assigned", user, by);
    for (const { repository, number } of this.closingReferences) {
      const issue = referencedRepository(this.repository, repository)?.issues.get(number);
      issue?.touch({ event: "cross-referenced", actor: by, source: this });
    }
  }

  /** Changes title, body or base branch. @param automatic GitHub itself changes the base, for its branch was merged and is gone */
  edit({
    by,
    title,
    body,
    base,
    automatic = false,
  }: By & { title?: string; body?: string | null; base?: string; automatic?: boolean }): void {
    if (base !== undefined && !this.repository.git.branches.has(base)) {
      throw invalidField("PullRequest", "base", "invalid");
    }
    const before: Before = { title: this.title, body: this.body, base: this.base, baseSha: this.baseSha };
    this.title = title ?? this.title;
    if (body !== undefined) {
      this.body = checkBodyLength(body, "PullRequest");
      this.lastEditedAt = this.world.now();
    }
    this.base = base ?? this.base;
    this.baseSha = this.#baseHead();
    this.updatedAt = this.world.now();
    if (before.base !== this.base) {
      const event = automatic ? "automatic_base_change_succeeded" : "base_ref_changed";
      this.touch({ event, actor: by, rebased: { from: before.base, to: this.base } });
    }
    emitEdited(this, by, before);
  }

  /** Submits a review of the current head. */
  review(input: ReviewInput): Review {
    const review = new Review(this, input);
    this.reviews.push(review);
    const requested = this.requestedReviewers.indexOf(input.by);
    if (requested >= 0) this.requestedReviewers.splice(requested, 1);
    this.updatedAt = review.submittedAt;
    review.announce();
    return review;
  }

  /** Takes a review's verdict back. */
  dismissReview(review: Review, input: By & { message: string }): void {
    review.dismiss(input);
  }

  /** Asks a user for a review. */
  requestReview(user: User, { by }: By): void {
    if (user === this.author) {
      throw invalidField("PullRequest", "reviewers", "custom", "Review cannot be requested from pull request author.");
    }
    if (this.requestedReviewers.includes(user)) return;
    this.requestedReviewers.push(user);
    this.updatedAt = this.world.now();
    emitReviewRequested(this, user, by);
  }

  /** Takes the request for a review back. */
  removeReviewRequest(user: User, { by }: By): void {
    if (!this.requestedReviewers.includes(user)) return;
    this.requestedReviewers.splice(this.requestedReviewers.indexOf(user), 1);
    this.updatedAt = this.world.now();
    emitReviewRequestRemoved(this, user, by);
  }

  /** Merges it into its base. */
  merge(input: MergeInput): string {
    return mergePullRequest(this, input);
  }

  /** Pushes its commits to the base by hand, which merges it without a merger. */
  landByPush(input: By): void {
    landByPush(this, input);
  }

  /** Puts it into the merge queue as a group of its own. */
  enqueue({ by }: By): MergeGroup {
    return enqueue(this, by);
  }

  /** Closes it without merging. */
  close({ by }: By): void {
    if (this.state === "open") this.markClosed(by);
  }

  /** Marks it closed, merged or not, and tells the world. */
  markClosed(by: User): void {
    const now = this.world.now();
    this.state = "closed";
    this.closedAt = now;
    this.repository.openThreads -= 1;
    this.touch({ event: "closed", actor: by });
    emitClosed(this, by, now);
  }

  /** Opens it again; a merged one stays closed, with 422. */
  reopen({ by }: By): void {
    if (this.state === "open") return;
    if (this.merged) throw invalidField("PullRequest", "state", "invalid", "The pull request is merged.");
    const head = this.headRepository.git.branches.get(this.headBranch);
    this.state = "open";
    this.closedAt = null;
    this.headSha = head?.sha ?? this.headSha;
    this.commits = [...(head?.commits ?? this.commits)];
    this.repository.openThreads += 1;
    this.touch({ event: "reopened", actor: by });
    emitReopened(this, by);
  }

  /** Ends the draft. */
  readyForReview({ by }: By): void {
    if (!this.draft || this.state === "closed") return;
    this.draft = false;
    this.updatedAt = this.world.now();
    emitReadyForReview(this, by);
  }

  /** Makes it a draft. */
  convertToDraft({ by }: By): void {
    if (this.draft || this.state === "closed") return;
    this.draft = true;
    this.updatedAt = this.world.now();
    emitConvertedToDraft(this, by);
  }

  protected override emitLabel(action: "labeled" | "unlabeled", label: Label, by: User): void {
    emitPullLabel(this, action, label, by);
  }

  protected override emitAssignee(action: "assigned" | "unassigned", assignee: User, by: User): void {
    emitPullAssignee(this, action, assignee, by);
  }

  #baseHead(): string {
    return this.repository.git.branches.get(this.base)?.sha ?? this.baseSha;
  }
}
