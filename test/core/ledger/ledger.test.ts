import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Break,
  canonicalJson,
  type Entry,
  entryHash,
  type Hash,
  type Json,
  type JsonObject,
  LedgerVerifier,
  MAX_ENTRY_BYTES,
  openEntry,
  parseEntry,
  recordId,
  type StoredEntry,
  sealEntry,
} from "../../../src/core/index.js";
import { anyEntry, anyLedger, type Ledger, ledgerOf } from "../../builders/arbitraries.js";
import { aMove, aNote, moment } from "../../builders/records.js";

const ID = recordId("the-record");

function anEntry(overrides: Partial<Entry> = {}): Entry {
  return {
    v: 1,
    recordId: ID,
    seq: 2,
    kind: "transition",
    fromState: "issue_created",
    toState: "task_queued",
    trigger: "worker.picked_up",
    timestamp: moment(2),
    occurredAt: moment(1),
    lifecycle: "strict",
    people: [],
    metadata: {},
    source: { kind: "api" },
    prevHash: "0".repeat(64) as Hash,
    ...overrides,
  };
}

function breaksOf({ entries, head }: { entries: readonly StoredEntry[]; head: Ledger["head"] | null }, id = ID) {
  const verifier = new LedgerVerifier(id);
  for (const entry of entries) verifier.add(entry);
  return verifier.finish(head);
}

describe("an entry", () => {
  /** Canonical JSON as one would write it without a thought for speed. */
  function straightforward(value: Json): string {
    if (Array.isArray(value)) return `[${value.map((item: Json) => straightforward(item)).join(",")}]`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${straightforward(field as Json)}`).join(",")}}`;
  }

  /** The entry in the names that it has at rest, as the design lists them. */
  function atRest(entry: Entry): JsonObject {
    const { source } = entry;
    return {
      v: 1,
      record_id: entry.recordId,
      seq: entry.seq,
      kind: entry.kind,
      from_state: entry.fromState,
      to_state: entry.toState,
      trigger: entry.trigger,
      timestamp: entry.timestamp,
      occurred_at: entry.occurredAt,
      lifecycle: entry.lifecycle,
      people: entry.people.map(({ role, person, type }) => ({ role, person, type })),
      metadata: entry.metadata,
      source:
        source.kind === "webhook"
          ? { kind: "webhook", event: source.event, delivery: source.delivery, payload_sha256: source.payloadSha256 }
          : { kind: source.kind },
      prev_hash: entry.prevHash,
    };
  }

  it("is kept as the canonical text of its fields in snake_case", () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        expect(sealEntry(entry).text).toBe(straightforward(atRest(entry)));
      }),
    );
  });

  it("is hashed with SHA-256 over its domain and its text", () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const { text, hash } = sealEntry(entry);
        const independent = createHash("sha256").update("loopforge.entry.v1\n").update(Buffer.from(text, "utf8"));
        expect(hash).toBe(independent.digest("hex"));
      }),
    );
  });

  it("is read back as it was sealed", () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const stored = sealEntry(entry);
        expect(openEntry(stored)).toEqual(entry);
        expect(openEntry({ ...stored })).toEqual(entry);
        expect(parseEntry(stored.text)).toEqual(entry);
        expect([stored.recordId, stored.seq]).toEqual([entry.recordId, entry.seq]);
      }),
    );
  });

  it("may fill its room to the last byte", () => {
    const room = MAX_ENTRY_BYTES - sealEntry(anEntry({ metadata: { blob: "" } })).text.length;
    expect(sealEntry(anEntry({ metadata: { blob: "x".repeat(room) } })).text).toHaveLength(MAX_ENTRY_BYTES);
    expect(() => sealEntry(anEntry({ metadata: { blob: "x".repeat(room + 1) } }))).toThrow(
      expect.objectContaining({
        code: "entry_too_large",
        message:
          "The entry for worker.picked_up on the-record has 262145 bytes; at most 262144 fit. Put less into its metadata, or a link to it.",
      }),
    );
  });

  it("is measured in bytes of UTF-8, not in characters", () => {
    expect(() => sealEntry(anEntry({ metadata: { blob: "€".repeat(100_000) } }))).toThrow("at most 262144 fit");
    expect(() => sealEntry(anEntry({ metadata: { blob: "x".repeat(100_000) } }))).not.toThrow();
  });

  const fields = atRest(anEntry());
  it.each<{ what: string; text: string; why: string }>([
    { what: "text that is not JSON", text: "{", why: "it is not JSON" },
    { what: "a list", text: "[]", why: "it is not an object" },
    { what: "null", text: "null", why: "it is not an object" },
    { what: "another version", text: canonicalJson({ ...fields, v: 2 }), why: "its version 2 is not known" },
    { what: "no version", text: "{}", why: "its version undefined is not known" },
    { what: "a seq of 0", text: canonicalJson({ ...fields, seq: 0 }), why: "its seq is not valid" },
    { what: "a kind nobody knows", text: canonicalJson({ ...fields, kind: "x" }), why: "its kind is not valid" },
    { what: "no people", text: canonicalJson(without("people")), why: "its people is missing" },
    {
      what: "a login for a person",
      text: canonicalJson({ ...fields, people: [{ role: "actor", person: "octocat", type: "User" }] }),
      why: "its people is not valid",
    },
    { what: "a list for metadata", text: canonicalJson({ ...fields, metadata: [] }), why: "its metadata is not valid" },
    {
      what: "a webhook without its delivery",
      text: canonicalJson({ ...fields, source: { kind: "webhook", event: "push" } }),
      why: "its source is not valid",
    },
    { what: "no previous hash", text: canonicalJson(without("prev_hash")), why: "its prev_hash is missing" },
  ])("is not read from $what", ({ text, why }) => {
    expect(() => parseEntry(text)).toThrow(
      expect.objectContaining({ code: "corrupt_ledger", message: `Not a ledger entry: ${why}` }),
    );
  });

  function without(name: string): JsonObject {
    return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
  }
});

describe("an untouched ledger", () => {
  it("has no breaks, and a last hash that can be noted elsewhere", () => {
    fc.assert(
      fc.property(anyLedger, ({ head, entries }) => {
        const verifier = new LedgerVerifier(ID);
        for (const entry of entries) verifier.add(entry);
        expect(verifier.finish(head)).toEqual([]);
        expect([verifier.length, verifier.hash]).toEqual([head.ledger.length, head.ledger.hash]);
      }),
    );
  });

  it("of a deleted record ends by saying so", () => {
    const { entries } = ledgerOf("the-record", [aNote(), { ...aNote(), kind: "deleted", trigger: "deleted" }]);
    expect(breaksOf({ entries, head: null })).toEqual([]);
  });
});

describe("tampering shows (promise 8)", () => {
  interface Tampered {
    readonly entries: readonly StoredEntry[];
    readonly head: Ledger["head"];
    /** Places of which the verifier must name at least one; 0 is the head. */
    readonly at: readonly number[];
  }
  /** Makes a tampered copy, or null where there is nothing to tamper with in this way. Picks are any whole numbers. */
  type Tampering = (ledger: Ledger, pick: number, other: number) => Tampered | null;

  function rewrite(entry: StoredEntry, change: (fields: JsonObject) => JsonObject): StoredEntry {
    const text = canonicalJson(change(JSON.parse(entry.text) as JsonObject));
    return { ...entry, text, hash: entryHash(text) };
  }

  function replaced(ledger: Ledger, pick: number, change: (entry: StoredEntry) => StoredEntry): StoredEntry[] {
    return ledger.entries.map((entry, index) => (index === pick % ledger.entries.length ? change(entry) : entry));
  }

  /** The place of the picked entry, and of what is chained to it. */
  function own({ entries }: Ledger, pick: number): number {
    return (pick % entries.length) + 1;
  }
  function next(ledger: Ledger, pick: number): number {
    const seq = own(ledger, pick) + 1;
    return seq > ledger.entries.length ? 0 : seq;
  }

  const TAMPERINGS: Record<string, Tampering> = {
    "a byte of a text was changed": (ledger, pick, other) => ({
      ...ledger,
      entries: replaced(ledger, pick, (entry) => {
        const bytes = Buffer.from(entry.text);
        const index = other % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ (1 + (pick % 255));
        return { ...entry, text: bytes.toString() };
      }),
      at: [own(ledger, pick)],
    }),
    "a hash was changed": (ledger, pick, other) => ({
      ...ledger,
      entries: replaced(ledger, pick, (entry) => ({ ...entry, hash: entryHash(`${other}`) })),
      at: [own(ledger, pick)],
    }),
    "a text was changed and its hash made to fit": (ledger, pick) => ({
      ...ledger,
      entries: replaced(ledger, pick, (entry) => rewrite(entry, (fields) => ({ ...fields, metadata: { forged: 1 } }))),
      at: [next(ledger, pick)],
    }),
    "a text was written otherwise, saying the same": (ledger, pick) => ({
      ...ledger,
      entries: replaced(ledger, pick, (entry) => {
        const text = entry.text.replace(",", ", ");
        return { ...entry, text, hash: entryHash(text) };
      }),
      at: [own(ledger, pick)],
    }),
    "all from an entry on were forged and chained anew": (ledger, pick) => {
      let prevHash = ledger.entries[own(ledger, pick) - 2]?.hash ?? null;
      const forged = ledger.entries.slice(own(ledger, pick) - 1).map((entry) => {
        const again = rewrite(entry, (fields) => ({ ...fields, trigger: "forged", prev_hash: prevHash }));
        prevHash = again.hash;
        return again;
      });
      return { ...ledger, entries: [...ledger.entries.slice(0, own(ledger, pick) - 1), ...forged], at: [0] };
    },
    "an entry was removed": (ledger, pick) => ({
      ...ledger,
      entries: ledger.entries.filter((_, index) => index !== pick % ledger.entries.length),
      at: [next(ledger, pick)],
    }),
    "an entry was removed and those after it moved up": (ledger, pick) => ({
      ...ledger,
      entries: ledger.entries
        .filter((_, index) => index !== pick % ledger.entries.length)
        .map((entry, index) => rewrite({ ...entry, seq: index + 1 }, (fields) => ({ ...fields, seq: index + 1 }))),
      at: pick % ledger.entries.length === ledger.entries.length - 1 ? [0] : [own(ledger, pick)],
    }),
    "the end was cut off": (ledger, pick) => ({
      ...ledger,
      entries: ledger.entries.slice(0, pick % ledger.entries.length),
      at: [0],
    }),
    "an entry was doubled": (ledger, pick) => ({
      ...ledger,
      entries: ledger.entries.flatMap((entry, index) =>
        index === pick % ledger.entries.length ? [entry, { ...entry }] : [entry],
      ),
      at: [own(ledger, pick)],
    }),
    "an entry was put in again elsewhere": (ledger, pick, other) => {
      const entry = ledger.entries[pick % ledger.entries.length];
      const place = other % (ledger.entries.length + 1);
      if (!entry) return null;
      return { ...ledger, entries: ledger.entries.toSpliced(place, 0, { ...entry }), at: [entry.seq, entry.seq + 1] };
    },
    "two entries changed places": (ledger, pick, other) => {
      const [a, b] = [pick % ledger.entries.length, other % ledger.entries.length];
      const [first, second] = [ledger.entries[a], ledger.entries[b]];
      if (!first || !second || a === b) return null;
      return { ...ledger, entries: ledger.entries.with(a, second).with(b, first), at: [first.seq, second.seq] };
    },
    "two entries exchanged what they say": (ledger, pick, other) => {
      const [first, second] = [
        ledger.entries[pick % ledger.entries.length],
        ledger.entries[other % ledger.entries.length],
      ];
      if (!first || !second || first === second) return null;
      const entries = ledger.entries
        .with(first.seq - 1, { ...second, seq: first.seq })
        .with(second.seq - 1, { ...first, seq: second.seq });
      return { ...ledger, entries, at: [first.seq, second.seq] };
    },
    "a forged entry was appended, well chained": (ledger) => {
      const last = ledger.entries.at(-1);
      if (!last) return null;
      const seq = last.seq + 1;
      const forged = rewrite({ ...last, seq }, (fields) => ({ ...fields, seq, prev_hash: last.hash, kind: "note" }));
      return { ...ledger, entries: [...ledger.entries, forged], at: [0] };
    },
    "the head was given another state": (ledger, pick) => {
      const states = ["ci_passed", "merged", "closed"].filter((state) => state !== ledger.head.state);
      return { ...ledger, head: { ...ledger.head, state: states[pick % states.length] ?? "" }, at: [0] };
    },
    "the head was given another length": ({ head, entries }, pick) => {
      const length = pick % (entries.length * 2 + 1);
      return length === entries.length
        ? null
        : { entries, head: { ...head, ledger: { ...head.ledger, length } }, at: [0] };
    },
    "the head was given another hash": ({ head, entries }, pick) => ({
      entries,
      head: { ...head, ledger: { ...head.ledger, hash: pick % 2 === 0 ? null : entryHash(`${pick}`) } },
      at: [0],
    }),
    "an entry came from another record": (ledger, pick) => {
      const drafts = ledger.entries.slice(1).map((stored) => ({ ...openEntry(stored) }));
      const other = ledgerOf("another-record", drafts).entries[pick % ledger.entries.length];
      if (!other) return null;
      return { ...ledger, entries: replaced(ledger, pick, () => other), at: [own(ledger, pick)] };
    },
  };

  const SOME = { numRuns: 60 };
  it.each(Object.entries(TAMPERINGS))("%s", (_, tamper) => {
    fc.assert(
      fc.property(anyLedger, fc.nat(), fc.nat(), (ledger, pick, other) => {
        const tampered = tamper(ledger, pick, other);
        fc.pre(tampered !== null);
        const named = breaksOf(tampered).map(({ seq }) => seq);
        expect(named.filter((seq) => tampered.at.includes(seq))).not.toEqual([]);
      }),
      SOME,
    );
  });

  it("a whole ledger was given to another record", () => {
    const { head, entries } = ledgerOf("another-record", [aNote()]);
    expect(breaksOf({ head, entries })).toEqual([
      { recordId: ID, seq: 1, problem: "it belongs to another-record" },
      { recordId: ID, seq: 2, problem: "it belongs to another-record" },
    ]);
  });

  describe("and is said in words", () => {
    const ledger = ledgerOf("the-record", [aMove("task_queued"), aNote(), aNote({ n: 2 })]);
    const [created, queued, note, last] = ledger.entries as [StoredEntry, StoredEntry, StoredEntry, StoredEntry];
    const { head } = ledger;
    const said = (breaks: readonly Break[]) => breaks.map(({ seq, problem }) => `${seq}: ${problem}`);

    it.each<{ what: string; entries: readonly StoredEntry[]; head: Ledger["head"] | null; says: readonly string[] }>([
      {
        what: "a changed text",
        entries: [created, { ...queued, text: queued.text.replace("moved", "mOved") }, note, last],
        head,
        says: ["2: its text was changed: the hash does not fit"],
      },
      {
        what: "a removed entry",
        entries: [created, note, last],
        head,
        says: [
          "3: entry 2 is missing before it",
          "3: it does not follow the entry before it",
          "0: the record says task_queued, its ledger ends in issue_created",
        ],
      },
      {
        what: "two removed entries",
        entries: [created, last],
        head: { ...head, state: "issue_created" },
        says: ["4: entries 2 to 3 are missing before it", "4: it does not follow the entry before it"],
      },
      { what: "a cut-off end", entries: [created, queued], head, says: ["0: entries 3 to 4 are cut off the end"] },
      {
        what: "a doubled entry",
        entries: [created, queued, note, note, last],
        head,
        says: ["3: it stands twice", "3: it does not follow the entry before it"],
      },
      {
        what: "an entry too many",
        entries: ledger.entries,
        head: { ...head, ledger: { length: 3, hash: note.hash } },
        says: ["0: the ledger goes on after entry 3, which the record calls the last"],
      },
      {
        what: "another last entry",
        entries: ledger.entries,
        head: { ...head, ledger: { length: 4, hash: note.hash } },
        says: ["0: the last entry is not the one that the record names"],
      },
      {
        what: "another state",
        entries: ledger.entries,
        head: { ...head, state: "merged" },
        says: ["0: the record says merged, its ledger ends in task_queued"],
      },
      { what: "no entry at all", entries: [], head, says: ["0: entries 1 to 4 are cut off the end"] },
      {
        what: "a record that is gone without a word",
        entries: ledger.entries,
        head: null,
        says: ["0: the record is gone, and its ledger does not say that it was deleted"],
      },
    ])("$what", ({ entries, head, says }) => {
      expect(said(breaksOf({ entries, head }))).toEqual(says);
    });

    it("a step that leaves a state in which the record was not", () => {
      const forged = sealEntry({ ...anEntry(), seq: 5, fromState: "approved", toState: "merged", prevHash: last.hash });
      const end = { ...head, state: "merged", ledger: { length: 5, hash: forged.hash } };
      expect(said(breaksOf({ entries: [...ledger.entries, forged], head: end }))).toEqual([
        "5: it leaves approved, but the record was in task_queued",
      ]);
    });

    it("an entry that is kept in another place than its text says", () => {
      const forged = sealEntry({ ...anEntry(), kind: "note", toState: null, seq: 9, prevHash: last.hash });
      const end = { ...head, ledger: { length: 5, hash: forged.hash } };
      const entries = [...ledger.entries, { recordId: ID, seq: 5, text: forged.text, hash: forged.hash }];
      expect(said(breaksOf({ entries, head: end }))).toEqual(["5: its text says entry 9"]);
    });

    it("a record that lives although its ledger says that it was deleted", () => {
      const deleted = ledgerOf("the-record", [{ ...aNote(), kind: "deleted", trigger: "deleted" }]);
      expect(said(breaksOf(deleted))).toEqual(["0: the record is there, and its ledger says that it was deleted"]);
    });

    it("a text that is no entry, however deep it nests", () => {
      const text = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
      const forged = { recordId: ID, seq: 5, text, hash: entryHash(text) };
      const problems = breaksOf({ entries: [...ledger.entries, forged], head }).map(({ seq }) => seq);
      expect(problems).toEqual([5, 0]);
    });

    it("half a surrogate pair, which no writer of ours has ever kept", () => {
      const text = String.raw`{"v":1,"half":"\ud800"}`;
      const forged = { recordId: ID, seq: 1, text, hash: entryHash(text) };
      expect(breaksOf({ entries: [forged], head }).map(({ seq }) => seq)).toContain(1);
    });
  });
});
