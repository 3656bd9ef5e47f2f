import { LoopForgeError } from "../../core/index.js";

/**
 * GitHub did not answer what was asked: nothing came, not all of it came, or something else did. It says nothing about what was asked
 * for, and asking again may help.
 */
export class GithubUnavailableError extends LoopForgeError {
  constructor(message: string, options?: ErrorOptions) {
    super("github_unavailable", message, options);
  }
}

/** Octokit wraps what its fetch throws in an error of its own: this finds the error that was meant. */
export function unavailableIn(error: unknown): GithubUnavailableError | null {
  if (error instanceof GithubUnavailableError) return error;
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof GithubUnavailableError ? cause : null;
}
