import { LoopForgeError } from "../core/index.js";

/** One reading without a field that is used is one less to go by: it does not set aside what it was to explain. */
export function unlessUnreadable(error: unknown): null {
  if (error instanceof LoopForgeError && error.code === "invalid_payload") return null;
  throw error;
}
