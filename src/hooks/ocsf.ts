import type { Entry, EntryKind, RecordHead } from "../core/index.js";

/** The version of the schema that the events are of. */
const OCSF_VERSION = "1.3.0";
const ENTITY_MANAGEMENT = 3004;
const IDENTITY_AND_ACCESS_MANAGEMENT = 3;

/**
 * A ledger entry as an OCSF event of the class Entity Management (3004): the record is the managed entity, and each entry creates,
 * updates or deletes it. API Activity would ask for an API call and the address of its caller, of which a ledger knows nothing.
 * Times are in milliseconds since 1970; what the schema has no place for is in `unmapped`.
 * @see https://schema.ocsf.io/1.3.0/classes/entity_management
 */
export function ocsfEvent(head: RecordHead, entry: Entry, hash: string): object {
  const activity = activityOf(entry.kind);
  return {
    category_uid: IDENTITY_AND_ACCESS_MANAGEMENT,
    category_name: "Identity & Access Management",
    class_uid: ENTITY_MANAGEMENT,
    class_name: "Entity Management",
    activity_id: activity.id,
    activity_name: activity.name,
    type_uid: ENTITY_MANAGEMENT * 100 + activity.id,
    type_name: `Entity Management: ${activity.name}`,
    ...severityOf(entry.kind),
    ...statusOf(entry.kind),
    time: Date.parse(entry.occurredAt ?? entry.timestamp),
    message: messageOf(head, entry),
    metadata: {
      version: OCSF_VERSION,
      product: { name: "LoopForge", vendor_name: "LoopForge" },
      uid: `${entry.recordId}/${entry.seq}`,
      event_code: entry.trigger,
      sequence: entry.seq,
      logged_time: Date.parse(entry.timestamp),
    },
    actor: actorOf(entry),
    entity: { uid: entry.recordId, name: head.ref, type: "work item", version: String(entry.seq) },
    unmapped: {
      kind: entry.kind,
      repo: head.repo,
      from_state: entry.fromState,
      to_state: entry.toState,
      lifecycle: entry.lifecycle,
      people: entry.people,
      metadata: entry.metadata,
      source: entry.source,
      prev_hash: entry.prevHash,
      hash,
    },
  };
}

function activityOf(kind: EntryKind): { readonly id: number; readonly name: string } {
  switch (kind) {
    case "created":
      return { id: 1, name: "Create" };
    case "deleted":
      return { id: 4, name: "Delete" };
    case "transition":
    case "rejected":
    case "exception":
    case "note":
    case "verdict":
    case "justified":
    case "corrected":
    case "erased":
      return { id: 3, name: "Update" };
  }
}

function severityOf(kind: EntryKind): object {
  return kind === "exception"
    ? { severity_id: 4, severity: "High" }
    : kind === "rejected"
      ? { severity_id: 2, severity: "Low" }
      : { severity_id: 1, severity: "Informational" };
}

function statusOf(kind: EntryKind): object {
  return kind === "rejected" ? { status_id: 2, status: "Failure" } : { status_id: 1, status: "Success" };
}

function messageOf({ ref }: RecordHead, { kind, fromState, toState, trigger }: Entry): string {
  const move = toState === null ? "" : ` ${fromState ?? "nothing"} to ${toState}`;
  return `${ref}: ${kind}${move} (${trigger})`;
}

/** A pseudonym, as in the ledger; without one, it was LoopForge itself. */
function actorOf({ people }: Entry): object {
  const actor = people.find(({ role }) => role === "actor") ?? people[0];
  if (!actor) return { app_name: "LoopForge" };
  const type = actor.type === "User" ? { type_id: 1, type: "User" } : { type_id: 99, type: "Bot" };
  return { user: { uid: actor.person, ...type } };
}
