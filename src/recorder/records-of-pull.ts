import { type Explained, linkOf, type OfPull } from "../core/index.js";
import type { LoopStore } from "../store/repository.js";
import { readRecord } from "./read-record.js";
import type { WorkItems } from "./work-items.js";

/** The records that a pull request belongs to, with what the facts say. @param newest how many of each one's entries */
export async function recordsOfPull(
  store: Pick<LoopStore, "findByLink" | "head" | "entries">,
  workItems: WorkItems,
  { repoId, number }: OfPull,
  newest = 1,
): Promise<readonly Explained[]> {
  const ids = await store.findByLink(linkOf.pull(repoId, number));
  const records = await Promise.all(ids.map((id) => readRecord(store, workItems, id, newest)));
  return records.filter((record) => record !== null);
}
