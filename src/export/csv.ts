import { stringify } from "csv-stringify/sync";
import { canonicalJson, type Entry, openEntry, type StoredEntry } from "../core/index.js";

const COLUMNS = [
  "record_id",
  "seq",
  "kind",
  "from_state",
  "to_state",
  "trigger",
  "timestamp",
  "occurred_at",
  "lifecycle",
  "people",
  "metadata",
  "source",
  "prev_hash",
  "hash",
] as const;

/** One entry a row, with a header row; what is not plain is JSON. A cell that a spreadsheet would take for a formula is defused. */
export async function* csvLines(entries: AsyncIterable<StoredEntry>): AsyncGenerator<string> {
  yield stringify([COLUMNS]);
  for await (const stored of entries) yield stringify([row(openEntry(stored), stored.hash)], { escape_formulas: true });
}

function row(entry: Entry, hash: string): readonly (string | number | null)[] {
  const cells = {
    record_id: entry.recordId,
    seq: entry.seq,
    kind: entry.kind,
    from_state: entry.fromState,
    to_state: entry.toState,
    trigger: entry.trigger,
    timestamp: entry.timestamp,
    occurred_at: entry.occurredAt,
    lifecycle: entry.lifecycle,
    people: entry.people.map(({ role, person }) => `${role}:${person}`).join(" "),
    metadata: canonicalJson(entry.metadata),
    source:
      entry.source.kind === "webhook" ? `webhook:${entry.source.event}:${entry.source.delivery}` : entry.source.kind,
    prev_hash: entry.prevHash,
    hash,
  } satisfies { [Column in (typeof COLUMNS)[number]]: string | number | null };
  return COLUMNS.map((column) => cells[column]);
}
