/**
 * How a hook or a gate can fail. failed: it or its endpoint said so. timed_out: it did not end in time. refused: its address is not
 * one that it may reach. busy: too many runs of it wait already. paused: it failed so often that it is left alone for a while.
 */
export type FailureReason = "failed" | "timed_out" | "refused" | "busy" | "paused";

/** A failure in words that are fit for a log and a comment: they hold no address, no header, no body and no secret. */
export class HookFailure extends Error {
  override readonly name = "HookFailure";
  readonly reason: FailureReason;
  /** Whether the same may go well a moment later. */
  readonly temporary: boolean;
  /** What somebody else's code said of it, without the secrets that are known: for the log alone. */
  readonly detail: string | null;

  constructor(
    reason: FailureReason,
    message: string,
    { temporary = false, detail = null }: { readonly temporary?: boolean; readonly detail?: string | null } = {},
  ) {
    super(message);
    this.detail = detail;
    this.reason = reason;
    this.temporary = temporary;
  }
}
