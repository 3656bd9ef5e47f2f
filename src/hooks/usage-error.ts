import { LoopForgeError } from "../core/index.js";

/** Wrong use, with the system's code for what went wrong; its text may say anything, and stays out. */
export function usageError(what: string, error: unknown): LoopForgeError {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return new LoopForgeError("usage", `${what} (${code ?? (error instanceof Error ? error.name : "unknown")})`);
}
