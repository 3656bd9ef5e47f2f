import { LoopForgeError, type LoopRecord, linkOf, type RecordId, recordId } from "../core/index.js";
import type { LoopStore } from "../store/repository.js";

/**
 * The record that a person means: by its id, or by the address of its issue or pull request. Where an issue has been through several
 * cycles, the newest.
 * @throws LoopForgeError `record_not_found`, or `usage` for text that is neither
 */
export async function findRecord(store: LoopStore, text: string): Promise<LoopRecord> {
  const ids = await idsOf(store, text);
  const records = (await Promise.all(ids.map((id) => store.get(id)))).filter((record) => record !== null);
  const newest = records.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0];
  if (newest) return newest;
  throw new LoopForgeError("record_not_found", `Record not found: ${text}. \`loopforge list\` shows the known ones`);
}

async function idsOf(store: LoopStore, text: string): Promise<readonly RecordId[]> {
  const address = /^https?:\/\/[^/]+\/([^/]+\/[^/]+)\/(?:issues|pull)\/(\d{1,9})(?:[/?#].*)?$/.exec(text);
  if (address?.[1]) return store.findByLink(linkOf.address(address[1], Number(address[2])));
  try {
    return [recordId(text)];
  } catch (error) {
    throw new LoopForgeError("usage", `Neither a record id nor the address of an issue or pull request: ${text}`, {
      cause: error,
    });
  }
}
