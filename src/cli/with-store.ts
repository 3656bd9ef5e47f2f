import { existsSync } from "node:fs";
import { Option } from "commander";
import { LoopForgeError } from "../core/index.js";
import { DEFAULT_INBOX } from "../inbox/open.js";
import { DEFAULT_STORE, openStore } from "../store/open.js";
import type { LoopStore } from "../store/repository.js";

export function storeOption(): Option {
  return new Option("--store <url>", "where the records are").env("LOOPFORGE_STORE").default(DEFAULT_STORE);
}

export function inboxOption(): Option {
  return new Option("--inbox <url>", "where deliveries wait").env("LOOPFORGE_INBOX").default(DEFAULT_INBOX);
}

/** Opens a store that is there already, for a command that reads, and closes it afterwards. */
export async function withStore<T>(url: string, work: (store: LoopStore) => Promise<T>): Promise<T> {
  mustExist(url, "LOOPFORGE_STORE", "--store");
  const store = await openStore(url);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Looking into a file that is not there would make an empty one, and say that all is well. */
export function mustExist(url: string, variable: string, option: string): void {
  const file = /^(?:sqlite|json):(?:\/\/)?(.+)$/s.exec(url)?.[1];
  if (file === undefined || file === ":memory:" || existsSync(file)) return;
  throw new LoopForgeError("usage", `There is no file ${file}. Name the right one with ${option} or ${variable}`);
}
