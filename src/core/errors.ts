/**
 * Every way in which LoopForge fails on purpose, and what follows from it: the exit code of the command line, the HTTP status of
 * the server, and whether the same work may be tried again.
 */
const DISPOSITIONS = {
  usage: { exit: 2, http: 400, retry: false },
  invalid_lifecycle: { exit: 2, http: 500, retry: false },
  invalid_metadata: { exit: 2, http: 400, retry: false },
  invalid_payload: { exit: 1, http: 202, retry: false },
  entry_too_large: { exit: 1, http: 413, retry: false },
  record_exists: { exit: 1, http: 409, retry: false },
  record_not_found: { exit: 1, http: 404, retry: false },
  version_conflict: { exit: 1, http: 409, retry: true },
  corrupt_ledger: { exit: 1, http: 500, retry: false },
  store_schema: { exit: 1, http: 503, retry: false },
  github_unavailable: { exit: 1, http: 502, retry: true },
  github_busy: { exit: 1, http: 503, retry: true },
  store_unavailable: { exit: 1, http: 503, retry: true },
  delivery_mismatch: { exit: 1, http: 409, retry: false },
  inbox_unavailable: { exit: 1, http: 503, retry: true },
  inbox_full: { exit: 1, http: 503, retry: true },
} as const satisfies Record<string, Disposition>;

export interface Disposition {
  /** The process's exit code: 1 a problem was found, 2 wrong use. */
  readonly exit: 1 | 2;
  readonly http: number;
  readonly retry: boolean;
}

export type ErrorCode = keyof typeof DISPOSITIONS;

/** An error that LoopForge means: its message is for the user as it is, without a stack trace. */
export class LoopForgeError extends Error {
  override readonly name = "LoopForgeError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get disposition(): Disposition {
    return DISPOSITIONS[this.code];
  }
}

/** Another writer got there first: read again and decide again. The only error that a commit retries. */
export function versionConflict(recordId: string, expected: number): LoopForgeError {
  return new LoopForgeError("version_conflict", `Record ${recordId} is no longer at version ${expected}`);
}

export function isVersionConflict(error: unknown): boolean {
  return error instanceof LoopForgeError && error.code === "version_conflict";
}
