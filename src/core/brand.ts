declare const brand: unique symbol;

/** A string that only the named constructor may make, so that ids of different things cannot be swapped. */
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** Identifies a record in its store. */
export type RecordId = Brand<"RecordId">;

/** A person's pseudonym, `p_` and 26 base32 characters (see `people.ts`). */
export type PersonId = Brand<"PersonId">;

/** Names one thing at GitHub that facts are about: `pull:42#7`, `commit:42@<sha>` (see `facts/entity.ts`). */
export type EntityId = Brand<"EntityId">;

/** SHA-256 in lower-case hex, 64 characters. */
export type Hash = Brand<"Hash">;

/** ISO 8601 in UTC, ending in `Z`. */
export type Timestamp = Brand<"Timestamp">;

const RECORD_ID = /^[\x21-\x7e]{1,200}$/;

/** @returns the text as a record id; throws a `TypeError` unless it is 1 to 200 printable ASCII characters without a blank. */
export function recordId(text: string): RecordId {
  if (!RECORD_ID.test(text)) throw new TypeError(`Not a record id: ${JSON.stringify(text.slice(0, 80))}`);
  return text as RecordId;
}

/** @returns the moment as ISO 8601 UTC with milliseconds; throws a `RangeError` for an invalid date. */
export function timestamp(moment: Date | number | string): Timestamp {
  return new Date(moment).toISOString() as Timestamp;
}
