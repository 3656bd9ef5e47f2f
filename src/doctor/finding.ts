/** What one check found. */
export interface Finding {
  /** What was checked, in a word or two. */
  readonly check: string;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Makes the findings of one check. */
export function findingsOf(check: string) {
  return {
    ok: (message: string): Finding => ({ check, status: "ok", message }),
    warn: (message: string, advice: string): Finding => ({ check, status: "warn", message, advice }),
    fail: (message: string, advice: string): Finding => ({ check, status: "fail", message, advice }),
  };
}

/** Why something failed, in GitHub's or the system's words. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join(", ");
  return error instanceof Error ? error.message : String(error);
}
