import {
  advance,
  createRecord,
  DEFAULT_POLICY,
  type Draft,
  type Entry,
  type Facts,
  factsAfter,
  GITHUB,
  isVersionConflict,
  type Lifecycle,
  LoopForgeError,
  type LoopRecord,
  type NewRecord,
  type News,
  type Observation,
  openEntry,
  type Policy,
  plan,
  type RecordHead,
  type RecordId,
  type Recording,
  reflect,
  type Source,
  STRICT,
  type StoredEntry,
  timestamp,
  versionConflict,
  withHistory,
} from "../core/index.js";
import { type EntryListener, type HookOutcome, type Logger, runHooks, type TransitionHook } from "../hook.js";
import { headOf } from "../store/head-of.js";
import type { RecordStore } from "../store/over-repository.js";
import type { Appended } from "../store/repository.js";

export interface RecorderOptions {
  readonly store: RecordStore;
  readonly hooks?: readonly TransitionHook[];
  /** How long a hook may hold up its delivery, in milliseconds; 10,000 by default. */
  readonly hookTimeoutMs?: number;
  /** Told of every commit, also of entries that move nothing. */
  readonly listeners?: readonly EntryListener[];
  readonly clock: () => Date;
  readonly logger: Logger;
}

/** What came of an observation of one record. */
export interface Observed {
  readonly head: RecordHead;
  /** What was recorded; empty where it was nothing new. */
  readonly entries: readonly StoredEntry[];
  readonly outcomes: readonly HookOutcome[];
}

export interface ObserveOptions {
  /** What the team asks for: which team's word counts may turn on what is known of the work item once it was heard. */
  readonly policyFor?: (facts: Facts) => Promise<Policy>;
  /** What the record is made of where it is not known yet; without it, an unknown record is left alone. */
  readonly opening?: NewRecord;
  /** The lifecycle of a record that is opened; a known one stays in its own. */
  readonly lifecycle?: Lifecycle;
  /** The names of the hooks that run; null or nothing said: all of them. */
  readonly hooks?: readonly string[] | null;
  /** The same key writes once; a replay runs the hooks again, for they may not have run the first time. */
  readonly key?: string;
  /**
   * Reads what is so at GitHub now; asked once, before a merge, a broken rule or the end of a given-up work item is recorded: what
   * was delivered may not be all that there is to know.
   */
  readonly catchUp?: () => Promise<readonly News[]>;
}

/** To whom a commit is told. */
interface Announcing {
  readonly source: Source;
  readonly hooks: readonly string[] | null;
}

/** The lifecycles that a record of the App can be in. */
const LIFECYCLES: ReadonlyMap<string, Lifecycle> = new Map([STRICT, GITHUB].map((one: Lifecycle) => [one.name, one]));

/** Tries before a writer that keeps losing gives up. Each try that is lost is one that another writer won. */
const MAX_TRIES = 1000;

/** The App's way to its records: takes what GitHub says of one, plans what follows from it, and appends that in one write. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #store: RecordStore;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#store = options.store;
  }

  /** @returns null for an unknown record without an opening */
  async observe(recordId: RecordId, observation: Observation, options: ObserveOptions): Promise<Observed | null> {
    const { policyFor = async () => DEFAULT_POLICY, opening, catchUp, key } = options;
    let seen = observation;
    let isCaughtUp = false;
    const recording = () => ({ timestamp: timestamp(this.#options.clock()), source: observation.source });
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const known = await this.#store.head(recordId);
      if (!known && !opening) return null;
      const lifecycle = known ? lifecycleOf(known) : (options.lifecycle ?? GITHUB);
      const opened = known || !opening ? null : open(recordId, opening, lifecycle, observation, recording());
      const before = known ?? (opened && headOf(opened));
      if (!before) return null;

      let policy = await policyFor(factsAfter(before.facts, seen));
      let { facts, drafts } = plan(lifecycle, policy, before, seen);
      if (catchUp && !isCaughtUp && drafts.some(isDecisive)) {
        isCaughtUp = true;
        seen = { ...observation, background: [...(observation.background ?? []), ...(await catchUp())] };
        policy = await policyFor(factsAfter(before.facts, seen));
        ({ facts, drafts } = plan(lifecycle, policy, before, seen));
      }
      const announcing = { source: observation.source, hooks: options.hooks ?? null };
      // The first entry says by what it came to be known: a note of the same would say it twice.
      if (opened) drafts = drafts.filter(({ kind }) => kind !== "note");
      if (known && facts === known.facts && drafts.length === 0) return this.#repeated(known, announcing);

      const { head, entries } = advance(lifecycle, reflect(before, facts, policy), drafts, recording());
      const expectedVersion = known?.version ?? 0;
      const write = {
        head: { ...head, version: expectedVersion + 1 },
        expectedVersion,
        entries: [...(opened?.entries ?? []), ...entries],
        linked: head.links.filter((link) => !known?.links.includes(link)),
        unlinked: (known?.links ?? []).filter((link) => !head.links.includes(link)),
        ...(key === undefined ? {} : { idempotencyKey: key }),
      };
      const appended = await this.#tryAppend(write);
      if (!appended) continue;
      if (!appended.replayed) return this.#announce(write.head, write.entries, announcing);
      const current = await this.#store.head(recordId);
      return current && this.#announce(current, await this.#between(recordId, appended), announcing);
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
  async #repeated(head: RecordHead, announcing: Announcing): Promise<Observed> {
    const { source } = announcing;
    const nobodyListens = (this.#options.hooks ?? []).length === 0 && (this.#options.listeners ?? []).length === 0;
    if (nobodyListens || source.kind !== "webhook") return { head, entries: [], outcomes: [] };
    const newest = await this.#store.entries(head.recordId, { newest: true, limit: 20 });
    const own = newest.filter((stored) => {
      const entry = openEntry(stored);
      return entry.source.kind === "webhook" && entry.source.delivery === source.delivery;
    });
    return this.#announce(head, own, announcing);
  }

  /** Hooks are told of what happens, not of what happened before the App was there. */
  async #announce(
    head: RecordHead,
    entries: readonly StoredEntry[],
    { source, hooks: names }: Announcing,
  ): Promise<Observed> {
    const { listeners = [], hookTimeoutMs: timeoutMs = 10_000, logger } = this.#options;
    const meant = (this.#options.hooks ?? []).filter(({ name }) => names === null || names.includes(name));
    const hooks = source.kind === "backfill" ? [] : meant;
    const outcomes: HookOutcome[] = [];
    const news = hooks.length + listeners.length === 0 ? [] : entries.map(openEntry);
    for (const listener of listeners) if (news.length > 0) await listener(head, news);
    const moves = hooks.length === 0 ? [] : news.flatMap(moveOf);
    const ledger = moves.length > 0 ? await this.#store.entries(head.recordId) : [];
    for (const { seq, from, to, trigger } of moves) {
      // The record as it was then: a hook that runs again, later, is told the same.
      const record = withHistory({ ...head, state: to }, ledger.slice(0, seq));
      outcomes.push(...(await runHooks(hooks, [record, from, to, trigger], { timeoutMs, logger })));
    }
    return { head, entries, outcomes };
  }

  #between(recordId: RecordId, { first, last }: Appended): Promise<readonly StoredEntry[]> {
    return this.#store.entries(recordId, { after: first - 1, limit: last - first + 1 });
  }
}

/** The first entry says by what the work item came to be known. */
function open(
  recordId: RecordId,
  opening: NewRecord,
  lifecycle: Lifecycle,
  { cause, occurredAt, people, evidence }: Observation,
  recording: Recording,
): LoopRecord {
  const created = { occurredAt, people, metadata: { cause, ...evidence } };
  return createRecord({ ...opening, created }, { recordId, lifecycle, ...recording });
}

function lifecycleOf({ recordId, lifecycle }: RecordHead): Lifecycle {
  const known = LIFECYCLES.get(lifecycle);
  if (known) return known;
  throw new LoopForgeError(
    "invalid_lifecycle",
    `Record ${recordId} is in lifecycle ${lifecycle}, which the App does not have`,
  );
}

/** What cannot be taken back: a merge, a broken rule, and a work item that is given up. Late deliveries can make it look so. */
function isDecisive({ kind, toState }: Draft): boolean {
  return kind === "exception" || toState === "merged" || toState === "cancelled";
}

function moveOf({ kind, seq, fromState, toState, trigger }: Entry) {
  const moved = kind === "transition" || kind === "exception";
  return moved && fromState !== null && toState !== null ? [{ seq, from: fromState, to: toState, trigger }] : [];
}
