import { type Hearing, type Source, type Timestamp, timestamp } from "../core/index.js";

/** When and how something was heard that has this source. */
export function hearingOf(source: Source, receivedAt: Date): Hearing {
  const isRead = source.kind === "snapshot" || source.kind === "backfill" || source.kind === "api";
  const producedAt = source.kind === "webhook" ? timeInGuid(source.delivery) : null;
  return { producedAt, receivedAt: timestamp(receivedAt), isRead };
}

/** From 15 October 1582 to 1 January 1970, in units of 100 nanoseconds. */
const GREGORIAN_OFFSET = 0x01b21dd213814000n;
const VERSION_1 = /^([0-9a-f]{8})-([0-9a-f]{4})-1([0-9a-f]{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const EARLIEST = Date.UTC(2008);
const LATEST = Date.UTC(2100);

/**
 * When GitHub made a delivery: its GUIDs are UUIDs of version 1, which have the time in them. Null for any other.
 * @see RFC 9562, section 5.1
 */
export function timeInGuid(guid: string): Timestamp | null {
  const [, low, mid, high] = VERSION_1.exec(guid) ?? [];
  if (low === undefined || mid === undefined || high === undefined) return null;
  const ms = Number((BigInt(`0x${high}${mid}${low}`) - GREGORIAN_OFFSET) / 10_000n);
  return ms >= EARLIEST && ms <= LATEST ? timestamp(ms) : null;
}
