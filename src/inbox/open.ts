import { LoopForgeError } from "../core/index.js";
import type { Inbox } from "./inbox.js";

/** What `LOOPFORGE_INBOX` is where it is not set. */
export const DEFAULT_INBOX = "sqlite:loopforge-inbox.db";

/**
 * Opens the inbox that `LOOPFORGE_INBOX` names: `sqlite:FILE`.
 * @throws LoopForgeError `usage` when it names none; `store_unavailable` or `store_schema` when the file cannot be used
 */
export async function openInbox(url: string): Promise<Inbox> {
  const file = /^sqlite:(?:\/\/)?(.+)$/s.exec(url.trim())?.[1];
  if (!file)
    throw new LoopForgeError("usage", "Cannot use LOOPFORGE_INBOX: it can be, for example: sqlite:loopforge-inbox.db");
  const { SqliteInbox } = await import("./sqlite.js");
  return new SqliteInbox(file);
}
