import { pullRequestPayload } from "../payloads/pull-request.js";
import { labelPayload } from "../payloads/repository.js";
import { userPayload } from "../payloads/user.js";
import type { User } from "./account.js";
import type { PullRequest } from "./pull-request.js";
import type { Push } from "./push.js";
import type { Label } from "./repository.js";

// One function an action of the `pull_request` event; each narrows the payload to what GitHub promises for it.

const UNMERGED = { closed_at: null, merged_at: null, merged: false, merged_by: null } as const;

function common(pull: PullRequest, by: User) {
  return { number: pull.number, pull_request: pullRequestPayload(pull), ...pull.repository.envelope(by) };
}

/** opened */
export function emitOpened(pull: PullRequest, by: User): void {
  pull.world.emit("pull_request", pull.repository, () => {
    const event = common(pull, by);
    const open = { ...UNMERGED, state: "open", active_lock_reason: null } as const;
    return { action: "opened", ...event, pull_request: { ...event.pull_request, ...open } };
  });
}

/** closed, merged or not */
export function emitClosed(pull: PullRequest, by: User, at: string): void {
  pull.world.emit("pull_request", pull.repository, () => {
    const event = common(pull, by);
    const closed = { state: "closed", closed_at: at, merged: pull.merged } as const;
    return { action: "closed", ...event, pull_request: { ...event.pull_request, ...closed } };
  });
}

/** reopened */
export function emitReopened(pull: PullRequest, by: User): void {
  pull.world.emit("pull_request", pull.repository, () => {
    const event = common(pull, by);
    return { action: "reopened", ...event, pull_request: { ...event.pull_request, ...UNMERGED, state: "open" } };
  });
}

/** ready_for_review */
export function emitReadyForReview(pull: PullRequest, by: User): void {
  pull.world.emit("pull_request", pull.repository, () => {
    const event = common(pull, by);
    const ready = { ...UNMERGED, state: "open", draft: false } as const;
    return { action: "ready_for_review", ...event, pull_request: { ...event.pull_request, ...ready } };
  });
}

/** converted_to_draft */
export function emitConvertedToDraft(pull: PullRequest, by: User): void {
  pull.world.emit("pull_request", pull.repository, () => {
    const event = common(pull, by);
    return {
      action: "converted_to_draft",
      ...event,
      pull_request: { ...event.pull_request, ...UNMERGED, draft: true },
    };
  });
}

/** synchronize */
export function emitSynchronize(pull: PullRequest, { by, before, branch }: Push): void {
  pull.world.emit("pull_request", pull.repository, () => ({
    action: "synchronize",
    before,
    after: branch.sha,
    ...common(pull, by),
  }));
}

/** What a pull request said before it was edited. */
export interface Before {
  readonly title: string;
  readonly body: string | null;
  readonly base: string;
  readonly baseSha: string;
}

/** edited */
export function emitEdited(pull: PullRequest, by: User, from: Before): void {
  pull.world.emit("pull_request", pull.repository, () => ({
    action: "edited",
    changes: {
      ...(pull.title === from.title ? {} : { title: { from: from.title } }),
      ...(pull.body === from.body ? {} : { body: { from: from.body ?? "" } }),
      ...(pull.base === from.base ? {} : { base: { ref: { from: from.base }, sha: { from: from.baseSha } } }),
    },
    ...common(pull, by),
  }));
}

/** labeled, unlabeled */
export function emitPullLabel(pull: PullRequest, action: "labeled" | "unlabeled", label: Label, by: User): void {
  pull.world.emit("pull_request", pull.repository, () => ({ action, label: labelPayload(label), ...common(pull, by) }));
}

/** assigned, unassigned */
export function emitPullAssignee(pull: PullRequest, action: "assigned" | "unassigned", assignee: User, by: User): void {
  pull.world.emit("pull_request", pull.repository, () => ({
    action,
    assignee: userPayload(pull.world, assignee),
    ...common(pull, by),
  }));
}

/** review_requested */
export function emitReviewRequested(pull: PullRequest, reviewer: User, by: User): void {
  pull.world.emit("pull_request", pull.repository, () => ({
    action: "review_requested",
    requested_reviewer: userPayload(pull.world, reviewer),
    ...common(pull, by),
  }));
}

/** review_request_removed */
export function emitReviewRequestRemoved(pull: PullRequest, reviewer: User, by: User): void {
  pull.world.emit("pull_request", pull.repository, () => ({
    action: "review_request_removed",
    requested_reviewer: userPayload(pull.world, reviewer),
    ...common(pull, by),
  }));
}

/** enqueued */
export function emitEnqueued(pull: PullRequest, by: User): void {
  pull.world.emit("pull_request", pull.repository, () => ({ action: "enqueued", ...common(pull, by) }));
}

/** dequeued */
export function emitDequeued(pull: PullRequest, by: User, reason: string): void {
  pull.world.emit("pull_request", pull.repository, () => ({ action: "dequeued", reason, ...common(pull, by) }));
}
