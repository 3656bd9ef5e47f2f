import { entityOf } from "../../src/core/facts/entity.js";
import { type StoredFact, type Timestamp, timestamp } from "../../src/core/index.js";

/** An expiry far off: what has expired by its own clock, DynamoDB deletes by itself. */
export const LATER: Timestamp = timestamp(Date.UTC(2126, 0, 1));

/** A fact about pull request 7, heard on the first day of 2026, unless told otherwise. */
export function aFact(overrides: Partial<StoredFact> = {}): StoredFact {
  return {
    entity: entityOf.pull(42, 7),
    key: "review:1",
    at: timestamp("2026-01-01T00:00:00Z"),
    receivedAt: timestamp("2026-01-01T00:00:02Z"),
    value: { state: "approved" },
    ...overrides,
  };
}
