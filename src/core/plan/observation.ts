import type { Timestamp } from "../brand.js";
import type { News } from "../facts/news.js";
import type { JsonObject } from "../json.js";
import type { Source } from "../ledger/entry.js";
import type { Participant } from "../ledger/people.js";

/** What an observation was the news of; the plan turns it into the trigger of a transition. */
export type Cause =
  | "issue.opened"
  | "issue.reopened"
  | "issue.closed"
  | "issue.transferred"
  | "issue.deleted"
  | "issue.edited"
  | "worker.picked_up"
  | "pr.opened"
  | "pr.reopened"
  | "pr.edited"
  | "pr.synchronized"
  | "pr.closed"
  | "pr.merged"
  | "pr.unlinked"
  | "auto.merged"
  | "auto.refused"
  | "gate.answered"
  | "queue.entered"
  | "queue.left"
  | "ci.reported"
  | "ci.timed_out"
  | "review.requested"
  | "review.request_removed"
  | "review.approved"
  | "review.changes_requested"
  | "review.commented"
  | "review.dismissed"
  | "command.automerge"
  | "command.justified"
  | "report.edited"
  | "repo.renamed"
  | "refreshed";

/** What one delivery, or one read of GitHub's API, says about one work item. */
export interface Observation {
  readonly cause: Cause;
  /** When it happened, by GitHub's clock. */
  readonly occurredAt: Timestamp | null;
  readonly people: readonly Participant[];
  readonly news: News;
  /** What was read of GitHub to go with it, because deliveries that should have come before have not come yet: learnt first. */
  readonly background?: readonly News[];
  /** Decide anew even where nothing is new: what the team asks for may have changed. */
  readonly replan?: boolean;
  /** Where a reader can look it up: goes into the metadata of what is recorded. */
  readonly evidence: JsonObject;
  readonly source: Source;
}
