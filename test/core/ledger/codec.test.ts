import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeEntry,
  decodeHead,
  decodeRecord,
  type EntryAtRest,
  encodeEntry,
  encodeHead,
  encodeRecord,
  type Hash,
  type Json,
  openEntry,
  type RecordHead,
  recordId,
  type StoredEntry,
  sealEntry,
  withHistory,
} from "../../../src/core/index.js";
import {
  anyBroken,
  anyEntry,
  anyHash,
  anyLedger,
  anyMerge,
  anyText,
  anyTimestamp,
  ledgerOf,
} from "../../builders/arbitraries.js";
import { aMove, aNote, fullHead } from "../../builders/records.js";

const anyCount = fc.nat();

const anyHead: fc.Arbitrary<RecordHead> = fc.record({
  recordId: fc.stringMatching(/^[\x21-\x7e]{1,20}$/).map(recordId),
  ref: anyText,
  refNumber: fc.option(anyCount),
  repo: anyText,
  prUrl: fc.option(anyText),
  prNumber: fc.option(anyCount),
  state: anyText,
  autoMerge: fc.boolean(),
  ciStatus: fc.option(fc.constantFrom("pending", "passed", "failed")),
  labels: fc.oneof(fc.array(anyText), fc.dictionary(anyText, anyText, { noNullPrototype: true })),
  createdAt: anyTimestamp,
  updatedAt: anyTimestamp,
  closedAt: fc.option(anyTimestamp),
  lifecycle: anyText,
  version: anyCount,
  ledger: fc.record({ length: anyCount, hash: fc.option(anyHash) }),
  since: anyTimestamp,
  recordedAt: anyTimestamp,
  exceptions: anyCount,
  broken: fc.array(anyBroken, { maxLength: 3 }),
  merges: fc.array(anyMerge, { maxLength: 3 }),
  links: fc.array(anyText),
});

/** As it comes back from a file or a wire. */
function stored(value: object): Record<string, Json> {
  return JSON.parse(JSON.stringify(value)) as Record<string, Json>;
}

function keysWithin(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => keysWithin(item));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => [key, ...keysWithin(field as Json)]);
}

const HEAD = fullHead(ledgerOf("the-record", [aMove("task_queued")]).head);

describe("a head at rest", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(anyHead, (head) => {
        expect(decodeHead(stored(encodeHead(head)))).toEqual(head);
      }),
    );
  });

  it("has exactly the names of the design", () => {
    expect(Object.keys(encodeHead(HEAD)).sort()).toEqual(
      [
        ...["record_id", "ref", "ref_number", "repo", "pr_url", "pr_number", "state", "auto_merge", "ci_status"],
        ...["labels", "created_at", "updated_at", "closed_at"],
        ...["lifecycle", "version", "ledger_length", "ledger_hash", "since", "recorded_at"],
        ...["exceptions", "broken", "merges", "links"],
      ].sort(),
    );
  });

  it("is in snake_case all through, the exceptions too", () => {
    fc.assert(
      fc.property(anyHead, (head) => {
        expect(
          keysWithin({ ...stored(encodeHead(head)), labels: [] }).filter((key) => !/^[a-z]+(_[a-z]+)*$/.test(key)),
        ).toEqual([]);
      }),
    );
    expect(keysWithin(stored(encodeHead(HEAD)))).toEqual(expect.arrayContaining(["justified_by", "corrected_by"]));
  });

  it("has times in ISO 8601 UTC ending in Z", () => {
    const { created_at, updated_at } = encodeHead(HEAD);
    expect([created_at, updated_at]).toEqual(["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:01.000Z"]);
  });

  it("may have fields that it does not know, from a newer version of itself", () => {
    expect(decodeHead({ ...stored(encodeHead(HEAD)), later: 1 })).toEqual(HEAD);
  });

  it.each(Object.keys(encodeHead(HEAD)))("is not read without its %s", (name) => {
    const raw = stored(encodeHead(HEAD));
    delete raw[name];
    expect(() => decodeHead(raw)).toThrow(
      expect.objectContaining({ code: "corrupt_ledger", message: `Not a record: its ${name} is missing` }),
    );
  });

  it.each<[string, Json]>([
    ["record_id", 7],
    ["ref_number", "7"],
    ["repo", null],
    ["state", []],
    ["auto_merge", "true"],
    ["ci_status", 1],
    ["labels", "bug"],
    ["created_at", null],
    ["closed_at", false],
    ["version", "1"],
    ["ledger_length", null],
    ["ledger_hash", {}],
    ["exceptions", true],
    ["since", null],
    ["recorded_at", 7],
    ["broken", {}],
    ["broken", [{ seq: "2", rules: [], justified_by: [] }]],
    ["broken", [{ seq: 2, rules: "merged_before_ci_passed", justified_by: [] }]],
    ["merges", null],
    ["merges", [{ pull: null, seq: 2 }]],
    ["links", {}],
  ])("is not read with a %s of %j", (name, value) => {
    expect(() => decodeHead({ ...stored(encodeHead(HEAD)), [name]: value })).toThrow(
      expect.objectContaining({ code: "corrupt_ledger", message: `Not a record: its ${name} is not valid` }),
    );
  });

  it.each([null, "text", 1, undefined])("is not read from %s", (raw) => {
    expect(() => decodeHead(raw)).toThrow("Not a record: it is not an object");
  });
});

describe("a record at rest", () => {
  it("comes back as it was, its transitions from its entries", () => {
    fc.assert(
      fc.property(anyLedger, ({ head, entries }) => {
        const atRest = stored(encodeRecord({ ...head, transitions: [], entries }));
        const back = decodeRecord(atRest);
        expect(back).toEqual(withHistory(head, entries));
        expect(stored(encodeRecord(back))).toEqual({ ...atRest, transitions: encodeRecord(back).transitions });
      }),
      { numRuns: 50 },
    );
  });

  it("names a transition's fields as the design does", () => {
    const { head, entries } = ledgerOf("the-record", [aMove("task_queued", "worker.picked_up"), aNote()]);
    const record = decodeRecord(encodeRecord({ ...head, transitions: [], entries }));
    expect(encodeRecord(record).transitions).toEqual([
      {
        from_state: null,
        to_state: "issue_created",
        trigger: "created",
        timestamp: "2026-01-01T00:00:00.000Z",
        metadata: { ref: "acme/shop#7", repo: "acme/shop" },
      },
      {
        from_state: "issue_created",
        to_state: "task_queued",
        trigger: "worker.picked_up",
        timestamp: "2026-01-01T00:00:01.000Z",
        metadata: {},
      },
    ]);
  });

  it("is not read without its entries, nor with one that is none", () => {
    const raw = stored(encodeHead(HEAD));
    expect(() => decodeRecord(raw)).toThrow("Not a record: its entries are missing");
    expect(() => decodeRecord({ ...raw, entries: [null] })).toThrow("Not a record: an entry is not an object");
    expect(() => decodeRecord({ ...raw, entries: [{}] })).toThrow("Not a record: an entry has no hash");
    expect(() => decodeRecord({ ...raw, entries: [{ hash: "x" }] })).toThrow("Not a ledger entry: its version");
  });
});

describe("an entry at rest", () => {
  it("comes back byte for byte, hash and all", () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const sealed = sealEntry(entry);
        const back = decodeEntry(stored(encodeEntry(sealed)));
        expect(back).toEqual({ ...sealed });
        expect(openEntry(back)).toEqual(entry);
      }),
    );
  });

  it("has its canonical fields and, beside them, its hash", () => {
    const [created] = ledgerOf("the-record", []).entries;
    expect(created && encodeEntry(created)).toEqual({
      v: 1,
      record_id: "the-record",
      seq: 1,
      kind: "created",
      from_state: null,
      to_state: "issue_created",
      trigger: "created",
      timestamp: "2026-01-01T00:00:00.000Z",
      occurred_at: null,
      lifecycle: "github",
      people: [],
      metadata: { ref: "acme/shop#7", repo: "acme/shop" },
      source: { kind: "api" },
      prev_hash: null,
      hash: created?.hash,
    });
  });

  it("keeps what was done to it, so that a verifier sees it", () => {
    const sealed = sealedNote();
    const changed = decodeEntry({ ...encodeEntry(sealed), trigger: "forged", added: true });
    expect(changed.hash).toBe(sealed.hash);
    expect(changed.text).toContain('"added":true');
    expect(openEntry(changed).trigger).toBe("forged");
  });

  it("with text that is not Unicode is refused like any other that is none of ours", () => {
    const forged: EntryAtRest = { ...encodeEntry(sealedNote()), metadata: { half: "\ud800" }, hash: "0" as Hash };
    expect(() => decodeEntry(forged)).toThrow(
      expect.objectContaining({ code: "corrupt_ledger", message: "Not a record: an entry has no canonical text" }),
    );
  });
});

function sealedNote(): StoredEntry {
  const [, note] = ledgerOf("the-record", [aNote()]).entries;
  if (!note) throw new Error("The ledger has two entries");
  return note;
}
