import type { Hash, RecordId, Timestamp } from "../brand.js";
import type { JsonObject } from "../json.js";
import { isTerminal, type Lifecycle } from "../lifecycle/lifecycle.js";
import { STRICT } from "../lifecycle/lifecycles.js";
import type { LoopState } from "../lifecycle/states.js";
import { type Entry, type EntryKind, openEntry, type Source, type StoredEntry, sealEntry } from "./entry.js";
import type { Participant } from "./people.js";

/** A work item's place in its lifecycle, without its history. What stores keep, list and change. */
export interface RecordHead<State extends string = string> {
  readonly recordId: RecordId;
  /** The work item in its own words: `acme/shop#7` in the App, anything in the library. */
  readonly ref: string;
  readonly refNumber: number | null;
  /** `owner/name`. */
  readonly repo: string;
  readonly prUrl: string | null;
  readonly prNumber: number | null;
  readonly state: State;
  readonly autoMerge: boolean;
  readonly ciStatus: CiStatus | null;
  readonly labels: Labels;
  readonly createdAt: Timestamp;
  readonly updatedAt: Timestamp;
  /** When it reached a terminal state. */
  readonly closedAt: Timestamp | null;
  /** The name of the lifecycle that it is in. */
  readonly lifecycle: string;
  /** One more at every write: writers name the version that they read, and at most one of them wins. */
  readonly version: number;
  readonly ledger: { readonly length: number; readonly hash: Hash | null };
  /** When it last moved, by GitHub's clock where GitHub says. */
  readonly since: Timestamp;
  /** When it was first recorded; {@link createdAt} is when the work item began, by GitHub's clock where GitHub says. */
  readonly recordedAt: Timestamp;
  /** How often a rule was broken: entries of kind `exception`. */
  readonly exceptions: number;
  /** Each of them, and the entries that answer it: found without reading the ledger. */
  readonly broken: readonly BrokenRef[];
  /** The merges that were judged: each once. */
  readonly merges: readonly JudgedMerge[];
  /** What it can be found by (see `links.ts`). */
  readonly links: readonly string[];
  /** Fields that stand in the store beside these, of another version or somebody's own: they go back as they were. */
  readonly extra?: JsonObject;
}

/** Where an exception stands in the ledger, and what answers it. */
export interface BrokenRef {
  readonly seq: number;
  readonly rules: readonly string[];
  /** The pull request whose merge broke them, as `<repository id>#<number>`; null for another end. */
  readonly pull: string | null;
  /** The entries by which people justified it. */
  readonly justifiedBy: readonly number[];
  /** The entry by which it proved unfounded. */
  readonly correctedBy: number | null;
}

/** Where the judgement of a merge stands in the ledger. */
export interface JudgedMerge {
  /** `<repository id>#<number>` */
  readonly pull: string;
  readonly seq: number;
}

/** The broken rules that nothing has proved unfounded. */
export function standingExceptions({ broken }: Pick<RecordHead, "broken">): readonly BrokenRef[] {
  return broken.filter(({ correctedBy }) => correctedBy === null);
}

/** GitHub's labels are a list of names; a user of the library may keep a value with each. */
export type Labels = readonly string[] | { readonly [name: string]: string };

export type CiStatus = "pending" | "passed" | "failed";

/** A move from a state to a state, as a reader of the history wants it. The first is from null, with trigger `created`. */
export interface Transition<State extends string = string> {
  readonly fromState: State | null;
  readonly toState: State;
  readonly trigger: string;
  readonly timestamp: Timestamp;
  readonly metadata: JsonObject;
}

/** A work item's place in its lifecycle, with its whole history. */
export interface LoopRecord<State extends string = string> extends RecordHead<State> {
  readonly transitions: readonly Transition<State>[];
  readonly entries: readonly StoredEntry[];
}

/** What is to be recorded, before it has a place in the chain. */
export interface Draft {
  readonly kind: EntryKind;
  /** Null where the record does not move. */
  readonly toState: string | null;
  readonly trigger: string;
  readonly occurredAt: Timestamp | null;
  readonly people: readonly Participant[];
  readonly metadata: JsonObject;
}

/** When and from where something is recorded. */
export interface Recording {
  readonly timestamp: Timestamp;
  readonly source: Source;
}

export interface NewRecord {
  readonly ref: string;
  readonly refNumber?: number | null;
  readonly repo: string;
  readonly prUrl?: string | null;
  readonly prNumber?: number | null;
  readonly autoMerge?: boolean;
  readonly labels?: Labels;
  readonly links?: readonly string[];
  /** More about its creation: goes into the metadata of the first entry. */
  readonly created?: Partial<Pick<Draft, "occurredAt" | "people" | "metadata">>;
}

/**
 * A new record in the first state of its lifecycle (strict unless told otherwise), with its first entry, `created`.
 * Pure: the id and the time come in.
 */
export function createRecord<State extends string = LoopState>(
  input: NewRecord,
  at: { recordId: RecordId; timestamp: Timestamp; lifecycle?: Lifecycle<State>; source?: Source },
): LoopRecord<State> {
  const lifecycle = (at.lifecycle ?? STRICT) as Lifecycle<State>;
  const empty: RecordHead<State> = {
    recordId: at.recordId,
    ref: input.ref,
    refNumber: input.refNumber ?? null,
    repo: input.repo,
    prUrl: input.prUrl ?? null,
    prNumber: input.prNumber ?? null,
    state: lifecycle.initial,
    autoMerge: input.autoMerge ?? false,
    ciStatus: null,
    labels: input.labels ?? [],
    createdAt: input.created?.occurredAt ?? at.timestamp,
    updatedAt: at.timestamp,
    closedAt: null,
    since: input.created?.occurredAt ?? at.timestamp,
    recordedAt: at.timestamp,
    lifecycle: lifecycle.name,
    version: 0,
    ledger: { length: 0, hash: null },
    exceptions: 0,
    broken: [],
    merges: [],
    links: input.links ?? [],
  };
  const created: Draft = {
    kind: "created",
    toState: lifecycle.initial,
    trigger: "created",
    occurredAt: input.created?.occurredAt ?? null,
    people: input.created?.people ?? [],
    // The chain itself says which work item it is about.
    metadata: { ref: input.ref, repo: input.repo, ...input.created?.metadata },
  };
  const recording = { timestamp: at.timestamp, source: at.source ?? ({ kind: "api" } as const) };
  const { head, entries } = advance(lifecycle, empty, [created], recording);
  return withHistory(head, entries);
}

/** The record after the drafts, each sealed onto the chain: one version more, however many entries. */
export function advance<State extends string>(
  lifecycle: Lifecycle<State>,
  head: RecordHead<State>,
  drafts: readonly Draft[],
  recording: Recording,
): { head: RecordHead<State>; entries: readonly StoredEntry[] } {
  const entries: StoredEntry[] = [];
  let state = head.state;
  let { hash } = head.ledger;
  let { ciStatus, closedAt, since, exceptions, broken, merges } = head;
  for (const draft of drafts) {
    const entry: Entry = {
      v: 1,
      recordId: head.recordId,
      seq: head.ledger.length + entries.length + 1,
      kind: draft.kind,
      fromState: draft.kind === "created" ? null : state,
      toState: draft.toState,
      trigger: draft.trigger,
      timestamp: recording.timestamp,
      occurredAt: draft.occurredAt,
      lifecycle: lifecycle.name,
      people: draft.people,
      metadata: draft.metadata,
      source: recording.source,
      prevHash: hash,
    };
    const sealed = sealEntry(entry);
    entries.push(sealed);
    hash = sealed.hash;
    if (draft.kind === "exception") exceptions += 1;
    broken = brokenAfter(broken, entry);
    merges = mergesAfter(merges, entry);
    if (movesState(entry)) {
      state = entry.toState as State;
      ciStatus = ciStatusIn(state) ?? ciStatus;
      since = entry.occurredAt ?? recording.timestamp;
      closedAt = isTerminal(lifecycle, state) ? since : null;
    }
  }
  const ledger = { length: head.ledger.length + entries.length, hash };
  const updatedAt = recording.timestamp;
  return {
    head: {
      ...head,
      state,
      ciStatus,
      closedAt,
      since,
      exceptions,
      broken,
      merges,
      ledger,
      updatedAt,
      version: head.version + 1,
    },
    entries,
  };
}

export function withHistory<State extends string>(
  head: RecordHead<State>,
  entries: readonly StoredEntry[],
): LoopRecord<State> {
  const transitions: Transition<State>[] = [];
  for (const stored of entries) {
    const entry = openEntry(stored);
    if (!movesState(entry)) continue;
    const { fromState, toState, trigger, timestamp, metadata } = entry;
    transitions.push({ fromState: fromState as State | null, toState: toState as State, trigger, timestamp, metadata });
  }
  return { ...head, transitions, entries };
}

/** Whether an entry moved the record; a refused command, for one, names a state that was not entered. */
export function movesState(entry: Pick<Entry, "kind" | "toState">): boolean {
  const mayMove = entry.kind === "created" || entry.kind === "transition" || entry.kind === "exception";
  return mayMove && entry.toState !== null;
}

/** The exceptions of a record after one more entry. Follows from the ledger alone, so that it can be checked against it. */
export function brokenAfter(broken: readonly BrokenRef[], entry: Entry): readonly BrokenRef[] {
  const { kind, seq, recordId, metadata } = entry;
  switch (kind) {
    case "exception": {
      const also: readonly unknown[] = Array.isArray(metadata.also_broken) ? metadata.also_broken : [];
      const rules: readonly unknown[] = [metadata.rule, ...also];
      const named = rules.filter((rule) => typeof rule === "string");
      return [...broken, { seq, rules: named, pull: pullOf(metadata), justifiedBy: [], correctedBy: null }];
    }
    case "justified": {
      const { answers } = metadata;
      // One that names nothing answers all that came before it.
      const isMeant = (one: BrokenRef) => !Array.isArray(answers) || answers.includes(`${recordId}#${one.seq}`);
      return broken.map((one) => (isMeant(one) ? { ...one, justifiedBy: [...one.justifiedBy, seq] } : one));
    }
    case "corrected": {
      const { answers } = metadata;
      const isMeant = (one: BrokenRef) => Array.isArray(answers) && answers.includes(`${recordId}#${one.seq}`);
      return broken.map((one) => (isMeant(one) && one.correctedBy === null ? { ...one, correctedBy: seq } : one));
    }
    default:
      return broken;
  }
}

/** The judged merges of a record after one more entry: a merge is judged by the first entry that carries its grounds. */
export function mergesAfter(merges: readonly JudgedMerge[], { seq, kind, metadata }: Entry): readonly JudgedMerge[] {
  const pull = kind === "corrected" ? null : pullOf(metadata);
  return pull === null || merges.some((one) => one.pull === pull) ? merges : [...merges, { pull, seq }];
}

function pullOf({ grounds }: JsonObject): string | null {
  if (typeof grounds !== "object" || grounds === null || Array.isArray(grounds)) return null;
  const { pull } = grounds as JsonObject;
  return typeof pull === "string" ? pull : null;
}

function ciStatusIn(state: string): CiStatus | null {
  switch (state) {
    case "ci_pending":
      return "pending";
    case "ci_passed":
      return "passed";
    case "ci_failed":
      return "failed";
    default:
      return null;
  }
}
