import { LoopForgeError } from "../errors.js";
import type { StoredFact } from "../facts/stored-fact.js";
import type { JsonObject } from "../json.js";
import { decodeHead, encodeHead, extraFields } from "../ledger/codec.js";
import { type Entry, openEntry, type StoredEntry } from "../ledger/entry.js";
import { type BrokenRef, brokenAfter, type JudgedMerge, movesState } from "../ledger/record.js";
import { factsOfHead } from "./facts-of-head.js";
import { type OldFacts, type OldPull, oldFactsIn } from "./old-head.js";
import { recordedEvents } from "./recorded-events.js";

/** A head of schema 1 as schema 2 has it: the head at rest, and the facts that were in it. */
export interface UpgradedHead {
  readonly head: JsonObject;
  readonly facts: readonly StoredFact[];
}

/**
 * Brings a head at rest from schema 1 to schema 2. What follows from the ledger is taken from it; its entries, the state, the version and
 * the links stay as they are. Pure: doing it again gives the same.
 * @returns null for a head that is not of schema 1: it is to be left alone
 * @throws LoopForgeError `corrupt_ledger` when the head is not one
 */
export function upgradeHead(atRest: JsonObject, ledger: readonly StoredEntry[]): UpgradedHead | null {
  const old = oldFactsIn(atRest);
  if (!old) return null;
  const { facts: _, ...fields } = atRest;
  const dates = { since: fields.updated_at ?? null, recorded_at: fields.created_at ?? null };
  const head = decodeHead({ ...fields, ...dates, broken: [], merges: [] });
  const entries = ledger.flatMap(readable);
  const first = entries[0];
  const moved = entries.findLast(movesState);
  const since = moved ? (moved.occurredAt ?? moved.timestamp) : head.since;
  const upgraded = {
    ...head,
    since,
    createdAt: first?.occurredAt ?? head.createdAt,
    closedAt: head.closedAt === null ? null : (moved?.occurredAt ?? head.closedAt),
    recordedAt: first?.timestamp ?? head.recordedAt,
    broken: entries.reduce<readonly BrokenRef[]>(brokenAfter, []),
    merges: mergesIn(old, entries),
  };
  return {
    head: { ...extraFields(fields), ...(encodeHead(upgraded) as unknown as JsonObject) },
    facts: [...factsOfHead(head.recordId, old, entries), ...recordedEvents(head.recordId, old, entries)],
  };
}

/** An entry that somebody broke says nothing here: the verifier names it. */
function readable(stored: StoredEntry): readonly Entry[] {
  try {
    return [openEntry(stored)];
  } catch (error) {
    if (error instanceof LoopForgeError) return [];
    throw error;
  }
}

/**
 * The merges that schema 1 has judged, each with the entry that says so. These entries carry no grounds, so that none of the merges is judged
 * again.
 */
function mergesIn({ pulls }: OldFacts, entries: readonly Entry[]): readonly JudgedMerge[] {
  const moved = entries.find((entry) => movesState(entry) && entry.toState === "merged") ?? entries.at(-1);
  return pulls.flatMap((pull): readonly JudgedMerge[] => {
    if (pull.status.is !== "merged") return [];
    const judgement = entries.find((entry) => isAboutMerge(entry, pull)) ?? moved;
    return judgement ? [{ pull: `${pull.repoId}#${pull.number}`, seq: judgement.seq }] : [];
  });
}

function isAboutMerge({ kind, toState, trigger, metadata }: Entry, { url }: OldPull): boolean {
  const isMerge = toState === "merged" || kind === "exception" || trigger === "pr.merged" || trigger === "auto.merged";
  return isMerge && metadata.url === url;
}
