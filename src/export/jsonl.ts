import { encodeEntry, type StoredEntry } from "../core/index.js";

/** One entry a line: its fields as they are in the ledger, and its hash. */
export async function* jsonLines(entries: AsyncIterable<StoredEntry>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(encodeEntry(entry))}\n`;
}
