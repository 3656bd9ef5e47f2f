import { type Entry, type Explained, openEntry, type RecordHead, type RecordId } from "../core/index.js";
import type { LoopStore } from "../store/repository.js";
import { membershipOf, type WorkItems } from "./work-items.js";

type Entries = Pick<LoopStore, "head" | "entries">;

/**
 * A record with what the facts say of it and its newest entries, and, however old, those of its merges, its broken rules and what answers
 * them: no number of other entries hides them.
 */
export async function readRecord(
  store: Entries,
  workItems: WorkItems,
  recordId: RecordId,
  newest: number,
): Promise<Explained | null> {
  const head = await store.head(recordId);
  if (!head) return null;
  const [{ item }, entries] = await Promise.all([
    workItems.load(membershipOf(head)),
    entriesToExplain(store, head, newest),
  ]);
  return { head, item, entries };
}

async function entriesToExplain(store: Entries, head: RecordHead, newest: number): Promise<readonly Entry[]> {
  const recent = (await store.entries(head.recordId, { newest: true, limit: newest })).map(openEntry);
  const first = recent[0]?.seq ?? 1;
  const answers = head.broken.flatMap(({ seq, justifiedBy, correctedBy }) => [seq, ...justifiedBy, correctedBy ?? 0]);
  const wanted = new Set([...answers, ...head.merges.map(({ seq }) => seq)].filter((seq) => seq > 0 && seq < first));
  const older: Entry[] = [];
  for (const seq of [...wanted].sort((a, b) => a - b)) {
    const [stored] = await store.entries(head.recordId, { after: seq - 1, limit: 1 });
    if (stored) older.push(openEntry(stored));
  }
  return [...older, ...recent];
}
