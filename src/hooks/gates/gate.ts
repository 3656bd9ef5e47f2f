import {
  type Entry,
  encodeEntry,
  encodeHead,
  type Json,
  type JsonObject,
  type RecordHead,
  sealEntry,
} from "../../core/index.js";
import { plainText } from "../plain-text.js";

/** What a gate is asked: may this be merged? */
export interface GateQuestion {
  readonly head: RecordHead;
  /** The newest entries, in order. */
  readonly entries: readonly Entry[];
  readonly pull: GatePull;
  /** Absent where nobody looked. */
  readonly changes?: GateChanges;
}

export interface GatePull {
  readonly url: string;
  readonly number: number;
  readonly headSha: string;
  readonly baseRef: string;
}

export interface GateChanges {
  readonly files: number;
  readonly additions: number;
  readonly deletions: number;
  /** Some of the files, with the lines that were added and deleted. */
  readonly sample: readonly { readonly path: string; readonly additions: number; readonly deletions: number }[];
}

/** What a gate said, in its own words and at any length. */
export interface Said {
  readonly decision: Decision;
  readonly title?: string | undefined;
  readonly reasons?: readonly string[] | undefined;
}

/** A gate's answer. Bounded by {@link verdict}: it becomes an entry and is shown. */
export interface Verdict {
  readonly decision: Decision;
  readonly title: string;
  readonly reasons: readonly string[];
}

export const DECISIONS = ["pass", "block", "neutral"] as const;
export type Decision = (typeof DECISIONS)[number];

/** Something that is asked before a merge. What it rejects with is a failure, and never a verdict. */
export interface Gate {
  readonly name: string;
  ask(question: GateQuestion, signal: AbortSignal): Promise<Said>;
}

/** What came of asking a gate. */
export interface GateAnswer {
  readonly gate: string;
  readonly verdict: Verdict;
  /** Whether the gate gave no verdict, and this is what the operator wants to be taken instead. */
  readonly failed: boolean;
}

const MAX_TITLE = 120;
const MAX_REASONS = 10;
const MAX_REASON = 500;

const TITLES: { readonly [D in Decision]: string } = {
  pass: "Nothing against a merge",
  block: "Not to be merged",
  neutral: "No opinion",
};

/** A verdict within its bounds, on lines without control characters. What it says is still somebody else's text. */
export function verdict(decision: Decision, reasons: readonly string[] = [], title = ""): Verdict {
  const lines = reasons.map((reason) => plainText(reason, MAX_REASON)).filter((reason) => reason !== "");
  return {
    decision,
    title: plainText(title, MAX_TITLE) || TITLES[decision],
    reasons: lines.slice(0, MAX_REASONS),
  };
}

/** The metadata of the entry that a gate's answer becomes, which metrics and reports read. */
export function verdictMetadata({ gate, verdict, failed }: GateAnswer): JsonObject {
  return { gate, failed, decision: verdict.decision, title: verdict.title, reasons: [...verdict.reasons] };
}

const MAX_ENTRIES = 50;
const MAX_FILES = 100;

/** The question as a gate elsewhere gets it: names as at rest, in bounds, with pseudonyms instead of logins. */
export function encodeQuestion({ head, entries, pull, changes }: GateQuestion): JsonObject {
  return {
    record: { ...encodeHead(head) },
    entries: entries.slice(-MAX_ENTRIES).map((entry) => encodeEntry(sealEntry(entry))),
    pull_request: { url: pull.url, number: pull.number, head_sha: pull.headSha, base_ref: pull.baseRef },
    changes: changes ? encodeChanges(changes) : null,
  };
}

function encodeChanges({ files, additions, deletions, sample }: GateChanges): Json {
  return { files, additions, deletions, sample: sample.slice(0, MAX_FILES).map((file) => ({ ...file })) };
}
