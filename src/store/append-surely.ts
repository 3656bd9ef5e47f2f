import { LoopForgeError } from "../core/index.js";
import { firstSeq } from "./check-append.js";
import type { Append, Appended, LoopStore } from "./repository.js";
import { type RetryOptions, ServerFailure, withRetry } from "./retry.js";

/**
 * Appends through a connection that may break. Where it broke before the answer came, nobody knows whether the write was done; tried
 * again, it can then be refused because of itself, or be taken for a replay of itself. The ledger knows: whether it holds this very
 * write's last entry, whose hash no other has.
 */
export async function appendSurely(
  store: Pick<LoopStore, "head" | "entries">,
  write: Append,
  attempt: (write: Append) => Promise<Appended>,
  retry: RetryOptions,
): Promise<Appended> {
  const written = { replayed: false, first: firstSeq(write), last: write.head.ledger.length };
  let isUnsure = false;
  try {
    const appended = await withRetry(async () => {
      try {
        return await attempt(write);
      } catch (error) {
        isUnsure ||= error instanceof ServerFailure && error.outlook === "unknown";
        throw error;
      }
    }, retry);
    return isUnsure && appended.replayed && (await holds(store, write)) ? written : appended;
  } catch (error) {
    if (isUnsure && isRefusal(error) && (await holds(store, write))) return written;
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof LoopForgeError && (error.code === "version_conflict" || error.code === "record_exists");
}

async function holds(store: Pick<LoopStore, "head" | "entries">, { head, entries }: Append): Promise<boolean> {
  const last = entries.at(-1);
  if (last) {
    const [kept] = await store.entries(head.recordId, { after: last.seq - 1, limit: 1 });
    return kept?.seq === last.seq && kept.hash === last.hash;
  }
  // Nothing but the head was written: when another has written over it since, deciding again loses nothing.
  const kept = await store.head(head.recordId);
  return kept?.version === head.version && JSON.stringify(kept) === JSON.stringify({ ...kept, ...head });
}
