import { invalidField } from "../errors.js";
import { nodeId } from "../format.js";
import { commentPayload } from "../payloads/comment.js";
import { issuePayload } from "../payloads/issue.js";
import type { By, User } from "./account.js";
import type { Thread } from "./thread.js";

const BODY_LIMIT = 65_536;

/** The contents a reaction can have. */
export const REACTIONS = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"] as const;

/** What a reaction says. */
export type ReactionContent = (typeof REACTIONS)[number];

/** One person's reaction. */
export interface Reaction {
  readonly id: number;
  readonly user: User;
  readonly content: ReactionContent;
  readonly createdAt: string;
}

/** A comment on an issue or on a pull request's conversation. */
export class Comment {
  readonly thread: Thread;
  readonly id: number;
  readonly nodeId: string;
  readonly author: User;
  readonly createdAt: string;
  readonly reactions: Reaction[] = [];
  body: string;
  updatedAt: string;

  constructor(thread: Thread, input: By & { body: string }) {
    this.thread = thread;
    this.id = thread.world.ids.next("comment");
    this.nodeId = nodeId("IC", this.id);
    this.author = input.by;
    this.body = checkBody(input.body, "IssueComment");
    this.createdAt = thread.world.now();
    this.updatedAt = this.createdAt;
  }

  /** Changes the text. */
  edit({ by, body }: By & { body: string }): void {
    const from = this.body;
    this.body = checkBody(body, "IssueComment");
    this.updatedAt = this.thread.world.now();
    this.thread.world.emit("issue_comment", this.thread.repository, () => ({
      action: "edited",
      changes: from === body ? {} : { body: { from } },
      issue: issuePayload(this.thread),
      comment: commentPayload(this),
      ...this.thread.repository.envelope(by),
    }));
  }

  /** Removes the comment. */
  delete({ by }: By): void {
    this.thread.removeComment(this);
    this.thread.world.emit("issue_comment", this.thread.repository, () => ({
      action: "deleted",
      issue: issuePayload(this.thread),
      comment: commentPayload(this),
      ...this.thread.repository.envelope(by),
    }));
  }

  /** Adds a reaction; the same one twice is one. GitHub sends no event for it. */
  react({ by, content }: By & { content: ReactionContent }): { reaction: Reaction; created: boolean } {
    const known = this.reactions.find((reaction) => reaction.user === by && reaction.content === content);
    if (known !== undefined) return { reaction: known, created: false };
    const { ids } = this.thread.world;
    const reaction = { id: ids.next("reaction"), user: by, content, createdAt: this.thread.world.now() };
    this.reactions.push(reaction);
    return { reaction, created: true };
  }
}

/** The text, or GitHub's 422 when it is empty or too long. */
function checkBody(body: string, resource: string): string {
  if (body.trim() === "") throw invalidField(resource, "data", "unprocessable", "Body cannot be blank");
  return checkBodyLength(body, resource);
}

/** The text, or GitHub's 422 when it is too long. */
export function checkBodyLength<T extends string | null>(body: T, resource: string): T {
  if (body !== null && body.length > BODY_LIMIT) {
    throw invalidField(resource, "data", "unprocessable", `Body is too long (maximum is ${BODY_LIMIT} characters)`);
  }
  return body;
}
