import { LoopForgeError } from "../core/index.js";

/** How many deliveries are too many is said, for it is what one changes. */
export function inboxFull(maxWaiting: number): LoopForgeError {
  return new LoopForgeError(
    "inbox_full",
    `The inbox is full: ${maxWaiting} deliveries wait. See why they are not worked (loopforge inbox list), or raise LOOPFORGE_INBOX_LIMIT`,
  );
}

export function mismatch(guid: string): LoopForgeError {
  return new LoopForgeError("delivery_mismatch", `Delivery ${guid} is known with another payload`);
}

/**
 * Any failure of a backend's as the inbox's own, for whoever calls it only needs to know that it failed. What LoopForge means
 * differently keeps its code. Backends share the stores' connections, whose messages name the stores' variable.
 */
export function unavailable(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  const message = why.replaceAll("LOOPFORGE_STORE", "LOOPFORGE_INBOX");
  if (error instanceof LoopForgeError && error.code !== "store_unavailable") {
    throw message === why ? error : new LoopForgeError(error.code, message, { cause: error });
  }
  throw new LoopForgeError("inbox_unavailable", `The inbox cannot be read or written: ${message}`, { cause: error });
}
