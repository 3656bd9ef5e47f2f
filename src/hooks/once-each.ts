import { LRUCache } from "lru-cache";
import type { RecordId } from "../core/index.js";
import type { EntryListener } from "../hook.js";

/** Records of which it is remembered how far they were told. */
const REMEMBERED = 20_000;

/**
 * Tells a listener of no entry twice. A delivery that is worked again, because GitHub did not take the report for one, is announced
 * again; a process that died in between cannot know, and tells again.
 */
export function onceEach(listener: EntryListener): EntryListener {
  const told = new LRUCache<RecordId, number>({ max: REMEMBERED });
  return (head, entries) => {
    const last = told.get(head.recordId) ?? 0;
    const fresh = entries.filter(({ seq }) => seq > last);
    const newest = fresh.at(-1);
    if (!newest) return;
    told.set(head.recordId, newest.seq);
    return listener(head, fresh);
  };
}
