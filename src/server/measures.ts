import { movesState, openEntry, type RecordId } from "../core/index.js";
import { createMetrics, type Metrics } from "../hooks/metrics.js";
import type { HookStats } from "../hooks/stats.js";
import type { Inbox } from "../inbox/inbox.js";
import type { LoopStore } from "../store/repository.js";

export interface MeasuresOptions {
  readonly stats: HookStats;
  readonly store: LoopStore;
  readonly inbox: Inbox;
  /** Requests that GitHub has left for the installation that was heard of last; null before any. */
  readonly rateRemaining: () => number | null;
  readonly clock: () => Date;
}

/** Entries among which the move before is looked for: more lie between two moves only where a great many notes do. */
const LOOK_BACK = 50;

/** The server's metrics, with what only it can measure. */
export function serverMetrics({ stats, store, inbox, rateRemaining, clock }: MeasuresOptions): Promise<Metrics> {
  return createMetrics({
    stats,
    rateRemaining,
    inboxDepth: async () => {
      const { waiting, leased } = await inbox.stats(clock());
      return waiting + leased;
    },
    inboxOldestSeconds: async () => {
      const { oldestWaitingAt } = await inbox.stats(clock());
      return oldestWaitingAt === null ? 0 : Math.max(0, (clock().getTime() - Date.parse(oldestWaitingAt)) / 1000);
    },
    enteredAt: (recordId, seq) => enteredAt(store, recordId, seq),
  });
}

async function enteredAt(store: LoopStore, recordId: RecordId, seq: number): Promise<string | null> {
  const after = Math.max(0, seq - 1 - LOOK_BACK);
  const before = await store.entries(recordId, { after, limit: seq - 1 - after });
  const entered = before.map(openEntry).findLast(movesState);
  return entered?.occurredAt ?? entered?.timestamp ?? null;
}
