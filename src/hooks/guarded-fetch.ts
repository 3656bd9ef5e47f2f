import { lookup as systemLookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector, request } from "undici";
import { refusalOf } from "./address.js";
import { HookFailure } from "./failure.js";

export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/**
 * Posts to an address that an operator configured. Redirects are answers like any other and are not followed.
 * Rejects with a {@link HookFailure} that does not say the address, for it may be a secret; or with the signal's reason.
 */
export type GuardedFetch = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>;

/** All addresses of a name. */
export type Lookup = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** Bytes of an answer that are read at most. */
export const MAX_ANSWER = 1024 * 1024;

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * What may be reached is decided at the moment of connecting, by the address that is connected to. A check of the name before
 * that would help nothing: a name can lead elsewhere the next time it is looked up.
 */
export function createGuardedFetch(options: {
  readonly allowPrivate: boolean;
  readonly lookup?: Lookup;
}): GuardedFetch {
  const { allowPrivate, lookup = (name) => systemLookup(name, { all: true }) } = options;
  const check = (address: string) => {
    const refusal = refusalOf(address, { allowPrivate });
    if (refusal) throw new HookFailure("refused", `Its address is refused (${refusal}); see allow_private`);
  };
  const checkedLookup: LookupFunction = (name, { all }, done) => {
    lookup(name).then(
      (found) => {
        try {
          for (const { address } of found) check(address);
        } catch (error) {
          return done(error as HookFailure, "");
        }
        const [first] = found;
        if (!first) return done(new HookFailure("failed", "Its name has no address", { temporary: true }), "");
        return all ? done(null, [...found]) : done(null, first.address, first.family);
      },
      (error: unknown) => done(error as Error, ""),
    );
  };
  const connect = buildConnector({ lookup: checkedLookup, timeout: CONNECT_TIMEOUT_MS });
  const dispatcher = new Agent({
    maxResponseSize: MAX_ANSWER,
    connect: (target, done) => {
      try {
        // An address in place of a name is never looked up.
        if (isIP(target.hostname)) check(target.hostname);
      } catch (error) {
        return done(error as HookFailure, null);
      }
      return connect(target, done);
    },
  });

  return async ({ url, headers, body }, signal) => {
    try {
      const target = webAddress(url);
      const answer = await request(target, { dispatcher, method: "POST", headers, body, signal });
      const text = await answer.body.text();
      return { status: answer.statusCode, retryAfter: [answer.headers["retry-after"]].flat()[0] ?? null, text };
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error);
    }
  };
}

/**
 * The address as a URL, if it is one that can be posted to.
 * @throws HookFailure for anything but http and https, and for one with a user name or password in it
 */
export function webAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw new HookFailure("refused", "must be an http or https address");
  if (url.username || url.password)
    throw new HookFailure("refused", "must not have a user name or password in the address");
  return url;
}

/** Errors of the network carry host names, addresses, even headers. What is kept is their code. */
function failureOf(error: unknown): HookFailure {
  if (error instanceof HookFailure) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE")
    return new HookFailure("failed", `Its endpoint answered with more than ${MAX_ANSWER} bytes`);
  const known = /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? ` (${code})` : "";
  return new HookFailure("failed", `Its endpoint cannot be reached${known}`, { temporary: true });
}
