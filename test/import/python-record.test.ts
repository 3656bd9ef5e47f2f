import { describe, expect, it } from "vitest";
import { LoopForgeError, openEntry, sha256 } from "../../src/core/index.js";
import { importPythonRecord } from "../../src/import/python-record.js";
import { canonicalJson } from "../../src/index.js";
import { breaksIn } from "../builders/service.js";
import { historyOf, longPythonRecord, pythonRecord, pythonTime, youngPythonRecord } from "./python-package.js";

const NOW = new Date("2026-11-22T10:00:00Z");
/** Times are kept to the millisecond; the original's hash binds the rest. */
const inMilliseconds = (time: unknown) => String(time).replace(/(\.\d{3})\d*Z$/, "$1Z");

describe("a record of the Python package, imported,", () => {
  const original = pythonRecord();
  const record = importPythonRecord(original, NOW);

  it("keeps every field", () => {
    expect(record).toMatchObject({
      recordId: "loop-1a2b3c4d",
      ref: "acme/shop#7",
      refNumber: 7,
      repo: "acme/shop",
      prUrl: "https://github.com/acme/shop/pull/12",
      prNumber: 12,
      state: "closed",
      autoMerge: true,
      labels: { priority: "high", größe: "l" },
      createdAt: inMilliseconds(original.created_at),
      updatedAt: inMilliseconds(original.updated_at),
      closedAt: inMilliseconds(original.closed_at),
      lifecycle: "strict",
      exceptions: 0,
    });
  });

  it("keeps every transition with its time, its trigger and its metadata", () => {
    const [created, ...moves] = record.transitions;
    const [, ...originals] = original.transitions;
    expect(created).toMatchObject({
      ...{ fromState: null, toState: "issue_created", trigger: "created", timestamp: inMilliseconds(pythonTime(0)) },
    });
    expect(moves).toEqual(
      originals.map(({ from_state, to_state, trigger, timestamp, metadata }) => ({
        ...{ fromState: from_state, toState: to_state, trigger, timestamp: inMilliseconds(timestamp), metadata },
      })),
    );
    const [, ...entries] = record.entries.map(openEntry);
    expect(entries.slice(0, -1).map((entry) => entry.occurredAt)).toEqual(moves.map((move) => move.timestamp));
  });

  it("has a ledger that verifies, its version the number of its entries", () => {
    expect(breaksIn(record)).toEqual([]);
    expect(record.entries).toHaveLength(original.transitions.length + 1);
    expect(record.version).toBe(record.entries.length);
  });

  it("says of every entry that it was not seen as it happened", () => {
    const entries = record.entries.map(openEntry);
    expect(new Set(entries.map((entry) => entry.source.kind))).toEqual(new Set(["backfill"]));
  });

  it("says in a last entry when it was imported, what from, and binds the original by its hash", () => {
    const [last] = record.entries.slice(-1).map(openEntry);
    expect(last).toMatchObject({
      kind: "note",
      trigger: "imported",
      toState: null,
      timestamp: "2026-11-22T10:00:00.000Z",
      metadata: {
        from: "loopforge 0.1.0 (Python)",
        transitions: original.transitions.length,
        ci_status: { build: "passed", lint: "failed" },
        original_sha256: sha256(canonicalJson(JSON.parse(JSON.stringify(original)))),
      },
    });
  });

  it("is found by the address of its issue and of its pull request", () => {
    expect(record.links).toEqual(["address:acme/shop#7", "address:acme/shop#12"]);
  });

  it("is the same every time, but for the last entry", () => {
    const again = importPythonRecord(original, new Date("2026-11-23T10:00:00Z"));
    const hashes = (one: typeof record) => one.entries.map((entry) => entry.hash);

    expect(hashes(again).slice(0, -1)).toEqual(hashes(record).slice(0, -1));
    expect(hashes(again).at(-1)).not.toBe(hashes(record).at(-1));
  });
});

describe("a record of the Python package", () => {
  it("without anything that may be missing comes in as it is", () => {
    const record = importPythonRecord(youngPythonRecord("loop-00000000"), NOW);

    expect(record).toMatchObject({
      ...{ ref: "by hand", refNumber: null, repo: "", prUrl: null, prNumber: null, closedAt: null },
      ...{ state: "issue_created", autoMerge: false, ciStatus: null, labels: {}, links: [] },
    });
    expect(breaksIn(record)).toEqual([]);
  });

  it.each([
    ["ci_pending", "pending"],
    ["ci_passed", "passed"],
    ["ci_failed", "failed"],
  ])("that is in %s has the CI status %s", (state, status) => {
    const history = [["issue_created", "created"] as const, [state, "ci"] as const];
    const record = importPythonRecord(pythonRecord({ state, transitions: historyOf(...history) }), NOW);

    expect(record.ciStatus).toBe(status);
  });

  it("that moved where the lifecycle does not allow it has an exception there, and its ledger verifies", () => {
    const transitions = historyOf(
      ["issue_created", "created"],
      ["merged", "pr.merged", { by: "x" }],
      ["closed", "done"],
    );
    const record = importPythonRecord(pythonRecord({ transitions }), NOW);

    expect(record.entries.map((entry) => openEntry(entry).kind)).toEqual([
      "created",
      "exception",
      "transition",
      "note",
    ]);
    expect(record.transitions[1]).toMatchObject({
      ...{ fromState: "issue_created", toState: "merged", trigger: "pr.merged" },
      metadata: { by: "x", rule: "not_allowed_by_the_lifecycle" },
    });
    expect(record).toMatchObject({ state: "closed", exceptions: 1 });
    expect(breaksIn(record)).toEqual([]);
  });

  it("of any length comes in", () => {
    const record = importPythonRecord(longPythonRecord("loop-10000000", 1000), NOW);
    expect(record.transitions).toHaveLength(1000);
    expect(breaksIn(record)).toEqual([]);
  });
});

describe("is refused, by its id and with the reason:", () => {
  const [first, second, third] = pythonRecord().transitions;
  const broken: Record<string, [original: unknown, reason: RegExp]> = {
    "a history that does not begin": [pythonRecord({ transitions: [] }), /transitions: Too small/],
    "a history without its beginning": [
      pythonRecord({ transitions: [second, third].filter((one) => one !== undefined) }),
      /its first transition is not into issue_created/,
    ],
    "a history with a gap": [
      pythonRecord({ transitions: [first, third].filter((one) => one !== undefined) }),
      /it leaves task_queued where it was in issue_created/,
    ],
    "a history that ends elsewhere": [
      pythonRecord({ state: "merged" }),
      /it says merged, and its transitions end in closed/,
    ],
    "a state that is none": [pythonRecord({ state: "lost" }), /state: Invalid option/],
    "a time that is none": [pythonRecord({ created_at: "yesterday" }), /created_at: is not a time/],
    "a field that is missing": [pythonRecord({ ref: undefined }), /ref: Invalid input/],
    "an id that is none": [pythonRecord({ record_id: "loop 1" }), /Not a record id/],
    "a number that is not exact": [
      pythonRecord({ transitions: historyOf(["issue_created", "created", { big: 2 ** 60 }]), state: "issue_created" }),
      /metadata\.big is an integer beyond 2\^53/,
    ],
    "an entry that is too large": [
      pythonRecord({
        ...{
          transitions: historyOf(["issue_created", "created", { log: "x".repeat(300_000) }]),
          state: "issue_created",
        },
      }),
      /has \d+ bytes; at most \d+ fit/,
    ],
  };

  it.each(Object.entries(broken))("%s", (_name, [original, reason]) => {
    const { record_id } = original as { record_id: string };
    const refusal = refusalOf(original);

    expect(refusal).toMatchObject({ code: "invalid_payload" });
    expect(refusal.message).toMatch(reason);
    expect(refusal.message.startsWith(`Record ${record_id} cannot be imported: `)).toBe(true);
    expect(refusal.message).not.toContain("\n");
  });

  it.each([null, 7, "half a li", [], {}])("what is no record at all: %j", (original) => {
    expect(refusalOf(original).message).toBe(`Not a record, for it has no record_id: ${JSON.stringify(original)}`);
  });
});

function refusalOf(original: unknown): LoopForgeError {
  try {
    importPythonRecord(original, NOW);
  } catch (error) {
    if (error instanceof LoopForgeError) return error;
    throw error;
  }
  throw new Error("It was not refused");
}
