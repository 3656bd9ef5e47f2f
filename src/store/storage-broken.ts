import { LoopForgeError } from "../core/index.js";

/**
 * - `the disk failed`: what was written may be lost, and the system would not say so a second time
 * - `the file is gone`: what is written goes into a file that nobody can find any more
 */
export type Breakage = "the disk failed" | "the file is gone";

/** A file that this process cannot use any more, whatever it tries: only a new start of the process helps. */
export class StorageBroken extends LoopForgeError {
  readonly reason: Breakage;

  constructor(reason: Breakage, message: string, options?: ErrorOptions) {
    super("store_unavailable", message, options);
    this.reason = reason;
  }
}
