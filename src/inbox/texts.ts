import { LoopForgeError } from "../core/index.js";
import type { Delivery } from "./inbox.js";

/** Event names come from a header, which no signature covers: beyond so many, the rest is counted as one. */
export const MAX_EVENT_NAMES = 200;

const MAX_NAME = 500;
const MAX_REASON = 4000;

/** @throws LoopForgeError `usage` when the GUID, event, action or key is none that every backend can keep as it is */
export function checkNames({ guid, event, key, action }: Delivery): void {
  if ([guid, event, key, action ?? "-"].every(isName)) return;
  throw new LoopForgeError(
    "usage",
    `A delivery's GUID, event, action and key are text of at most ${MAX_NAME} characters`,
  );
}

function isName(text: string): boolean {
  return text.length > 0 && text.length <= MAX_NAME && !text.includes("\0") && text.isWellFormed();
}

/** Why a delivery failed, as every backend keeps it: without the NUL that SQL text cannot hold, and no longer than a person reads. */
export function cleanReason(message: string): string {
  return message.replaceAll("\0", "").slice(0, MAX_REASON).toWellFormed();
}

/** The place in the order from which a page goes on backwards: from the newest one where there is no cursor. */
export function seqIn(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  if (!/^\d{1,15}$/.test(cursor)) throw new LoopForgeError("usage", "Not a cursor of the inbox");
  return Number(cursor);
}
