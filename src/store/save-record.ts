import { type LoopRecord, type RecordHead, versionConflict } from "../core/index.js";
import { headOf } from "./head-of.js";
import type { LoopStore } from "./repository.js";

/** `Repository.save` on top of a store's conditional append: writes the entries beyond those that are kept. */
export async function saveRecord(store: Pick<LoopStore, "head" | "append">, record: LoopRecord): Promise<void> {
  const kept = await store.head(record.recordId);
  if (kept && isSame(kept, record)) return;
  if (kept && !isEarlier(kept, record)) throw versionConflict(record.recordId, record.version - 1);
  await store.append({
    head: headOf(record),
    expectedVersion: kept?.version ?? 0,
    entries: record.entries.slice(kept?.ledger.length ?? 0),
    linked: without(record.links, kept?.links ?? []),
    unlinked: without(kept?.links ?? [], record.links),
  });
}

function isSame(kept: RecordHead, record: LoopRecord): boolean {
  return kept.version === record.version && kept.ledger.hash === record.ledger.hash;
}

/** A higher version is not enough: two that both went on from the same one have parted, and the later must not cover the other. */
function isEarlier(kept: RecordHead, record: LoopRecord): boolean {
  const { length, hash } = kept.ledger;
  return kept.version < record.version && (record.entries[length - 1]?.hash ?? null) === hash;
}

function without(links: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return links.filter((link) => !known.has(link));
}
