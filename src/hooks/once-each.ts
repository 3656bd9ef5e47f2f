import { LRUCache } from "lru-cache";
import type { RecordId } from "../core/index.js";
import type { EntryListener } from "../hook.js";

/** Records of which it is remembered what was told, and the entries that are remembered of each. */
const REMEMBERED = 20_000;
const REMEMBERED_ENTRIES = 64;

/**
 * Tells a listener of no entry twice. A delivery that is worked again, because GitHub did not take the report for one, is announced
 * again; a process that died in between cannot know, and tells again. Entries need not come in their order: one that was never told,
 * for the process before died, may come after later ones.
 */
export function onceEach(listener: EntryListener): EntryListener {
  const told = new LRUCache<RecordId, readonly number[]>({ max: REMEMBERED });
  return (head, entries) => {
    const known = told.get(head.recordId) ?? [];
    const fresh = entries.filter(({ seq }) => !known.includes(seq));
    if (fresh.length === 0) return;
    told.set(head.recordId, [...known, ...fresh.map(({ seq }) => seq)].slice(-REMEMBERED_ENTRIES));
    return listener(head, fresh);
  };
}
