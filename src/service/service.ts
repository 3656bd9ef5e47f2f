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
} from "../core/index.js";
import { type Logger, runHooks, type TransitionHook } from "../hook.js";
import { headOf } from "../store/head-of.js";
import { type RecordStore, recordStore } from "../store/over-repository.js";
import type { Repository } from "../store/repository.js";

export interface LoopServiceOptions<State extends string = LoopState> {
  /** A shipped backend, or one of your own with four methods. */
  readonly repository: Repository;
  /**
   * Run after each transition was committed, side by side. Nobody waits for them but the hooks of the same record's next transition,
   * and whoever calls {@link LoopService.settled}.
   */
  readonly hooks?: readonly TransitionHook<State>[];
  /** How long a hook may hold up the hooks of its record's next transition, in milliseconds; 10,000 by default. */
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
  readonly #hookRuns = new HookRuns();

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
   * is recorded. Of two at once, one wins and the other is decided again on the new state. Resolves after the commit and before the
   * hooks have ended: see {@link settled}.
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

    const { head, turn, outcome } = committed;
    const { decision, previousState } = outcome;
    try {
      const record = await this.#whole(head);
      if (!decision.legal) return { success: false, error: decision.error, record, previousState };
      turn?.run(() => this.#runHooks(record, previousState, toState, trigger));
      return { success: true, record, previousState, newState: toState };
    } finally {
      turn?.pass();
    }
  }

  /**
   * Resolves when all hooks under way, those of transitions that are being committed among them, have ended or run out of time. Wait
   * for it before a process ends, or is put to sleep as a function of a cloud is. Never rejects.
   */
  settled(): Promise<void> {
    return this.#hookRuns.settled();
  }

  async #commit<Outcome>(
    recordId: RecordId,
    decideOn: (head: RecordHead<State>) => { head: RecordHead<State>; drafts: readonly Draft[]; outcome: Outcome },
  ): Promise<{ head: RecordHead<State>; turn: Turn | null; outcome: Outcome } | null> {
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const known = await this.#head(recordId);
      if (!known) return null;
      const { head: changed, drafts, outcome } = decideOn(known);
      const recording = { timestamp: timestamp(this.#clock()), source: { kind: "api" } as const };
      const { head, entries } = advance(this.#lifecycle, changed, drafts, recording);
      // Taken before the append: whoever builds on this commit, however early its news comes, takes a later turn.
      const turn = this.#hooks.length > 0 ? this.#hookRuns.take(recordId) : null;
      try {
        await this.#store.append({ head, expectedVersion: known.version, entries });
        return { head, turn, outcome };
      } catch (error) {
        turn?.pass();
        if (!isVersionConflict(error)) throw error;
      }
    }
    throw versionConflict(recordId, 0);
  }

  async #runHooks(...transition: Parameters<TransitionHook<State>>): Promise<void> {
    await runHooks(this.#hooks, transition, { timeoutMs: this.#hookTimeoutMs, logger: this.#logger });
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

/** A place in the order of a record's hooks. Those behind it wait until it was passed, or what was run in it has ended. */
interface Turn {
  /** Never rejects, and so must not what it runs. */
  run(work: () => Promise<void>): void;
  /** Leaves the turn to the next, unless something runs in it. */
  pass(): void;
}

/** Runs of hooks: those of one record in the order of its transitions, those of different records side by side. */
class HookRuns {
  readonly #last = new Map<RecordId, Promise<void>>();

  take(recordId: RecordId): Turn {
    const before = this.#last.get(recordId);
    let decide: (work: () => Promise<void>) => void = () => {};
    const decided = new Promise<() => Promise<void>>((resolve) => {
      decide = resolve;
    });
    const ended = inTurn(before, decided);
    this.#last.set(recordId, ended);
    void ended.then(() => {
      if (this.#last.get(recordId) === ended) this.#last.delete(recordId);
    });
    return { run: decide, pass: () => decide(async () => {}) };
  }

  async settled(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}

async function inTurn(before: Promise<void> | undefined, decided: Promise<() => Promise<void>>): Promise<void> {
  await before;
  await (await decided)();
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
