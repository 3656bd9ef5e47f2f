import { limitOf } from "./busy.js";
import { lastWordOf } from "./github-errors.js";
import type { Octokit } from "./octokit.js";
import { GithubUnavailableError, unavailableIn } from "./unavailable.js";

/** What a query brought. */
export interface Answered<T> {
  readonly data: T;
  /**
   * The paths in it that GitHub did not answer, such as `repository.pullRequest.closingIssuesReferences.nodes.0`: hidden from this App,
   * or too much for GitHub's limits of resources. Empty where all is there.
   */
  readonly missing: readonly string[];
}

/** Who asks can often go on without the answer: it does not wait for the longer pauses of Octokit's own retries. */
const TRIES = 2;

/**
 * Asks a query, and takes what there is of an answer. GraphQL answers with data and errors at once where a part of it is hidden, or took
 * too long.
 *
 * @returns null where GitHub does not say, and never will: a server that does not know a field, or a refusal
 * @throws GithubUnavailableError for an answer that failed twice: it says nothing, and is not to be taken for empty
 * @throws what says to wait, for that is about all requests; what ends the caller's own work
 * @see https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export async function askGraphql<T extends object>(
  octokit: Pick<Octokit, "graphql">,
  query: string,
  variables: { readonly [name: string]: string | number },
): Promise<Answered<T> | null> {
  let cause: unknown;
  for (let tried = 0; tried < TRIES; tried++) {
    try {
      const data = await octokit.graphql<T | null | undefined>(query, { ...variables, request: { retries: 0 } });
      if (data) return { data, missing: [] };
    } catch (error) {
      const answered = partOf<T>(error);
      if (answered) return answered;
      if (isAnswered(error)) return null;
      if (!hasFailed(error)) throw error;
      cause = error;
    }
  }
  throw new GithubUnavailableError("GitHub's GraphQL API failed twice", { cause });
}

interface QueryError {
  readonly type?: unknown;
  readonly message?: unknown;
  readonly path?: unknown;
  readonly extensions?: { readonly code?: unknown } | null;
}

/** The data that came with errors, where there is any. */
function partOf<T extends object>(error: unknown): Answered<T> | null {
  const errors = errorsOf(error);
  const data = error instanceof Error && "data" in error ? error.data : null;
  if (limitOf(error) || typeof data !== "object" || data === null || !isAnyThere(data)) return null;
  const missing = errors.map(({ path }) => (Array.isArray(path) ? path.join(".") : ""));
  return { data: data as T, missing: [...new Set(missing)] };
}

/** An answer of which every top field is null is none. */
function isAnyThere(data: object): boolean {
  return Object.values(data).some((value) => value !== null && value !== undefined);
}

/** Whether asking again would bring the same: a refusal, or a query that this server does not understand. */
function isAnswered(error: unknown): boolean {
  if (limitOf(error)) return false;
  return lastWordOf(error) !== null || errorsOf(error).some(isOfSchema);
}

/** As `Field 'x' doesn't exist on type 'Issue'`, which an older server says of what it does not have yet. */
function isOfSchema({ type, message, extensions }: QueryError): boolean {
  if (type !== undefined) return false;
  return extensions?.code === "undefinedField" || /doesn't (exist on|accept)/.test(String(message));
}

/** Whether no answer came, or one that says that something went wrong. */
function hasFailed(error: unknown): boolean {
  if (limitOf(error) || !(error instanceof Error) || error.name === "AbortError") return false;
  const hasStatus = "status" in error && typeof error.status === "number";
  return unavailableIn(error) !== null || hasStatus || errorsOf(error).length > 0;
}

function errorsOf(error: unknown): readonly QueryError[] {
  if (!(error instanceof Error) || !("errors" in error) || !Array.isArray(error.errors)) return [];
  return error.errors.filter((one): one is QueryError => typeof one === "object" && one !== null);
}
