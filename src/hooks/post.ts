import { HookFailure } from "./failure.js";
import type { GuardedFetch, HttpAnswer, HttpRequest } from "./guarded-fetch.js";

export interface PostOptions {
  readonly fetch: GuardedFetch;
  /** For all attempts together and the waits between them, in milliseconds. */
  readonly budgetMs: number;
  readonly clock: () => Date;
  /** In [0, 1). */
  readonly random: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const MAX_ATTEMPTS = 5;
const BASE_MS = 250;
const CAP_MS = 5_000;

/**
 * Posts until the endpoint takes it: again after 429, 5xx and a broken connection, when the endpoint says (`Retry-After`), else
 * after an exponential wait with full jitter. Gives up when the next attempt would not fit into the budget.
 * @throws HookFailure with the status, never with the answer's text
 */
export async function post(request: HttpRequest, signal: AbortSignal, options: PostOptions): Promise<HttpAnswer> {
  const { fetch, budgetMs, clock, random, wait } = options;
  const deadline = clock().getTime() + budgetMs;
  for (let attempt = 1; ; attempt++) {
    const { answer, failure } = await attemptOf(fetch, request, signal);
    if (!failure) return answer;
    const asked = answer ? retryAfterMs(answer.retryAfter, clock()) : null;
    const waitMs = asked ?? random() * Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1));
    const fits = clock().getTime() + waitMs < deadline;
    if (!failure.temporary || attempt === MAX_ATTEMPTS || !fits) throw failure;
    await wait(waitMs, signal);
    signal.throwIfAborted();
  }
}

type Attempt =
  | { readonly answer: HttpAnswer; readonly failure: null }
  | { readonly answer: HttpAnswer | null; readonly failure: HookFailure };

async function attemptOf(fetch: GuardedFetch, request: HttpRequest, signal: AbortSignal): Promise<Attempt> {
  try {
    const answer = await fetch(request, signal);
    const failure = failureIn(answer);
    return failure ? { answer, failure } : { answer, failure: null };
  } catch (error) {
    if (error instanceof HookFailure && error.temporary) return { answer: null, failure: error };
    throw error;
  }
}

function failureIn({ status }: HttpAnswer): HookFailure | null {
  if (status >= 200 && status < 300) return null;
  const redirect = status >= 300 && status < 400 ? "; redirects are not followed" : "";
  const temporary = status === 429 || status >= 500;
  return new HookFailure("failed", `Its endpoint answered ${status}${redirect}`, { temporary });
}

/**
 * Seconds, or a date.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
function retryAfterMs(header: string | null, now: Date): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now.getTime());
}
