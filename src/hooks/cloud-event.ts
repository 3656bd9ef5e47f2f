import { encodeEntry, LoopForgeError, type LoopRecord, openEntry } from "../core/index.js";

/** A CloudEvent as it is sent: its id, and the bytes. */
export interface CloudEvent {
  /** The same for the same entry, for ever: a receiver that keeps it takes no event twice. */
  readonly id: string;
  /** JSON, structured mode, to be sent as `application/cloudevents+json`. */
  readonly body: string;
}

/**
 * One entry of a record as a CloudEvent (1.0). It is made of the ledger alone, which does not change: the same entry is the same
 * bytes whenever it is asked for, whatever has become of the record since.
 * @throws LoopForgeError `record_not_found` when the record has no such entry
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function cloudEventOf(record: LoopRecord, seq: number): CloudEvent {
  const stored = record.entries.find((entry) => entry.seq === seq);
  if (!stored) throw new LoopForgeError("record_not_found", `Record ${record.recordId} has no entry ${seq}`);
  const entry = openEntry(stored);
  const { ref, repo } = named(record);
  const id = `${record.recordId}/${seq}`;
  const event = {
    specversion: "1.0",
    id,
    source: `/repos/${repo.split("/").map(encodeURIComponent).join("/")}`,
    type: "dev.loopforge.transition",
    subject: ref,
    time: entry.occurredAt ?? entry.timestamp,
    datacontenttype: "application/json",
    data: { ref, repo, entry: encodeEntry(stored) },
  };
  return { id, body: JSON.stringify(event) };
}

/** The names that the work item had when its ledger began: a repository can be renamed. */
function named(record: LoopRecord): { readonly ref: string; readonly repo: string } {
  const [first] = record.entries;
  const { ref, repo } = first ? openEntry(first).metadata : {};
  return {
    ref: typeof ref === "string" ? ref : record.ref,
    repo: typeof repo === "string" ? repo : record.repo,
  };
}
