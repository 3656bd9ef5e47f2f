import type { Timestamp } from "../brand.js";
import type { Hearing } from "../facts/fact.js";
import type { News } from "../facts/news.js";
import type { JsonObject } from "../json.js";
import { canonicalJson } from "../ledger/canonical.js";
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
  | "queue.grouped"
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
  | "policy.changed"
  | "repo.renamed"
  | "refreshed";

/** What one delivery, or one read of GitHub's API, says about one work item. */
export interface Observation {
  readonly cause: Cause;
  /** When it happened, by GitHub's clock. */
  readonly occurredAt: Timestamp | null;
  readonly people: readonly Participant[];
  readonly news: News;
  readonly hearing: Hearing;
  /** Where a reader can look it up: goes into the metadata of what is recorded. */
  readonly evidence: JsonObject;
  readonly source: Source;
}

/**
 * Names the event that an observation tells of: the same whether a delivery said it, a redelivery under another GUID or a read of the API.
 * By it, the event has one line in a ledger. Null for what is no event of its own.
 */
export function eventOf({ cause, news, occurredAt, evidence }: Omit<Observation, "source" | "hearing">): string | null {
  const { review, pull, checks } = news;
  if (QUIET.has(cause) || checks) return null;
  if (review) return `${cause}/${review.review.id}`;
  if (cause === "pr.opened") return `${cause}/${pull?.number}`;
  if (cause === "pr.synchronized") return `${cause}/${pull?.headSha}/${occurredAt}`;
  const isOurs = cause.startsWith("command.") || cause.startsWith("gate.") || cause.startsWith("report.");
  return isOurs
    ? `${cause}/${occurredAt}/${canonicalJson(evidence)}`
    : `${cause}/${occurredAt ?? canonicalJson(evidence)}`;
}

/** What no reader of a history would miss where it moves nothing. */
export const QUIET: ReadonlySet<Cause> = new Set([
  "ci.reported",
  "pr.edited",
  "issue.opened",
  "issue.edited",
  "queue.grouped",
  "refreshed",
]);
