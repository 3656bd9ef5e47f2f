import type { z } from "zod";
import type { Timestamp } from "../../core/index.js";
import { observeCheckRun, observeCheckSuite } from "./checks.js";
import { observeIssue } from "./issues.js";
import { observeMergeGroup } from "./merge-groups.js";
import {
  checkRunPayload,
  checkSuitePayload,
  issuesPayload,
  mergeGroupPayload,
  parsePayload,
  pullRequestPayload,
  repositoryPayload,
  reviewPayload,
  statusPayload,
} from "./payload.js";
import { observePull } from "./pulls.js";
import { observeRepository } from "./repositories.js";
import { observeReview } from "./reviews.js";
import type { Lookout, Observer, RawAccount, Repo, Sighting } from "./sighting.js";
import { observeStatus } from "./statuses.js";

/** A delivery, or what stands for one, parsed once: the typed value that travels on from the door. */
export interface ParsedEvent {
  readonly event: ObservedEvent;
  readonly repo: Repo;
  /** Everybody whom it names, for their pseudonyms. */
  readonly accounts: readonly RawAccount[];
  /** Whose permission decides whether a review counts. */
  readonly reviewer: RawAccount | null;
  /** When the pull request was merged that it tells of, where it was. */
  readonly mergedAt: string | null;
  /** The label that a pull request was given just then. */
  readonly labeled: { readonly number: number; readonly label: string; readonly at: Timestamp } | null;
  readonly sender: RawAccount | null;
  /** The pull request whose base was changed just then. */
  readonly retargeted: number | null;
  readonly observe: (lookout: Lookout) => Sighting | null;
}

interface Envelope {
  readonly repository: Repo;
  readonly sender?: RawAccount | null | undefined;
  readonly creator?: RawAccount | null | undefined;
  readonly issue?: { readonly user?: RawAccount | null | undefined };
  readonly pull_request?: {
    readonly user?: RawAccount | null | undefined;
    readonly number: number;
    readonly updated_at: Timestamp;
    readonly merged_by?: RawAccount | null | undefined;
    readonly merged_at?: string | null | undefined;
  };
  readonly review?: { readonly user?: RawAccount | null | undefined };
  readonly changes?: object | null | undefined;
  readonly action?: string;
  readonly label?: { readonly name: string } | null | undefined;
}

/** How an event is parsed, and what it then says. */
function observer<Payload extends Envelope>(schema: z.ZodType<Payload>, observe: Observer<Payload>) {
  return (event: ObservedEvent, payload: unknown): ParsedEvent => {
    const parsed = parsePayload(schema, payload);
    const { sender, creator, issue, pull_request: pull, review, changes } = parsed;
    const named = [sender, creator, issue?.user, pull?.user, pull?.merged_by, review?.user];
    return {
      event,
      repo: parsed.repository,
      accounts: [...new Map(named.flatMap((one) => (one ? [[one.id, one] as const] : []))).values()],
      reviewer: review?.user ?? null,
      mergedAt: pull?.merged_at ?? null,
      labeled:
        parsed.label && pull && parsed.action === "labeled"
          ? { number: pull.number, label: parsed.label.name, at: pull.updated_at }
          : null,
      sender: sender ?? null,
      retargeted: changes && "base" in changes && changes.base && pull ? pull.number : null,
      observe: (lookout) => observe(parsed, lookout),
    };
  };
}

const issue = observer(issuesPayload, observeIssue);
const pull = observer(pullRequestPayload, observePull);
const checkRun = observer(checkRunPayload, observeCheckRun);
const review = observer(reviewPayload, observeReview);
const mergeGroup = observer(mergeGroupPayload, observeMergeGroup);
const repository = observer(repositoryPayload, observeRepository);

/** What each of GitHub's events says. An event and action that is not here says nothing to LoopForge. */
export const OBSERVERS = {
  "issues.opened": issue,
  "issues.reopened": issue,
  "issues.assigned": issue,
  "issues.labeled": issue,
  "issues.unlabeled": issue,
  "issues.edited": issue,
  "issues.closed": issue,
  "issues.transferred": issue,
  "issues.deleted": issue,
  "pull_request.opened": pull,
  "pull_request.reopened": pull,
  "pull_request.edited": pull,
  "pull_request.synchronize": pull,
  "pull_request.ready_for_review": pull,
  "pull_request.converted_to_draft": pull,
  "pull_request.review_requested": pull,
  "pull_request.review_request_removed": pull,
  "pull_request.assigned": pull,
  "pull_request.labeled": pull,
  "pull_request.unlabeled": pull,
  "pull_request.enqueued": pull,
  "pull_request.dequeued": pull,
  "pull_request.closed": pull,
  "check_suite.completed": observer(checkSuitePayload, observeCheckSuite),
  "check_run.created": checkRun,
  "check_run.completed": checkRun,
  "check_run.rerequested": checkRun,
  "pull_request_review.submitted": review,
  "pull_request_review.edited": review,
  "pull_request_review.dismissed": review,
  "merge_group.checks_requested": mergeGroup,
  "merge_group.destroyed": mergeGroup,
  "repository.renamed": repository,
  "repository.transferred": repository,
  status: observer(statusPayload, observeStatus),
} as const satisfies { readonly [event: string]: ReturnType<typeof observer> };

export type ObservedEvent =
  | `issues.${"opened" | "reopened" | "assigned" | "labeled" | "unlabeled" | "edited" | "closed" | "transferred" | "deleted"}`
  | `pull_request.${"opened" | "reopened" | "edited" | "synchronize" | "ready_for_review" | "converted_to_draft" | "closed"}`
  | `pull_request.${"review_requested" | "review_request_removed" | "assigned" | "labeled" | "unlabeled" | "enqueued" | "dequeued"}`
  | "check_suite.completed"
  | `check_run.${"created" | "completed" | "rerequested"}`
  | `pull_request_review.${"submitted" | "edited" | "dismissed"}`
  | `merge_group.${"checks_requested" | "destroyed"}`
  | `repository.${"renamed" | "transferred"}`
  | "status";

/** @throws LoopForgeError `invalid_payload` for a payload without a field that is used */
export function parseEvent(event: ObservedEvent, payload: unknown): ParsedEvent {
  return OBSERVERS[event](event, payload);
}

/** Events that are answered: pushes that change what is asked for, commands, a changed report, the checks that a merge queue asks for, and who wants to look again. */
export const ANSWERED = [
  "push",
  "issue_comment.created",
  "issue_comment.edited",
  "issue_comment.deleted",
  "check_run.requested_action",
  "check_suite.rerequested",
] as const;

export type HandledEvent = ObservedEvent | (typeof ANSWERED)[number];

export type {
  IssueSubject,
  Linking,
  Lookout,
  Observer,
  PullSubject,
  RawAccount,
  Repo,
  Sighting,
  Subject,
} from "./sighting.js";
export { accountType } from "./sighting.js";
