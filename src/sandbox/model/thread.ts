import { GitHubError, invalidField } from "../errors.js";
import { nodeId } from "../format.js";
import { commentPayload } from "../payloads/comment.js";
import { issuePayload } from "../payloads/issue.js";
import type { By, User } from "./account.js";
import { Comment, checkBodyLength } from "./comment.js";
import type { Commit } from "./git.js";
import type { PullRequest } from "./pull-request.js";
import type { Label, Repository } from "./repository.js";
import type { Review, ReviewState } from "./review.js";
import type { World } from "./world.js";

/** Why an issue is closed, or open again. */
export type StateReason = "completed" | "not_planned" | "duplicate" | "reopened";

/** What closed an issue by a keyword: a commit whose message has it, or a pull request whose text has it. */
export type Closer = Commit | PullRequest;

/** One line of an issue's timeline. */
export interface TimelineEvent {
  readonly id: number;
  readonly event:
    | "labeled"
    | "unlabeled"
    | "assigned"
    | "unassigned"
    | "closed"
    | "reopened"
    | "referenced"
    | "cross-referenced"
    | "merged"
    | "renamed"
    | "review_dismissed"
    | "head_ref_force_pushed"
    | "base_ref_changed"
    | "automatic_base_change_succeeded";
  readonly actor: User;
  readonly createdAt: string;
  readonly label?: Label;
  readonly assignee?: User;
  readonly commitId?: string;
  readonly closer?: Closer;
  readonly stateReason?: string | null;
  readonly source?: Thread;
  readonly rename?: { from: string; to: string };
  /** The review that was dismissed, and what it had said. */
  readonly dismissed?: { readonly review: Review; readonly state: ReviewState; readonly message: string };
  /** The head that was replaced by a force-push, and the one that replaced it. */
  readonly forced?: { readonly before: Commit | undefined; readonly after: Commit | undefined };
  /** The base that the pull request went to before, and the one that it goes to since. */
  readonly rebased?: { readonly from: string; readonly to: string };
}

/** What an issue and a pull request are opened with. */
export interface ThreadInput extends By {
  title: string;
  body?: string | null;
  labels?: readonly string[];
  assignees?: readonly User[];
}

/** What issues and pull requests share: a number, a text, labels, assignees, comments. */
export abstract class Thread {
  readonly repository: Repository;
  readonly issueId: number;
  readonly number: number;
  readonly author: User;
  readonly createdAt: string;
  readonly labels: Label[] = [];
  readonly assignees: User[] = [];
  readonly comments: Comment[] = [];
  readonly timeline: TimelineEvent[] = [];
  title: string;
  body: string | null;
  state: "open" | "closed" = "open";
  updatedAt: string;
  closedAt: string | null = null;

  constructor(repository: Repository, input: ThreadInput) {
    if (input.title.trim() === "") throw invalidField("Issue", "title", "missing_field");
    this.repository = repository;
    this.issueId = repository.world.ids.next("issue");
    this.number = repository.nextNumber();
    this.title = input.title;
    this.body = checkBodyLength(input.body ?? null, "Issue");
    this.author = input.by;
    this.createdAt = repository.world.now();
    this.updatedAt = this.createdAt;
    for (const name of input.labels ?? []) this.labels.push(repository.labelNamed(name));
    this.assignees.push(...(input.assignees ?? []));
    repository.openThreads += 1;
  }

  get world(): World {
    return this.repository.world;
  }

  /** Set on pull requests; issues answer null. */
  abstract get pullRequest(): { readonly mergedAt: string | null; readonly draft: boolean } | null;
  /** Why an issue is closed or was reopened. */
  abstract get stateReason(): StateReason | null;
  abstract get issueNodeId(): string;
  protected abstract emitLabel(action: "labeled" | "unlabeled", label: Label, by: User): void;
  protected abstract emitAssignee(action: "assigned" | "unassigned", assignee: User, by: User): void;

  /** Adds a label, and makes it in the repository if it is new. */
  label(name: string, { by }: By): void {
    const label = this.repository.labelNamed(name);
    if (this.labels.includes(label)) return;
    this.labels.push(label);
    this.touch({ event: "labeled", actor: by, label });
    this.emitLabel("labeled", label, by);
  }

  /** Takes a label off; one that is not on it is refused with 404. */
  unlabel(name: string, { by }: By): void {
    const index = this.labels.findIndex((label) => label.name.toLowerCase() === name.toLowerCase());
    const [label] = index < 0 ? [] : this.labels.splice(index, 1);
    if (label === undefined) throw new GitHubError(404, "Label does not exist");
    this.touch({ event: "unlabeled", actor: by, label });
    this.emitLabel("unlabeled", label, by);
  }

  /** Assigns a user. */
  assign(user: User, { by }: By): void {
    if (this.assignees.includes(user)) return;
    this.assignees.push(user);
    this.touch({ event: "assigned", actor: by, assignee: user });
    this.emitAssignee("assigned", user, by);
  }

  /** Takes an assignee off. */
  unassign(user: User, { by }: By): void {
    const index = this.assignees.indexOf(user);
    if (index < 0) return;
    this.assignees.splice(index, 1);
    this.touch({ event: "unassigned", actor: by, assignee: user });
    this.emitAssignee("unassigned", user, by);
  }

  /** Writes a comment in the conversation. */
  comment(input: By & { body: string }): Comment {
    const comment = new Comment(this, input);
    this.comments.push(comment);
    this.repository.comments.set(comment.id, comment);
    this.updatedAt = comment.createdAt;
    this.world.emit("issue_comment", this.repository, () => ({
      action: "created",
      issue: issuePayload(this),
      comment: commentPayload(comment),
      ...this.repository.envelope(input.by),
    }));
    return comment;
  }

  /** Forgets a comment; the comment itself tells the world. */
  removeComment(comment: Comment): void {
    const index = this.comments.indexOf(comment);
    if (index >= 0) this.comments.splice(index, 1);
    this.repository.comments.delete(comment.id);
    this.updatedAt = this.world.now();
  }

  /** Adds a line to the timeline. */
  touch(event: Omit<TimelineEvent, "id" | "createdAt">): void {
    this.updatedAt = this.world.now();
    this.timeline.push({ id: this.world.ids.next("event"), createdAt: this.updatedAt, ...event });
  }
}

/** The node id of the issue side of a thread. */
export function issueNodeId(id: number): string {
  return nodeId("I", id);
}
