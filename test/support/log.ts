import type { Logger } from "pino";
import { createLog } from "../../src/server/log.js";

/** A log as the server writes it, and every line that went into it. */
export interface CollectedLog {
  readonly log: Logger;
  readonly lines: readonly string[];
}

export function collectedLog(level = "warn"): CollectedLog {
  const lines: string[] = [];
  return { lines, log: createLog(level, { write: (line: string) => void lines.push(line) }) };
}
