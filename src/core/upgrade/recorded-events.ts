import type { EntityId, RecordId } from "../brand.js";
import { entityOf } from "../facts/entity.js";
import { lineOf, recordedFact } from "../facts/fact.js";
import type { Review } from "../facts/facts.js";
import type { StoredFact } from "../facts/stored-fact.js";
import type { JsonObject } from "../json.js";
import { canonicalJson } from "../ledger/canonical.js";
import type { Entry } from "../ledger/entry.js";
import type { OldFacts, OldPull } from "./old-head.js";

/**
 * The events whose lines are in the ledger already, named as `eventOf` names them: delivered again, or read, they get no second line.
 */
export function recordedEvents(recordId: RecordId, old: OldFacts, entries: readonly Entry[]): readonly StoredFact[] {
  const opened = entries
    .slice(0, 1)
    .flatMap(({ timestamp }) =>
      old.pulls.map((pull) => ({ entity: pullEntity(pull), event: `pr.opened/${pull.number}`, timestamp })),
    );
  const shown = entries.flatMap((entry) => {
    const [cause, event] = causeAndEvent(entry);
    if (cause === null || event === null) return [];
    return subjectsOf(cause, entry, old).map((entity) => ({ entity, event, timestamp: entry.timestamp }));
  });
  return [...opened, ...shown].map(({ entity, event, timestamp }) =>
    recordedFact(entity, lineOf(recordId, event), { producedAt: null, receivedAt: timestamp, isRead: false }),
  );
}

const REVIEW_STATES: readonly Review["state"][] = ["approved", "changes_requested", "commented", "dismissed"];

/** What an entry says of a review, where one is its cause. */
export function reviewStateIn({ review }: JsonObject): Review["state"] | null {
  return REVIEW_STATES.find((state) => state === review) ?? null;
}

/** Causes of the events that are worth a line of their own. */
const EVENT = /^(issue|worker|pr|auto|gate|queue|review|command|report|repo)\.|^ci\.timed_out$/;
const REVIEW_ID = /#pullrequestreview-(\d+)$/;

function causeAndEvent(entry: Entry): readonly [cause: string | null, event: string | null] {
  const { kind, trigger, occurredAt, metadata } = entry;
  if (metadata.implied === true || kind === "rejected") return [null, null];
  const state = reviewStateIn(metadata);
  const named = kind === "created" ? metadata.cause : trigger;
  const cause = state === null ? named : `review.${state}`;
  if (typeof cause !== "string" || !EVENT.test(cause)) return [null, null];
  const [, reviewId] = REVIEW_ID.exec(String(metadata.url)) ?? [];
  if (state !== null) return [cause, reviewId === undefined ? null : `${cause}/${reviewId}`];
  if (cause === "pr.synchronized") return [cause, `${cause}/${String(metadata.sha)}/${occurredAt}`];
  // What a person or this App said, the entry says as it was said.
  if (/^(command|gate|report)\./.test(cause)) return [cause, `${cause}/${occurredAt}/${canonicalJson(metadata)}`];
  return [cause, `${cause}/${occurredAt ?? canonicalJson(metadata)}`];
}

const OF_PULL = /^(pr|review|auto|queue|gate)\.|^ci\.timed_out$|^command\.automerge$/;

/** The entities that the event may be about: that it is noted at one more does no harm. */
function subjectsOf(cause: string, { metadata }: Entry, { issue, pulls }: OldFacts): readonly EntityId[] {
  if (issue && !OF_PULL.test(cause)) return [entityOf.issue(issue.repoId, issue.number)];
  const { url, sha } = metadata;
  const byUrl = pulls.filter((pull) => url === pull.url || (typeof url === "string" && url.startsWith(`${pull.url}#`)));
  const bySha = pulls.filter((pull) => pull.headSha === sha);
  return (byUrl.length > 0 ? byUrl : bySha.length > 0 ? bySha : pulls).map(pullEntity);
}

function pullEntity({ repoId, number }: OldPull): EntityId {
  return entityOf.pull(repoId, number);
}
