import type { RecordHead } from "../core/index.js";

/** The head alone, whatever else the object carries: a whole record is a head, too, and its history is kept elsewhere. */
export function headOf<State extends string>(record: RecordHead<State>): RecordHead<State> {
  return {
    recordId: record.recordId,
    ref: record.ref,
    refNumber: record.refNumber,
    repo: record.repo,
    prUrl: record.prUrl,
    prNumber: record.prNumber,
    state: record.state,
    autoMerge: record.autoMerge,
    ciStatus: record.ciStatus,
    labels: record.labels,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    closedAt: record.closedAt,
    lifecycle: record.lifecycle,
    version: record.version,
    ledger: record.ledger,
    since: record.since,
    recordedAt: record.recordedAt,
    exceptions: record.exceptions,
    broken: record.broken,
    merges: record.merges,
    links: record.links,
    ...(record.extra ? { extra: record.extra } : {}),
  };
}
