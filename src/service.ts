import { randomBytes, randomUUID } from "node:crypto";
import {
  type Account,
  advance,
  createRecord,
  type Draft,
  decide,
  isVersionConflict,
  type Lifecycle,
  LoopForgeError,
  type LoopRecord,
  type LoopState,
  type NewRecord,
  type Participant,
  type RecordHead,
  type RecordId,
  recordId,
  SALT_BYTES,
  STRICT,
  timestamp,
  toJsonObject,
  versionConflict,
  withHistory,
} from "./core/index.js";
import { type HookOutcome, type Logger, runHooks, type TransitionHook } from "./hook.js";
import { headOf } from "./store/head-of.js";
import { type RecordStore, recordStore } from "./store/over-repository.js";
import type { Appended, Repository } from "./store/repository.js";

export interface LoopServiceOptions<State extends string = LoopState> {
  /** A shipped backend, or one of your own with four methods. */
  readonly repository: Repository;
  /** Run after each transition, in order of transitions. */
  readonly hooks?: readonly TransitionHook<State>[];
  /** How long a hook may hold up whoever asked for the transition, in milliseconds; 10,000 by default. */
  readonly hookTimeoutMs?: number;
  readonly lifecycle?: Lifecycle<State>;
  readonly clock?: () => Date;
  readonly logger?: Logger;
  readonly newId?: () => RecordId;
  readonly newSalt?: () => Uint8Array;
}

export type TransitionResult<State extends string = LoopState> =
  | {
      readonly success: true;
      readonly record: LoopRecord<State>;
      readonly previousState: State;
      readonly newState: State;
    }
  | {
      readonly success: false;
      readonly error: string;
      /** Absent where no such record is known. */
      readonly record?: LoopRecord<State>;
      readonly previousState?: State;
    };

/** Tries before a writer that keeps losing gives up. Each try that is lost is one that another writer won. */
const MAX_TRIES = 1000;

/** The library's door: loads a record, decides, appends, runs hooks. */
export class LoopService<State extends string = LoopState> {
  readonly #store: RecordStore;
  readonly #hooks: readonly TransitionHook<State>[];
  readonly #hookTimeoutMs: number;
  readonly #lifecycle: Lifecycle<State>;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  readonly #newId: () => RecordId;
  readonly #newSalt: () => Uint8Array;

  constructor(options: LoopServiceOptions<State>) {
    this.#store = recordStore(options.repository);
    this.#hooks = options.hooks ?? [];
    this.#hookTimeoutMs = options.hookTimeoutMs ?? 10_000;
    this.#lifecycle = options.lifecycle ?? (STRICT as Lifecycle<string> as Lifecycle<State>);
    this.#clock = options.clock ?? (() => new Date());
    this.#logger = options.logger ?? STDERR;
    this.#newId = options.newId ?? (() => recordId(randomUUID()));
    this.#newSalt = options.newSalt ?? (() => randomBytes(SALT_BYTES));
  }

  /**
   * A new record in the first state of the lifecycle.
   * @throws LoopForgeError `invalid_metadata` or `entry_too_large` for metadata that cannot be kept.
   */
  async create(input: NewRecord, options: { readonly actor?: Account } = {}): Promise<LoopRecord<State>> {
    const metadata = toJsonObject(input.created?.metadata ?? {});
    const people = [...(await this.#actor(options.actor)), ...(input.created?.people ?? [])];
    const record = createRecord<State>(
      { ...input, created: { ...input.created, metadata, people } },
      { recordId: this.#newId(), timestamp: timestamp(this.#clock()), lifecycle: this.#lifecycle },
    );
    await this.#store.append({ head: headOf(record), expectedVersion: 0, entries: record.entries });
    return record;
  }

  /** The record with its whole history, or null. */
  async get(recordId: RecordId): Promise<LoopRecord<State> | null> {
    const head = await this.#head(recordId);
    return head && this.#whole(head);
  }

  /**
   * A command: moves the record if its lifecycle allows it, and records who asked for what. A refused one moves nothing; the refusal
   * is recorded. Of two at once, one wins and the other is decided again on the new state.
   * @throws LoopForgeError `invalid_metadata` or `entry_too_large` for metadata that cannot be kept.
   */
  async transition(
    recordId: RecordId,
    toState: State,
    trigger: string,
    metadata: object = {},
    options: { readonly actor?: Account } = {},
  ): Promise<TransitionResult<State>> {
    const details = toJsonObject(metadata);
    if (!trigger.isWellFormed()) throw new LoopForgeError("invalid_metadata", "The trigger is not Unicode text");
    const people = await this.#actor(options.actor);
    const committed = await this.#commit(recordId, (head) => {
      const decision = decide(this.#lifecycle, head.state, toState);
      const refusal = decision.legal ? {} : { error: decision.error };
      const kind = decision.legal ? "transition" : "rejected";
      const draft: Draft = { kind, toState, trigger, occurredAt: null, people, metadata: { ...details, ...refusal } };
      const next = decision.legal ? withPull(head, details) : head;
      return { head: next, drafts: [draft], outcome: { decision, previousState: head.state } };
    });
    if (!committed) return { success: false, error: `Record not found: ${recordId}` };

    const { decision, previousState } = committed.outcome;
    const record = await this.#whole(committed.head);
    if (!decision.legal) return { success: false, error: decision.error, record, previousState };
    if (this.#hooks.length > 0) await this.#runHooks(record, previousState, toState, trigger);
    return { success: true, record, previousState, newState: toState };
  }

  async #commit<Outcome>(
    recordId: RecordId,
    decideOn: (head: RecordHead<State>) => { head: RecordHead<State>; drafts: readonly Draft[]; outcome: Outcome },
  ): Promise<{ head: RecordHead<State>; outcome: Outcome } | null> {
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const known = await this.#head(recordId);
      if (!known) return null;
      const { head: changed, drafts, outcome } = decideOn(known);
      const recording = { timestamp: timestamp(this.#clock()), source: { kind: "api" } as const };
      const { head, entries } = advance(this.#lifecycle, changed, drafts, recording);
      if (await this.#tryAppend({ head, expectedVersion: known.version, entries })) return { head, outcome };
    }
    throw versionConflict(recordId, 0);
  }

  async #tryAppend(write: Parameters<RecordStore["append"]>[0]): Promise<Appended | null> {
    try {
      return await this.#store.append(write);
    } catch (error) {
      if (isVersionConflict(error)) return null;
      throw error;
    }
  }

  #runHooks(...transition: Parameters<TransitionHook<State>>): Promise<readonly HookOutcome[]> {
    return runHooks(this.#hooks, transition, { timeoutMs: this.#hookTimeoutMs, logger: this.#logger });
  }

  async #head(recordId: RecordId): Promise<RecordHead<State> | null> {
    const head = await this.#store.head(recordId);
    if (!head) return null;
    if (head.lifecycle === this.#lifecycle.name) return head as RecordHead<State>;
    throw new LoopForgeError(
      "invalid_lifecycle",
      `Record ${recordId} is in lifecycle ${head.lifecycle}, this service works with ${this.#lifecycle.name}: pass the record's own as \`lifecycle\``,
    );
  }

  async #whole(head: RecordHead<State>): Promise<LoopRecord<State>> {
    const entries = await this.#store.entries(head.recordId);
    return withHistory(head, entries.slice(0, head.ledger.length));
  }

  async #actor(account: Account | undefined): Promise<readonly Participant[]> {
    if (!account) return [];
    const person = await this.#store.people.identify(account, this.#newSalt());
    return [{ role: "actor", person, type: account.type }];
  }
}

/** A command that names its pull request says so in its metadata. */
function withPull<State extends string>(
  head: RecordHead<State>,
  metadata: { readonly [key: string]: unknown },
): RecordHead<State> {
  const { prUrl, prNumber } = metadata;
  if (typeof prUrl !== "string" && typeof prNumber !== "number") return head;
  return {
    ...head,
    prUrl: typeof prUrl === "string" ? prUrl : head.prUrl,
    prNumber: typeof prNumber === "number" ? prNumber : head.prNumber,
  };
}

/** Without a logger of the user's own, warnings go to standard error, a line each. */
const STDERR: Logger = {
  warn: (details, message) => console.error("loopforge:", message, details),
  error: (details, message) => console.error("loopforge:", message, details),
};
