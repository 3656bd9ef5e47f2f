import { BusyError, type ErrorCode, LoopForgeError, retryAfterOf } from "../core/index.js";
import type { HeldUpBy } from "./inbox.js";

/** What an error of a handler says about its delivery. */
export interface Failure {
  readonly message: string;
  /** Another try would fail in the same way. */
  readonly final: boolean;
  /** What kept the delivery from being worked, where the delivery itself is not at fault: then it loses no try. Null where it may be. */
  readonly heldUpBy: HeldUpBy | null;
  /** How long to wait at the least before another try, in milliseconds, where somebody said so; else 0. */
  readonly retryAfterMs: number;
}

/**
 * Judges whatever a handler threw; this is the one place that decides what counts as a try. An AggregateError, as Probot throws it, is
 * final only when every error in it is, and held up only when every error in it is.
 */
export function judgeFailure(thrown: unknown): Failure {
  const errors = unwrap(thrown, new Set());
  const messages = new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))));
  const causes = errors.map((error) => causeOf(error));
  const heldUpBy = causes.includes(null) ? null : (causes[0] ?? null);
  return {
    message: [...messages].filter(Boolean).join("\n") || "Failed without a message",
    heldUpBy,
    retryAfterMs: retryAfterOf(errors),
    final: heldUpBy === null && errors.every((error) => error instanceof LoopForgeError && !error.disposition.retry),
  };
}

/** The errors that are no aggregates, at least one of them. */
function unwrap(thrown: unknown, seen: Set<unknown>): readonly unknown[] {
  if (!(thrown instanceof AggregateError) || thrown.errors.length === 0 || seen.has(thrown)) return [thrown];
  seen.add(thrown);
  return thrown.errors.flatMap((error: unknown) => unwrap(error, seen));
}

/** Errors of LoopForge's own that no delivery is to blame for. A conflict that lasts is a store under more load than it bears. */
const CODES: { readonly [Code in ErrorCode]?: HeldUpBy } = {
  github_busy: "github_limits",
  github_unavailable: "github",
  store_unavailable: "store",
  store_schema: "store",
  version_conflict: "store",
  inbox_unavailable: "inbox",
  inbox_full: "inbox",
};

/** How deep a cause is looked for: `TypeError: fetch failed` has the reason in its cause. */
const MAX_CAUSES = 5;

function causeOf(error: unknown, depth = 0): HeldUpBy | null {
  if (!(error instanceof Error) || depth > MAX_CAUSES) return null;
  if (error instanceof BusyError) return "github_limits";
  // Its code says all: `invalid_payload` stays so, whatever caused it.
  if (error instanceof LoopForgeError) return CODES[error.code] ?? null;
  return ofAnswer(error) ?? (isOfNetwork(error) ? "network" : causeOf(error.cause, depth + 1));
}

/** What a request's or a timeout's failure is called by Node.js, OpenSSL, undici and the web's own names. */
const NETWORK_CODES = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "EPROTO",
  "ETIMEDOUT",
  "ESOCKETTIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETDOWN",
  "ENETRESET",
  "ENETUNREACH",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "EADDRNOTAVAIL",
  "EMFILE",
  "ENFILE",
]);
/** undici's `UND_ERR_INVALID_ARG` and `UND_ERR_NOT_SUPPORTED` are ours; TLS has codes such as `CERT_HAS_EXPIRED`. */
const NETWORK_FAMILY =
  /^(UND_ERR_(?!INVALID_ARG|NOT_SUPPORTED)|HPE_|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;
const NETWORK_NAMES = new Set(["TimeoutError", "AbortError"]);

function isOfNetwork(error: Error): boolean {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return NETWORK_CODES.has(code) || NETWORK_FAMILY.test(code) || NETWORK_NAMES.has(error.name);
}

/**
 * Octokit's errors have the status of GitHub's answer, and 500 where there was none. A refused token (401) says nothing about the
 * delivery either.
 * @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function ofAnswer(error: Error): HeldUpBy | null {
  if (!("status" in error) || typeof error.status !== "number") return ofGraphql(error);
  const { status, message } = error;
  if (status === 429 || (status === 403 && /rate limit|abuse/i.test(message))) return "github_limits";
  if (status < 500) return status === 401 || status === 408 ? "github" : null;
  return isCausedByNetwork(error) ? "network" : "github";
}

function isCausedByNetwork({ cause }: Error): boolean {
  return cause instanceof Error && (isOfNetwork(cause) || isCausedByNetwork(cause));
}

/** GraphQL answers 200 also when it failed: such errors have no type, and this text. */
const GRAPHQL_DOWN = /something went wrong while executing your query|timed? ?out|temporarily unavailable/i;

function ofGraphql(error: Error): HeldUpBy | null {
  if (error.name !== "GraphqlResponseError") return null;
  if (/RATE_LIMITED|rate limit/i.test(error.message)) return "github_limits";
  return GRAPHQL_DOWN.test(error.message) ? "github" : null;
}
