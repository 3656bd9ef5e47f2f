import type { Entry, Timestamp } from "../core/index.js";

/** A moment as a reader wants it, in UTC to the second: `2026-01-05 09:06:00`. */
export function moment(at: Timestamp): string {
  return at.slice(0, 19).replace("T", " ");
}

/** When it happened, by GitHub's clock where GitHub says. */
export function momentOf(entry: Pick<Entry, "occurredAt" | "timestamp">): string {
  return moment(entry.occurredAt ?? entry.timestamp);
}
