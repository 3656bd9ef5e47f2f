import { PassThrough } from "node:stream";
import {
  advance,
  type Draft,
  GITHUB,
  type JsonObject,
  type LoopRecord,
  openEntry,
  type Participant,
  type PersonId,
  withHistory,
} from "../../src/core/index.js";
import type { TransitionHook } from "../../src/hook.js";
import { configuredGate, type GateOptions } from "../../src/hooks/gates/ask-gates.js";
import type { Gate, GateQuestion } from "../../src/hooks/gates/gate.js";
import { createGuardedFetch } from "../../src/hooks/guarded-fetch.js";
import type { IsolationOptions } from "../../src/hooks/isolation.js";
import type { PostOptions } from "../../src/hooks/post.js";
import { HookStats } from "../../src/hooks/stats.js";
import { headOf } from "../../src/store/head-of.js";
import { aRecord, moment } from "../builders/records.js";
import { Log } from "../builders/service.js";

export const ALICE: Participant = { role: "actor", person: "p_abcdefghijklmnopqrstuvwxyz" as PersonId, type: "User" };

export interface Move {
  readonly kind?: Draft["kind"];
  readonly to: string | null;
  readonly trigger: string;
  readonly metadata?: JsonObject;
  readonly people?: readonly Participant[];
}

/** A record, `acme/shop#7`, that made the given moves, a minute apart. */
export function aStory(moves: readonly Move[], overrides: Partial<LoopRecord> = {}): LoopRecord {
  let record = { ...aRecord({ id: "record-7" }), lifecycle: "github", ...overrides };
  for (const [index, { kind = "transition", to, trigger, metadata = {}, people = [ALICE] }] of moves.entries()) {
    const draft: Draft = { kind, toState: to, trigger, occurredAt: null, people, metadata };
    const recording = { timestamp: moment((index + 1) * 60), source: { kind: "api" } as const };
    const { head, entries } = advance<string>(GITHUB, headOf(record), [draft], recording);
    record = { ...withHistory(head, [...record.entries, ...entries]) };
  }
  return record;
}

export const QUEUED: Move = { to: "task_queued", trigger: "worker.picked_up" };
export const MERGED_RED: Move = {
  kind: "exception",
  to: "merged",
  trigger: "pr.merged",
  metadata: { rule: "merged_before_ci_passed" },
};

/** What a hook is told of a record's newest transition. */
export function newestTransition(record: LoopRecord): Parameters<TransitionHook> {
  const entry = record.entries.map(openEntry).findLast(({ kind }) => kind === "transition" || kind === "exception");
  return [record, entry?.fromState ?? "", entry?.toState ?? "", entry?.trigger ?? ""];
}

/** Everything that isolation wants, with a log to look into. */
export function givenIsolation(overrides: Partial<Omit<IsolationOptions, "logger">> = {}) {
  const logger = new Log();
  const stats = new HookStats();
  const clock = () => new Date();
  return { timeoutMs: 5_000, concurrency: 4, logger, stats, clock, redact: (text: string) => text, ...overrides };
}

/** Posting over real HTTP to the loopback, with waits that take no time and are kept. */
export function givenPosting(overrides: Partial<PostOptions> = {}) {
  const waits: number[] = [];
  const now = { ms: Date.parse(moment(0)) };
  const options: PostOptions = {
    fetch: createGuardedFetch({ allowPrivate: true }),
    budgetMs: 10_000,
    clock: () => new Date(now.ms),
    random: () => 0.5,
    wait: async (ms) => {
      waits.push(ms);
      now.ms += ms;
    },
    ...overrides,
  };
  return { options, waits };
}

export function aQuestion(overrides: Partial<GateQuestion> = {}): GateQuestion {
  const record = aStory([QUEUED, { to: "pr_created", trigger: "pr.opened" }]);
  return {
    head: headOf(record),
    entries: record.entries.map(openEntry),
    pull: { url: "https://github.com/acme/shop/pull/8", number: 8, headSha: "a".repeat(40), baseRef: "main" },
    ...overrides,
  };
}

export function aConfiguredGate(gate: Gate, overrides: Partial<GateOptions> = {}) {
  return configuredGate(gate, { ...givenIsolation(), filters: {}, onFailure: "neutral", ...overrides });
}

/** A stream to write to, and what was written to it. */
export function aStream() {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString("utf8")));
  return { stream, text: () => chunks.join("") };
}

/** A signal that never fires. */
export function noSignal(): AbortSignal {
  return new AbortController().signal;
}
