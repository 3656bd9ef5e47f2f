import { randomBytes, randomUUID } from "node:crypto";
import {
  type Account,
  advance,
  createRecord,
  DEFAULT_POLICY,
  type Draft,
  decide,
  type GithubState,
  isVersionConflict,
  type Lifecycle,
  LoopForgeError,
  type LoopRecord,
  type LoopState,
  type NewRecord,
  type News,
  type Observation,
  openEntry,
  type Participant,
  type Policy,
  plan,
  type RecordHead,
  type RecordId,
  type Recording,
  recordId,
  reflect,
  SALT_BYTES,
  STRICT,
  type StoredEntry,
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

/** What came of an observation of one record. */
export interface Observed<State extends string = GithubState> {
  readonly head: RecordHead<State>;
  /** What was recorded; empty where it was nothing new. */
  readonly entries: readonly StoredEntry[];
  readonly outcomes: readonly HookOutcome[];
}

export interface ObserveOptions {
  readonly policy?: Policy;
  readonly opening?: NewRecord;
  readonly key: string;
  readonly catchUp?: () => Promise<readonly News[]>;
}

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

  /**
   * The App's way in: takes what GitHub says of a record, plans what follows from it, and appends that in one write.
   * @param opening what the record is made of where it is not known yet; without it, an unknown record is left alone
   * @param catchUp reads what is so at GitHub now; asked once, before it is recorded that a rule was broken or a work item given up:
   * what seems so may only mean that deliveries are late
   * @param key the same key writes once; a replay runs the hooks again, for they may not have run the first time
   * @returns null for an unknown record without an opening
   */
  async observe(
    recordId: RecordId,
    observation: Observation,
    { policy = DEFAULT_POLICY, opening, key, catchUp }: ObserveOptions,
  ): Promise<Observed<State> | null> {
    let seen = observation;
    const recording = () => ({ timestamp: timestamp(this.#clock()), source: observation.source });
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const known = await this.#head(recordId);
      if (!known && !opening) return null;
      const opened = known || !opening ? null : this.#open(recordId, opening, observation, recording());
      const before = known ?? (opened && headOf(opened));
      if (!before) return null;

      let { facts, drafts } = plan(this.#lifecycle, policy, before, seen);
      if (catchUp && !seen.background && drafts.some(isHasty)) {
        seen = { ...observation, background: await catchUp() };
        ({ facts, drafts } = plan(this.#lifecycle, policy, before, seen));
      }
      if (known && facts === known.facts && drafts.length === 0) return this.#repeated(known, observation);

      const { head, entries } = advance(this.#lifecycle, reflect(before, facts), drafts, recording());
      const expectedVersion = known?.version ?? 0;
      const write = {
        head: { ...head, version: expectedVersion + 1 },
        expectedVersion,
        entries: [...(opened?.entries ?? []), ...entries],
        linked: head.links.filter((link) => !known?.links.includes(link)),
        unlinked: (known?.links ?? []).filter((link) => !head.links.includes(link)),
        idempotencyKey: key,
      };
      const appended = await this.#tryAppend(write);
      if (!appended) continue;
      if (!appended.replayed) return this.#announce(write.head, write.entries);
      const current = await this.#head(recordId);
      return current && this.#announce(current, await this.#between(recordId, appended));
    }
    throw versionConflict(recordId, 0);
  }

  /** The first entry says by what the work item came to be known. */
  #open(recordId: RecordId, opening: NewRecord, observation: Observation, recording: Recording): LoopRecord<State> {
    const { cause, occurredAt, people, evidence } = observation;
    const created = { occurredAt, people, metadata: { cause, ...evidence } };
    return createRecord({ ...opening, created }, { recordId, lifecycle: this.#lifecycle, ...recording });
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

  /** Nothing new; but if this very delivery was recorded before and its process died, its hooks are still owed. */
  async #repeated(head: RecordHead<State>, { source }: Observation): Promise<Observed<State>> {
    if (this.#hooks.length === 0 || source.kind !== "webhook") return { head, entries: [], outcomes: [] };
    const newest = await this.#store.entries(head.recordId, { newest: true, limit: 20 });
    const own = newest.filter((stored) => {
      const entry = openEntry(stored);
      return entry.source.kind === "webhook" && entry.source.delivery === source.delivery;
    });
    return this.#announce(head, own);
  }

  async #announce(head: RecordHead<State>, entries: readonly StoredEntry[]): Promise<Observed<State>> {
    const outcomes: HookOutcome[] = [];
    const moves = this.#hooks.length === 0 ? [] : entries.map(openEntry).filter((entry) => entry.kind !== "created");
    const record = moves.length > 0 ? await this.#whole(head) : null;
    for (const { kind, fromState, toState, trigger } of moves) {
      const moved = kind === "transition" || kind === "exception";
      if (!record || !moved || fromState === null || toState === null) continue;
      outcomes.push(...(await this.#runHooks(record, fromState as State, toState as State, trigger)));
    }
    return { head, entries, outcomes };
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

  #between(recordId: RecordId, { first, last }: Appended): Promise<readonly StoredEntry[]> {
    return this.#store.entries(recordId, { after: first - 1, limit: last - first + 1 });
  }

  async #actor(account: Account | undefined): Promise<readonly Participant[]> {
    if (!account) return [];
    const person = await this.#store.people.identify(account, this.#newSalt());
    return [{ role: "actor", person, type: account.type }];
  }
}

/** What late deliveries can make look so: a broken rule, and an issue that was closed without a merge. */
function isHasty({ kind, toState }: Draft): boolean {
  return kind === "exception" || toState === "cancelled";
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
