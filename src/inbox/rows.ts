import { type Hash, type Timestamp, timestamp } from "../core/index.js";
import type { Row } from "../store/row.js";
import type { Claim, Delivery, DeliveryInfo, DeliveryStatus, HeldUpBy, InboxStats } from "./inbox.js";

/** Bodies are kept as bytes: as text, the driver would end one at its first NUL. */
export function toBody(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

export function fromBody(bytes: unknown): string {
  return Buffer.from(bytes as Uint8Array).toString("utf8");
}

/** @param attempt this claim's number */
export function toClaim(row: Row, attempt: number, lease: string): Claim {
  return { ...toNames(row), body: fromBody(row.body), attempt, holds: Number(row.holds), lease };
}

export function toInfo(row: Row): DeliveryInfo {
  return {
    ...toNames(row),
    status: row.status as DeliveryStatus,
    attempt: Number(row.attempt),
    heldUpBy: (row.held_up_by as HeldUpBy | null | undefined) ?? null,
    dueAt: toMoment(row.ready_at),
    error: row.error as string | null,
    endedAt: toMoment(row.ended_at),
  };
}

export function toStats(counts: {
  /** Of those whose lease has not run out. */
  readonly leased: number;
  readonly failed: number;
  /** Names and counts. */
  readonly tallies: readonly Row[];
  readonly oldestWaiting: Row | undefined;
}): InboxStats {
  const tallies = counts.tallies.map((row): [string, number] => [String(row.name), Number(row.count)]);
  const tally = (wanted: string) => tallies.find(([name]) => name === wanted)?.[1] ?? 0;
  const ignored = tallies.filter(([name]) => name.startsWith(IGNORED));
  return {
    waiting: Math.max(0, tally(UNFINISHED) - counts.leased),
    leased: counts.leased,
    failed: counts.failed,
    done: tally(DONE),
    ignored: Object.fromEntries(ignored.map(([name, count]) => [name.slice(IGNORED.length), count])),
    oldestWaitingAt: (counts.oldestWaiting?.received_at as Timestamp | undefined) ?? null,
  };
}

/** Tallies are kept as deliveries come and go: counting what waits would take the longer the more there is of it. */
export const DONE = "done";
export const UNFINISHED = "unfinished";
const IGNORED = "ignored:";

/** The row that counts an event nobody works. */
export function ignoredTally(event: string): string {
  return IGNORED + ignoredName(event);
}

/** The name comes from a header, which no signature covers. */
export function ignoredName(event: string): string {
  return event.replaceAll("\0", "").slice(0, 100).toWellFormed();
}

export function toNames(row: Row): Omit<Delivery, "body"> {
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
