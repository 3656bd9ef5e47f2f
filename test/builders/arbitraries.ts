import fc from "fast-check";
import {
  advance,
  type BrokenRef,
  createRecord,
  type Draft,
  ENTRY_KINDS,
  type Entry,
  GITHUB,
  type Hash,
  type Json,
  type JsonObject,
  type JudgedMerge,
  type Participant,
  type PersonId,
  type RecordHead,
  recordId,
  type Source,
  type StoredEntry,
  statesOf,
  type Timestamp,
  timestamp,
} from "../../src/core/index.js";
import { headOf } from "../../src/store/head-of.js";
import { moment } from "./records.js";

/** Any Unicode text, now and then with what escapes, sorts or encodes in a way of its own. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("__proto__", "10", "9", "", "\u2028", "\ufb33", "😂", '"\\\n', "\u007f", "é"),
  },
);

/** JSON has one zero. */
const anyNumber = fc
  .oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .filter((number) => !Number.isInteger(number) || Number.isSafeInteger(number))
  .map((number) => (number === 0 ? 0 : number));

const { json, object } = fc.letrec<{ json: Json; object: JsonObject }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    anyNumber,
    anyText,
    fc.array(tie("json"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(anyText, tie("json"), { maxKeys: 5, noNullPrototype: true }),
}));

export const anyJson: fc.Arbitrary<Json> = json;
export const anyJsonObject: fc.Arbitrary<JsonObject> = object;

export const anyTimestamp: fc.Arbitrary<Timestamp> = fc
  .date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true })
  .map((date) => timestamp(date));

const base32 = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz234567");
export const anyPerson: fc.Arbitrary<PersonId> = fc
  .string({ unit: base32, minLength: 26, maxLength: 26 })
  .map((text) => `p_${text}` as PersonId);

const hex = fc.constantFrom(..."0123456789abcdef");
export const anyHash: fc.Arbitrary<Hash> = fc
  .string({ unit: hex, minLength: 64, maxLength: 64 })
  .map((text) => text as Hash);

const anyParticipant: fc.Arbitrary<Participant> = fc.record({
  role: fc.constantFrom("actor", "author", "reviewer", "merger"),
  person: anyPerson,
  type: fc.constantFrom("User", "Bot"),
});

export const anyBroken: fc.Arbitrary<BrokenRef> = fc.record({
  seq: fc.nat(),
  rules: fc.array(anyText, { maxLength: 3 }),
  pull: fc.option(anyText),
  justifiedBy: fc.array(fc.nat(), { maxLength: 3 }),
  correctedBy: fc.option(fc.nat()),
});

export const anyMerge: fc.Arbitrary<JudgedMerge> = fc.record({ pull: anyText, seq: fc.nat() });

const anySource: fc.Arbitrary<Source> = fc.oneof(
  fc.constantFrom<Source>({ kind: "snapshot" }, { kind: "backfill" }, { kind: "command" }, { kind: "api" }),
  fc.record({ kind: fc.constant("webhook" as const), event: anyText, delivery: fc.uuid(), payloadSha256: anyHash }),
);

export const anyEntry: fc.Arbitrary<Entry> = fc.record({
  v: fc.constant(1 as const),
  recordId: fc.stringMatching(/^[\x21-\x7e]{1,20}$/).map(recordId),
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  kind: fc.constantFrom(...ENTRY_KINDS),
  fromState: fc.option(anyText),
  toState: fc.option(anyText),
  trigger: anyText,
  timestamp: anyTimestamp,
  occurredAt: fc.option(anyTimestamp),
  lifecycle: anyText,
  people: fc.array(anyParticipant, { maxLength: 3 }),
  metadata: anyJsonObject,
  source: anySource,
  prevHash: fc.option(anyHash),
});

const anyDraft: fc.Arbitrary<Draft> = fc
  .record({
    kind: fc.constantFrom("transition", "exception", "rejected", "note", "verdict", "justified", "erased"),
    state: fc.constantFrom(...statesOf(GITHUB)),
    trigger: anyText,
    occurredAt: fc.option(anyTimestamp),
    people: fc.array(anyParticipant, { maxLength: 2 }),
    metadata: anyJsonObject,
  })
  .map(({ state, ...draft }) => {
    const namesState = draft.kind === "transition" || draft.kind === "exception" || draft.kind === "rejected";
    return { ...draft, toState: namesState ? state : null };
  });

/** A record's head and its ledger, as the core makes them; `entries` are copies that remember nothing but what is stored. */
export interface Ledger {
  readonly head: RecordHead;
  readonly entries: readonly StoredEntry[];
}

export function ledgerOf(id: string, drafts: readonly Draft[]): Ledger {
  const at = { recordId: recordId(id), timestamp: moment(0), lifecycle: GITHUB };
  const record = createRecord({ ref: "acme/shop#7", refNumber: 7, repo: "acme/shop" }, at);
  const recording = { timestamp: moment(1), source: { kind: "api" } } as const;
  const { head, entries } = advance(GITHUB, record, drafts, recording);
  return { head: headOf(head), entries: [...record.entries, ...entries].map((entry) => ({ ...entry })) };
}

export const anyLedger: fc.Arbitrary<Ledger> = fc
  .array(anyDraft, { maxLength: 8 })
  .map((drafts) => ledgerOf("the-record", drafts));
