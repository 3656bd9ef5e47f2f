import { issuePayload } from "../payloads/issue.js";
import { labelPayload } from "../payloads/repository.js";
import { userPayload } from "../payloads/user.js";
import type { By, User } from "./account.js";
import { checkBodyLength } from "./comment.js";
import type { Label, Repository } from "./repository.js";
import { type Closer, issueNodeId, type StateReason, Thread, type ThreadInput } from "./thread.js";

/** Why an issue is closed. */
export type CloseReason = Exclude<StateReason, "reopened">;

/** What an issue is closed with. */
export interface CloseInput extends By {
  reason?: CloseReason;
  commitId?: string;
  closer?: Closer;
}

/** An issue. */
export class Issue extends Thread {
  readonly #nodeId: string;
  #stateReason: StateReason | null = null;

  constructor(repository: Repository, input: ThreadInput) {
    super(repository, input);
    this.#nodeId = issueNodeId(this.issueId);
    this.world.emit("issues", repository, () => ({
      action: "opened",
      issue: { ...issuePayload(this), state: "open", closed_at: null },
      ...repository.envelope(input.by),
    }));
    for (const label of this.labels) this.emitLabel("labeled", label, input.by);
    for (const user of this.assignees) this.emitAssignee("assigned", user, input.by);
  }

  override get pullRequest(): null {
    return null;
  }

  override get stateReason(): StateReason | null {
    return this.#stateReason;
  }

  override get issueNodeId(): string {
    return this.#nodeId;
  }

  /** Changes title or body. */
  edit({ by, title, body }: By & { title?: string; body?: string | null }): void {
    const from = { title: this.title, body: this.body };
    this.title = title ?? this.title;
    if (body !== undefined) this.body = checkBodyLength(body, "Issue");
    if (this.title !== from.title) {
      this.touch({ event: "renamed", actor: by, rename: { from: from.title, to: this.title } });
    }
    this.updatedAt = this.world.now();
    this.world.emit("issues", this.repository, () => ({
      action: "edited",
      issue: issuePayload(this),
      changes: {
        ...(this.title === from.title ? {} : { title: { from: from.title } }),
        ...(this.body === from.body ? {} : { body: { from: from.body ?? "" } }),
      },
      ...this.repository.envelope(by),
    }));
  }

  /** Closes the issue; of a closed one only the reason can change, without an event. */
  close({ by, reason = "completed", commitId, closer }: CloseInput): void {
    this.#stateReason = reason;
    if (this.state === "closed") return;
    this.state = "closed";
    const now = this.world.now();
    this.closedAt = now;
    this.repository.openThreads -= 1;
    this.touch({
      event: "closed",
      actor: by,
      stateReason: reason,
      ...(commitId === undefined ? {} : { commitId }),
      ...(closer === undefined ? {} : { closer }),
    });
    this.world.emit("issues", this.repository, () => ({
      action: "closed",
      issue: { ...issuePayload(this), state: "closed", closed_at: now },
      ...this.repository.envelope(by),
    }));
  }

  /** Opens a closed issue again. */
  reopen({ by }: By): void {
    if (this.state === "open") return;
    this.state = "open";
    this.closedAt = null;
    this.#stateReason = "reopened";
    this.repository.openThreads += 1;
    this.touch({ event: "reopened", actor: by });
    this.world.emit("issues", this.repository, () => ({
      action: "reopened",
      issue: { ...issuePayload(this), state: "open" },
      ...this.repository.envelope(by),
    }));
  }

  protected override emitLabel(action: "labeled" | "unlabeled", label: Label, by: User): void {
    this.world.emit("issues", this.repository, () => ({
      action,
      issue: issuePayload(this),
      label: labelPayload(label),
      ...this.repository.envelope(by),
    }));
  }

  protected override emitAssignee(action: "assigned" | "unassigned", assignee: User, by: User): void {
    this.world.emit("issues", this.repository, () => ({
      action,
      issue: issuePayload(this),
      assignee: userPayload(this.world, assignee),
      ...this.repository.envelope(by),
    }));
  }
}
