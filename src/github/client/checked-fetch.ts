import { isAnswerTo, isRefusal } from "./answer-schemas.js";
import { requestSignal } from "./request-signal.js";
import { GithubUnavailableError } from "./unavailable.js";

export type FetchInit = Pick<RequestInit, "method" | "body" | "signal"> & {
  readonly headers?: Readonly<Record<string, string>>;
};

/** An answer as far as Octokit looks at it. */
export interface FetchAnswer {
  readonly url: string;
  readonly status: number;
  readonly headers: Iterable<readonly [string, string]> & { get(name: string): string | null | undefined };
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** `fetch` as Octokit uses it. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

export interface CheckedFetchOptions {
  /** How long an answer may take, to its last byte, in milliseconds; 30,000 by default. */
  readonly timeoutMs?: number;
}

/**
 * The version of GitHub's REST API that LoopForge is written for. The next one, 2026-03-10, leaves out `merge_commit_sha`.
 * @see https://docs.github.com/rest/about-the-rest-api/api-versions
 */
const API_VERSION = "2022-11-28";
const TIMEOUT_MS = 30_000;

/** By these statuses GitHub says that it has done what was asked, in a body that shows it. */
const DONE = new Set([200, 201]);

/** By these statuses GitHub says no, in a body that says why. Others than GitHub answer with them, too. */
const REFUSALS = new Set([401, 403, 404, 405, 409, 410, 422, 451]);

/**
 * The border to GitHub, below every client. It resolves only when the whole answer is there, and is what was asked for. Octokit itself
 * takes a body that breaks off for an empty one, its paginator takes that for an empty list, and its authentication takes any 200 for
 * a token.
 *
 * @returns a fetch that rejects with GithubUnavailableError where no answer came, not all of it, or another's; and with an `AbortError`,
 * which Octokit does not retry, where the caller stops waiting
 */
export function checkedFetch(fetch: Fetch, { timeoutMs = TIMEOUT_MS }: CheckedFetchOptions = {}): Fetch {
  if (CHECKED.has(fetch)) return fetch;
  const checked: Fetch = async (url, init) => {
    const { method = "GET", headers } = init;
    const path = new URL(url).pathname;
    const about = `${method} ${path}`;
    const read = async (signal: AbortSignal) => {
      const asked = { ...init, signal, headers: { ...headers, "x-github-api-version": API_VERSION } };
      try {
        const answer = await fetch(url, asked);
        return { answer, body: Buffer.from(await answer.arrayBuffer()) };
      } catch (error) {
        throw new GithubUnavailableError(`GitHub could not be asked for ${about}: ${reasonOf(error)}`, {
          cause: error,
        });
      }
    };
    const late = () => new GithubUnavailableError(`GitHub did not answer ${about} within ${timeoutMs / 1000} s`);
    const callers = [init.signal, requestSignal()].filter((signal) => signal instanceof AbortSignal);
    const { answer, body } = await within(timeoutMs, late, callers, read);
    const problem = problemOf(answer, body, { method, path });
    if (problem !== null) {
      throw new GithubUnavailableError(`GitHub's answer to ${about} cannot be used: ${problem}`);
    }
    return wholeAnswer(answer, body);
  };
  CHECKED.add(checked);
  return checked;
}

/** What has been checked need not be again. */
const CHECKED = new WeakSet<Fetch>();

/** Why an answer is not GitHub's to this request, or not all of it; null where it is. */
function problemOf(
  { status, headers }: FetchAnswer,
  body: Buffer,
  { method, path }: { readonly method: string; readonly path: string },
): string | null {
  const length = declaredLength(headers);
  if (method !== "HEAD" && length !== null && length !== body.length) {
    return `it ends after ${body.length} of ${length} bytes`;
  }
  if (method === "HEAD") return null;
  if (!DONE.has(status) && !REFUSALS.has(status)) {
    // Octokit takes all below 400 for an answer: a list that was "accepted", or is elsewhere, would be read as an empty one.
    const isAnswer = status >= 400 || (status < 300 && method !== "GET");
    return isAnswer ? null : `it is a ${status}`;
  }
  const data = jsonIn(body);
  if (data === undefined) return `it is no JSON (${status}, ${headers.get("content-type") ?? "without a type"})`;
  const isMeant = status < 300 ? isAnswerTo(method, path, data) : isRefusal(data);
  return isMeant ? null : `it is something else than was asked for (${status})`;
}

/** How long the body is to be. Of a compressed body, the length is that of another text. */
function declaredLength(headers: FetchAnswer["headers"]): number | null {
  const [length, encoding] = [headers.get("content-length"), headers.get("content-encoding")];
  if (!length || (encoding && encoding !== "identity")) return null;
  return Number.isNaN(Number(length)) ? null : Number(length);
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/** The answer, with its body read. */
function wholeAnswer({ url, status, headers }: FetchAnswer, body: Buffer) {
  return {
    url,
    status,
    headers,
    text: async () => body.toString("utf8"),
    json: async () => JSON.parse(body.toString("utf8")) as unknown,
    arrayBuffer: async () => new Uint8Array(body).buffer,
  };
}

/** Ends work when the time is up, or a caller gives up: also work that does not listen to its signal. */
async function within<T>(
  ms: number,
  late: () => Error,
  callers: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const settled = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<never>((_, reject) => {
    const end = (reason: Error) => {
      reject(reason);
      controller.abort(reason);
    };
    timer = setTimeout(() => end(late()), ms);
    for (const caller of callers) {
      const giveUp = () => end(new DOMException(reasonOf(caller.reason), "AbortError"));
      if (caller.aborted) giveUp();
      else caller.addEventListener("abort", giveUp, { once: true, signal: settled.signal });
    }
  });
  try {
    return await Promise.race([ended, controller.signal.aborted ? ended : work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    settled.abort();
  }
}

/** An error of the network is often one of several, or has its reason in its cause. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join(", ");
  if (!(error instanceof Error)) return String(error);
  return error.message === "fetch failed" && error.cause ? reasonOf(error.cause) : error.message;
}
