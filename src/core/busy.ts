import { LoopForgeError } from "./errors.js";

/** A peer takes nothing now, and says, or is known, when it will again. */
export class BusyError extends LoopForgeError {
  /** Before this many milliseconds have passed, trying again would make it worse. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super("github_busy", message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** How long whoever failed with these must wait at the least, in milliseconds: 0 where none of them says. */
export function retryAfterOf(errors: readonly unknown[]): number {
  return Math.max(0, ...errors.map((error) => (error instanceof BusyError ? error.retryAfterMs : 0)));
}
