import { timestamp } from "../core/index.js";
import { listGaps } from "../github/catch-up/redeliver.js";
import { openStore } from "../store/open.js";
import type { LoopStore } from "../store/repository.js";
import { type Finding, findingsOf, reasonOf } from "./finding.js";
import { isMissingFile } from "./missing-file.js";

const { ok, warn, fail } = findingsOf("store");
const gapCheck = findingsOf("gaps");

const HOUR_MS = 60 * 60 * 1000;

/** Whether the records can be read and written, by an item that comes and goes again. */
export async function checkStore(url: string, clock: () => Date): Promise<readonly Finding[]> {
  if (isMissingFile(url)) {
    return [warn("Its file is not there yet", "loopforge serve makes it; or name the right one in LOOPFORGE_STORE")];
  }
  let store: LoopStore | undefined;
  try {
    store = await openStore(url, { clock });
    await tryOut(store, clock);
    return [
      ok("It reads and writes"),
      ...(store.warnings ?? []).map((warning) => warn(warning, "docs/storage.md says how to set it up")),
      ...(await checkGaps(store)),
    ];
  } catch (error) {
    return [fail(reasonOf(error), "Without it LoopForge works nothing: check LOOPFORGE_STORE and what it names")];
  } finally {
    await store?.close();
  }
}

async function tryOut({ items }: LoopStore, clock: () => Date): Promise<void> {
  const written = { at: clock().toISOString() };
  // Should it stay behind, it goes by itself.
  await items.put("doctor", "probe", written, { expiresAt: timestamp(clock().getTime() + HOUR_MS) });
  const read = await items.get("doctor", "probe");
  await items.delete("doctor", "probe");
  if (JSON.stringify(read) !== JSON.stringify(written)) throw new Error("It does not give back what was written");
}

async function checkGaps(store: LoopStore): Promise<readonly Finding[]> {
  const gaps = await listGaps(store.items);
  const newest = gaps.toSorted((a, b) => (a.lastAt < b.lastAt ? 1 : -1))[0];
  if (!newest) return [];
  return [
    gapCheck.warn(
      `${gaps.length} deliveries never arrived, the newest (${newest.event}, ${newest.guid}) at ${newest.lastAt}`,
      "loopforge reconcile reads from GitHub's API how things stand; what a delivery alone said is not recorded",
    ),
  ];
}
