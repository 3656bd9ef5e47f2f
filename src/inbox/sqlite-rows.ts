import { type Hash, type Timestamp, timestamp } from "../core/index.js";
import type { Row } from "../store/sqlite-database.js";
import type { Claim, Delivery, DeliveryInfo, DeliveryStatus, InboxStats } from "./inbox.js";

/** Bodies are kept as bytes: as text, the driver would end one at its first NUL. */
export function toBody(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

export function fromBody(bytes: unknown): string {
  return Buffer.from(bytes as Uint8Array).toString("utf8");
}

export function toClaim(row: Row, lease: string): Claim {
  return { ...toNames(row), body: fromBody(row.body), attempt: Number(row.attempt) + 1, lease };
}

export function toInfo(row: Row): DeliveryInfo {
  return {
    ...toNames(row),
    status: row.status as DeliveryStatus,
    attempt: Number(row.attempt),
    dueAt: toMoment(row.ready_at),
    error: row.error as string | null,
    endedAt: toMoment(row.ended_at),
  };
}

export function toStats(counts: {
  readonly waiting: number;
  readonly leased: number;
  readonly lost: number;
  readonly failed: number;
  readonly tallies: readonly Row[];
  readonly oldestWaiting: Row | undefined;
}): InboxStats {
  const tallies = counts.tallies.map((row): [string, number] => [String(row.name), Number(row.count)]);
  const ignored = tallies.filter(([name]) => name.startsWith(IGNORED));
  return {
    waiting: counts.waiting + counts.lost,
    leased: counts.leased - counts.lost,
    failed: counts.failed,
    done: tallies.find(([name]) => name === DONE)?.[1] ?? 0,
    ignored: Object.fromEntries(ignored.map(([name, count]) => [name.slice(IGNORED.length), count])),
    oldestWaitingAt: (counts.oldestWaiting?.received_at as Timestamp | undefined) ?? null,
  };
}

export const DONE = "done";
const IGNORED = "ignored:";

/** The row that counts an event nobody works. The name comes from a header, which no signature covers. */
export function ignoredTally(event: string): string {
  return IGNORED + event.replaceAll("\0", "").slice(0, 100).toWellFormed();
}

function toNames(row: Row): Omit<Delivery, "body"> {
  return {
    guid: row.guid as string,
    event: row.event as string,
    action: row.action as string | null,
    key: row.key as string,
    receivedAt: row.received_at as Timestamp,
    payloadSha256: row.payload_sha256 as Hash,
  };
}

function toMoment(ms: unknown): Timestamp | null {
  return typeof ms === "number" && ms > 0 ? timestamp(ms) : null;
}
