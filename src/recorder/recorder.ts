import { LRUCache } from "lru-cache";
import {
  advance,
  createRecord,
  cycleOf,
  DEFAULT_POLICY,
  type Draft,
  type EntityId,
  type Entry,
  entityOf,
  eventOf,
  GITHUB,
  isVersionConflict,
  type JudgedBy,
  type Lifecycle,
  LoopForgeError,
  type LoopRecord,
  type Membership,
  type NewRecord,
  type Observation,
  type OfPull,
  openEntry,
  type Policy,
  plan,
  projectHead,
  type RecordHead,
  type RecordId,
  type Recording,
  readGrounds,
  type Source,
  STRICT,
  type StoredEntry,
  timestamp,
  versionConflict,
  type WorkItem,
  withHistory,
} from "../core/index.js";
import { type EntryListener, type HookOutcome, type Logger, runHooks, type TransitionHook } from "../hook.js";
import { headOf } from "../store/head-of.js";
import type { RecordStore } from "../store/over-repository.js";
import type { Appended, Facts } from "../store/repository.js";
import { isRecordedIn, membershipOf, WorkItems } from "./work-items.js";

export interface RecorderOptions {
  readonly store: RecordStore & { readonly facts: Facts };
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
  /** What the facts say of it. */
  readonly item: WorkItem;
  /** What was recorded; empty where it was nothing new. */
  readonly entries: readonly StoredEntry[];
  readonly outcomes: readonly HookOutcome[];
}

export interface ObserveOptions {
  /** What the team asks for: whose word counts may turn on which pull request the work item goes by. */
  readonly policyFor?: (item: WorkItem) => Promise<Policy>;
  /** Fields of the record to create if none exists. If omitted, an unknown record is ignored. */
  readonly opening?: NewRecord;
  /** The lifecycle of a record that is opened; a known one stays in its own. */
  readonly lifecycle?: Lifecycle;
  /** The names of the hooks that run; null or nothing said: all of them. */
  readonly hooks?: readonly string[] | null;
  /** The same key writes once; a replay runs the hooks again, for they may not have run the first time. */
  readonly key?: string;
  /** A pull request that belongs to the record from now on, whether the observation is about it or not. */
  readonly joins?: OfPull;
  /** A pull request that leaves the record by this observation. */
  readonly leaving?: Membership["leaving"];
  /**
   * Reads what is so at GitHub now and adds it to the facts; asked once, before a merge, a broken rule or the end of a given-up work item is
   * recorded: what was delivered may not be all that there is to know. Returns pull requests that belong to the record.
   */
  readonly catchUp?: () => Promise<readonly OfPull[]>;
  /** What the observation says was added to the facts already: one that concerns many records is added once. */
  readonly isLearned?: boolean;
}

/** To whom a commit is told. */
interface Announcing {
  readonly source: Source;
  readonly hooks: readonly string[] | null;
  readonly item: WorkItem;
}

/** What is to be written of a record. */
interface Decided {
  readonly known: RecordHead | null;
  readonly opened: LoopRecord | null;
  readonly item: WorkItem;
  /** What the observation is about, and the event that it tells of. */
  readonly entity: EntityId | null;
  readonly event: string | null;
  /** Whether neither head nor ledger would change. */
  readonly isUnchanged: boolean;
  readonly head: RecordHead;
  readonly entries: readonly StoredEntry[];
}

/** The lifecycles that a record of the App can be in. */
const LIFECYCLES: ReadonlyMap<string, Lifecycle> = new Map([STRICT, GITHUB].map((one: Lifecycle) => [one.name, one]));

/** Tries before a writer that keeps losing gives up. Each try that is lost is one that another writer won. */
const MAX_TRIES = 1000;

/** The App's way to its records: takes what GitHub says of one, plans what follows from it, and appends that in one write. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #store: RecorderOptions["store"];
  readonly workItems: WorkItems;
  /** By which policy a merge was judged: its entry does not change. */
  readonly #judged = new LRUCache<string, JudgedBy>({ max: 5000 });

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#store = options.store;
    this.workItems = new WorkItems(options.store.facts, options.clock);
  }

  /**
   * Adds what the observation says to the facts, unless that is done, then decides from all of them. The decision does not depend on
   * whether a fact was new, so that a process that dies in between is repaired by the retry.
   * @returns null for an unknown record without an opening
   */
  async observe(recordId: RecordId, observation: Observation, options: ObserveOptions): Promise<Observed | null> {
    if (!options.isLearned) await this.#learn(observation);
    const catchUp = onceOnly(options.catchUp);
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const decided = await this.#decide(recordId, observation, options, catchUp);
      if (!decided) return null;
      const observed = await this.#append(decided, observation, options);
      if (observed) return observed;
    }
    throw versionConflict(recordId, 0);
  }

  /** Who adds facts by way of one record judges that one again, and knows of no others. */
  async #learn({ news, hearing }: Observation): Promise<void> {
    const since = await this.workItems.learn(news, hearing);
    if (news.checks && since !== null) this.workItems.ciIsKnown(news.checks.repoId, since);
  }

  /** What is to be written of a record as it is now. */
  async #decide(
    recordId: RecordId,
    observation: Observation,
    options: ObserveOptions,
    catchUp: CatchUp,
  ): Promise<Decided | null> {
    const { policyFor = async () => DEFAULT_POLICY, opening } = options;
    const recording = { timestamp: timestamp(this.#options.clock()), source: observation.source };
    const known = await this.#store.head(recordId);
    if (!known && !opening) return null;
    const lifecycle = known ? lifecycleOf(known) : (options.lifecycle ?? GITHUB);
    const opened = known || !opening ? null : open(recordId, opening, lifecycle, observation, recording);
    const before = known ?? (opened && headOf(opened));
    if (!before) return null;

    const event = eventOf(observation);
    const decide = async (more: readonly OfPull[]) => {
      const membership = withNews(before.recordId, membershipOf(before), observation, options.leaving, [
        ...(options.joins ? [options.joins] : []),
        ...more,
      ]);
      const { item, sets } = await this.workItems.load(membership);
      const policy = await policyFor(item);
      const entity = subjectOf(observation, membership);
      const isRecorded = event !== null && entity !== null && isRecordedIn(sets, entity, recordId, event);
      const judgedBy = await this.#judgedBy(before);
      const drafts = plan({ lifecycle, policy, head: before, item, observation, isRecorded, judgedBy });
      return { item, policy, drafts, entity };
    };
    let decision = await decide([]);
    if (decision.drafts.some(isDecisive)) {
      const more = await catchUp();
      if (more) decision = await decide(more);
    }
    // The first entry says by what it came to be known: a note of the same would say it twice.
    const drafts = opened ? decision.drafts.filter(({ kind }) => kind !== "note") : decision.drafts;
    const projected = projectHead(before, decision.item, decision.policy);
    const isUnchanged = known !== null && projected === known && drafts.length === 0;
    const { head, entries } = advance(lifecycle, projected, drafts, recording);
    return { known, opened, item: decision.item, entity: decision.entity, event, isUnchanged, head, entries };
  }

  /** @returns null where another writer was first */
  async #append(
    decided: Decided,
    observation: Observation,
    { hooks = null, key }: ObserveOptions,
  ): Promise<Observed | null> {
    const { known, opened, item, entity, event, isUnchanged, head, entries } = decided;
    const { recordId } = head;
    const announcing = { source: observation.source, hooks, item };
    if (known && isUnchanged) return this.#repeated(known, announcing);
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
    if (!appended) return null;
    if (entity !== null && event !== null && write.entries.length > 0) {
      await this.workItems.noteRecorded(entity, recordId, event);
    }
    if (!appended.replayed) return this.#announce(write.head, write.entries, announcing);
    const current = await this.#store.head(recordId);
    return current && this.#announce(current, await this.#between(recordId, appended), announcing);
  }

  async #judgedBy({ recordId, merges }: RecordHead): Promise<ReadonlyMap<string, JudgedBy>> {
    const judgedBy = new Map<string, JudgedBy>();
    for (const { pull, seq } of merges) {
      const id = `${recordId}#${seq}`;
      const judged = this.#judged.get(id) ?? (await this.#readJudged(recordId, seq));
      if (!judged) continue;
      this.#judged.set(id, judged);
      judgedBy.set(pull, judged);
    }
    return judgedBy;
  }

  async #readJudged(recordId: RecordId, seq: number): Promise<JudgedBy | null> {
    const [stored] = await this.#store.entries(recordId, { after: seq - 1, limit: 1 });
    const grounds = stored && readGrounds(openEntry(stored).metadata.grounds);
    return grounds ? { policy: grounds.policy, ciWasGone: grounds.ci === "not_known" } : null;
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
    const { source, item } = announcing;
    const nobodyListens = (this.#options.hooks ?? []).length === 0 && (this.#options.listeners ?? []).length === 0;
    if (nobodyListens || source.kind !== "webhook") return { head, item, entries: [], outcomes: [] };
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
    { source, hooks: names, item }: Announcing,
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
    return { head, item, entries, outcomes };
  }

  #between(recordId: RecordId, { first, last }: Appended): Promise<readonly StoredEntry[]> {
    return this.#store.entries(recordId, { after: first - 1, limit: last - first + 1 });
  }
}

type CatchUp = () => Promise<readonly OfPull[] | null>;

/** Asks once; null where it was asked before, or there is nobody to ask. */
function onceOnly(catchUp: ObserveOptions["catchUp"]): CatchUp {
  let isAsked = false;
  return async () => {
    if (!catchUp || isAsked) return null;
    isAsked = true;
    return catchUp();
  };
}

/** What the record is about once this is heard. */
function withNews(
  recordId: RecordId,
  { issue, pulls }: Membership,
  { news }: Observation,
  leaving: Membership["leaving"],
  more: readonly OfPull[],
): Membership {
  const joined = [...pulls, ...(news.pull ? [news.pull] : []), ...more].map(({ repoId, number }) => ({
    repoId,
    number,
  }));
  const isLeaving = ({ repoId, number }: OfPull) => leaving?.repoId === repoId && leaving.number === number;
  const stays = new Map(
    joined.filter((pull) => !isLeaving(pull)).map((pull) => [`${pull.repoId}#${pull.number}`, pull]),
  );
  const named = news.issue ? { repoId: news.issue.repoId, number: news.issue.number, cycle: cycleOf(recordId) } : null;
  return { issue: issue ?? named, pulls: [...stays.values()], ...(leaving ? { leaving } : {}) };
}

/** The entity that an event is about: there it is noted that it was recorded. */
function subjectOf({ news }: Observation, { issue, pulls }: Membership): EntityId | null {
  const pull =
    news.pull ?? news.review ?? news.queue ?? news.verdict ?? news.autoMerge ?? news.ciTimedOut ?? news.mergeRefused;
  if (pull) return entityOf.pull(pull.repoId, pull.number);
  if (issue) return entityOf.issue(issue.repoId, issue.number);
  const [first] = pulls;
  return first ? entityOf.pull(first.repoId, first.number) : null;
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
