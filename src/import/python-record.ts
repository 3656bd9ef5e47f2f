import { z } from "zod";
import {
  advance,
  allowedFrom,
  canonicalJson,
  createRecord,
  type Draft,
  type Json,
  LoopForgeError,
  type LoopRecord,
  LoopState,
  linkOf,
  type RecordHead,
  recordId,
  STRICT,
  sha256,
  type Timestamp,
  timestamp,
  toJsonObject,
  withHistory,
} from "../core/index.js";
import { headOf } from "../store/head-of.js";

/** A record as the Python package `loopforge` 0.1.0 writes it: one DynamoDB item, or one object of a dump, its history embedded. */
const state = z.enum(LoopState);
const moment = z.string().transform((text, context): Timestamp => {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return timestamp(time);
  context.addIssue({ code: "custom", message: "is not a time" });
  return z.NEVER;
});
const SCHEMA = z.object({
  record_id: z.string(),
  ref: z.string(),
  ref_number: z.int().nullish(),
  repo: z.string().nullish(),
  pr_url: z.string().nullish(),
  pr_number: z.int().nullish(),
  state,
  auto_merge: z.boolean().default(false),
  ci_status: z.record(z.string(), z.string()).default({}),
  labels: z.record(z.string(), z.string()).default({}),
  transitions: z
    .array(
      z.object({
        from_state: state.nullable(),
        to_state: state,
        trigger: z.string(),
        timestamp: moment,
        metadata: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .min(1),
  created_at: moment,
  updated_at: moment,
  closed_at: moment.nullish(),
});
type PythonRecord = z.infer<typeof SCHEMA>;

const SOURCE = { kind: "backfill" } as const;

/**
 * Makes a record with a ledger of its own of one that has none. Its transitions keep their times and metadata; a last entry, a note,
 * says when they were imported, and binds the original by its SHA-256. What was not proven before is not proven now: every entry says
 * that it comes from a backfill. A move that the lifecycle does not allow becomes an exception.
 * @throws LoopForgeError `invalid_payload` that says what is wrong with the original
 */
export function importPythonRecord(original: unknown, now: Date): LoopRecord {
  const old = parse(original);
  try {
    return ledgerOf(old, original, now);
  } catch (error) {
    if (error instanceof TypeError || (error instanceof LoopForgeError && error.code !== "invalid_payload"))
      throw refuse(old, error.message);
    throw error;
  }
}

function ledgerOf(old: PythonRecord, original: unknown, now: Date): LoopRecord {
  const [first, ...rest] = old.transitions;
  if (!first || first.from_state !== null || first.to_state !== STRICT.initial)
    throw refuse(old, "its first transition is not into issue_created");

  const id = recordId(old.record_id);
  const born = createRecord(
    {
      ref: old.ref,
      refNumber: old.ref_number ?? null,
      repo: old.repo ?? "",
      prUrl: old.pr_url ?? null,
      prNumber: old.pr_number ?? null,
      autoMerge: old.auto_merge,
      labels: old.labels,
      links: addressesOf(old),
      created: { metadata: toJsonObject(first.metadata) },
    },
    { recordId: id, timestamp: first.timestamp, source: SOURCE },
  );
  let head: RecordHead = headOf(born);
  const entries = [...born.entries];
  const record = (draft: Draft, at: Timestamp) => {
    const next = advance<string>(STRICT, head, [draft], { timestamp: at, source: SOURCE });
    head = next.head;
    entries.push(...next.entries);
  };
  for (const transition of rest) {
    if (transition.from_state !== head.state)
      throw refuse(old, `it leaves ${transition.from_state} where it was in ${head.state}`);
    const isLegal = allowedFrom(STRICT, head.state).includes(transition.to_state);
    const metadata = {
      ...toJsonObject(transition.metadata),
      ...(isLegal ? {} : { rule: "not_allowed_by_the_lifecycle" }),
    };
    const draft = {
      toState: transition.to_state,
      trigger: transition.trigger,
      occurredAt: transition.timestamp,
      people: [],
      metadata,
    };
    record({ ...draft, kind: isLegal ? "transition" : "exception" }, transition.timestamp);
  }
  if (head.state !== old.state) throw refuse(old, `it says ${old.state}, and its transitions end in ${head.state}`);
  record(importedNote(old, original), timestamp(now));
  const { created_at: createdAt, updated_at: updatedAt, closed_at: closedAt } = old;
  return withHistory({ ...head, createdAt, updatedAt, closedAt: closedAt ?? null, version: entries.length }, entries);
}

/** What a person finds it by: the addresses of its issue and its pull request. */
function addressesOf({ repo, ref_number: issue, pr_number: pull }: PythonRecord): readonly string[] {
  const numbers = [issue, pull].filter((number) => typeof number === "number");
  return repo ? [...new Set(numbers.map((number) => linkOf.address(repo, number)))] : [];
}

function importedNote(old: PythonRecord, original: unknown): Draft {
  return {
    kind: "note",
    toState: null,
    trigger: "imported",
    occurredAt: null,
    people: [],
    metadata: {
      from: "loopforge 0.1.0 (Python)",
      transitions: old.transitions.length,
      ci_status: old.ci_status,
      original_sha256: sha256(canonicalJson(toJsonObject(original as object) as Json)),
    },
  };
}

function parse(original: unknown): PythonRecord {
  const parsed = SCHEMA.safeParse(original);
  if (parsed.success) return parsed.data;
  const [problem] = parsed.error.issues;
  const id = typeof original === "object" && original !== null && "record_id" in original ? original.record_id : null;
  if (typeof id !== "string") {
    const beginning = JSON.stringify(original)?.slice(0, 60);
    throw new LoopForgeError("invalid_payload", `Not a record, for it has no record_id: ${beginning}`);
  }
  throw refuse({ record_id: id }, `${problem?.path.join(".")}: ${problem?.message}`);
}

function refuse({ record_id: id }: Pick<PythonRecord, "record_id">, why: string): LoopForgeError {
  return new LoopForgeError("invalid_payload", `Record ${id} cannot be imported: ${why}`);
}
