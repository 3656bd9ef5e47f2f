import { GitHubError } from "../errors.js";
import { nodeId } from "../format.js";
import { simplePullRequestPayload } from "../payloads/pull-request.js";
import { reviewPayload } from "../payloads/review.js";
import type { By, User } from "./account.js";
import { checkBodyLength } from "./comment.js";
import type { PullRequest } from "./pull-request.js";

/** What a review says. */
export type ReviewState = "approved" | "changes_requested" | "commented" | "dismissed";

/** What a review is submitted with. */
export interface ReviewInput extends By {
  state: Exclude<ReviewState, "dismissed">;
  body?: string | null;
}

/** A review, bound to the head it was given on. */
export class Review {
  readonly pull: PullRequest;
  readonly id: number;
  readonly nodeId: string;
  readonly author: User;
  readonly commitId: string;
  readonly submittedAt: string;
  state: ReviewState;
  body: string | null;

  constructor(pull: PullRequest, input: ReviewInput) {
    if (input.by === pull.author && input.state !== "commented") {
      const verb = input.state === "approved" ? "approve" : "request changes on";
      throw new GitHubError(422, "Unprocessable Entity", [`Can not ${verb} your own pull request`]);
    }
    this.pull = pull;
    this.id = pull.world.ids.next("review");
    this.nodeId = nodeId("PRR", this.id);
    this.author = input.by;
    this.commitId = pull.headSha;
    this.submittedAt = pull.world.now();
    this.state = input.state;
    this.body = checkBodyLength(input.body ?? null, "PullRequestReview");
  }

  /** Tells the world that the review was submitted. */
  announce(): void {
    this.pull.world.emit("pull_request_review", this.pull.repository, () => ({
      action: "submitted",
      review: reviewPayload(this),
      pull_request: simplePullRequestPayload(this.pull),
      ...this.pull.repository.envelope(this.author),
    }));
  }

  /** Changes the text. */
  edit({ by, body }: By & { body: string }): void {
    const from = this.body ?? "";
    this.body = checkBodyLength(body, "PullRequestReview");
    this.pull.world.emit("pull_request_review", this.pull.repository, () => ({
      action: "edited",
      changes: from === body ? {} : { body: { from } },
      review: reviewPayload(this),
      pull_request: simplePullRequestPayload(this.pull),
      ...this.pull.repository.envelope(by),
    }));
  }

  /** Takes the verdict back. */
  dismiss({ by, message }: By & { message: string }): void {
    if (this.state === "commented" || this.state === "dismissed") {
      throw new GitHubError(422, "Unprocessable Entity", [
        "Can not dismiss a commented or dismissed pull request review",
      ]);
    }
    const { state } = this;
    this.state = "dismissed";
    // Before it is told: the event's own time is nowhere else in its payload.
    this.pull.touch({ event: "review_dismissed", actor: by, dismissed: { review: this, state, message } });
    this.pull.world.emit("pull_request_review", this.pull.repository, () => ({
      action: "dismissed",
      review: { ...reviewPayload(this), state: "dismissed" },
      pull_request: simplePullRequestPayload(this.pull),
      ...this.pull.repository.envelope(by),
    }));
  }
}
