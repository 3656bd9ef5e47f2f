import { BusyError } from "../../core/index.js";

/** GitHub's own advice where it does not say how long, and the longest that is believed: its limits are by the hour. */
const AT_LEAST_MS = 60_000;
const AT_MOST_MS = 3_600_000;
const MARGIN_MS = 1000;

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers: { readonly [name: string]: unknown };
}

/**
 * How long GitHub asks to be left alone, in milliseconds; null where what failed has nothing to do with its limits.
 * @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export function busyFor(error: unknown, now: Date): number | null {
  const refusal = limitOf(error);
  if (!refusal) return null;
  const { status, headers } = refusal;
  const said = retryAfter(headers["retry-after"], now);
  return status >= 500 ? said : (said ?? reset(headers, now) ?? AT_LEAST_MS);
}

/**
 * The refusal that is about GitHub's limits in an error of a client; null in any other. With a 403, GitHub tells of its limits in
 * headers, and in words of old: "You have triggered an abuse detection mechanism" comes without a time. With a 5xx, whoever answers
 * says how long it will be away.
 */
export function limitOf(error: unknown): Refusal | null {
  const refusal = refusalOf(error);
  if (!refusal) return null;
  const { status, message, headers } = refusal;
  if (status === 429) return refusal;
  const hasTime = headers["retry-after"] !== undefined && headers["retry-after"] !== null;
  if (status >= 500) return hasTime ? refusal : null;
  if (status !== 403) return null;
  return hasTime || headers["x-ratelimit-remaining"] === "0" || LIMIT_WORDS.test(message) ? refusal : null;
}

const LIMIT_WORDS = /rate limit|abuse/i;

/** The error that says how long to wait, for one of GitHub's that is about its limits; null for any other. */
export function asBusy(error: unknown, now: Date): BusyError | null {
  if (error instanceof BusyError) return error;
  const ms = busyFor(error, now);
  if (ms === null) return null;
  const said = error instanceof Error ? error.message.slice(0, 200) : "";
  return new BusyError(`GitHub asks to wait ${Math.ceil(ms / 1000)} s: ${said}`, ms, { cause: error });
}

/**
 * GraphQL tells of its limit with status 200, as one of the errors in its answer: the refusal in it; null for any other answer.
 * @see https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#exceeding-the-rate-limit
 */
export function limitIn(answer: unknown): Error | null {
  const { errors } = objectOf(objectOf(answer).data);
  if (!Array.isArray(errors)) return null;
  const told = errors.map(objectOf).find(({ type }) => type === "RATE_LIMITED");
  if (!told) return null;
  const message = typeof told.message === "string" ? told.message : "API rate limit exceeded";
  return Object.assign(new Error(message), { status: 403, response: answer });
}

function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof Error)) return null;
  const { status, headers, errors, response } = error as Error & Loose;
  // Octokit's error of a GraphQL answer has no status: what it has is taken as the answer that it was made of.
  if (typeof status !== "number") {
    const answer = {
      headers: headers ?? objectOf(response).headers,
      data: errors ? { errors } : objectOf(response).data,
    };
    const limit = limitIn(answer);
    return limit && refusalOf(limit);
  }
  return { status, message: error.message, headers: objectOf(objectOf(response).headers) };
}

interface Loose {
  readonly [name: string]: unknown;
}

function objectOf(value: unknown): Loose {
  return typeof value === "object" && value !== null ? (value as Loose) : {};
}

/** Seconds, or a date. */
function retryAfter(header: unknown, now: Date): number | null {
  if (typeof header !== "string" && typeof header !== "number") return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(String(header)) - now.getTime();
  return Number.isNaN(ms) ? null : bounded(ms);
}

/** When the hour of a limit that is used up is over. */
function reset(headers: Refusal["headers"], now: Date): number | null {
  const at = Number(headers["x-ratelimit-reset"]) * 1000;
  if (headers["x-ratelimit-remaining"] !== "0" || !Number.isFinite(at)) return null;
  return bounded(at - now.getTime() + MARGIN_MS);
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, MARGIN_MS), AT_MOST_MS);
}
