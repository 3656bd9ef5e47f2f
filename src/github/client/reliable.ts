import type { ProbotOctokit } from "probot";
import { checkedFetch, type Fetch } from "./checked-fetch.js";
import { GithubUnavailableError, unavailableIn } from "./unavailable.js";

/** A request on its way, as Octokit's hooks see it. */
interface Asked {
  readonly method: string;
  readonly url: string;
}

/** Where Octokit keeps the tokens of all installations. */
interface TokenCache {
  set(key: string, token: string): unknown;
}

type Client = Pick<InstanceType<typeof ProbotOctokit>, "hook">;

/**
 * What both of LoopForge's clients do about answers that failed, outside of all retries:
 * - A request that was refused because of its installation token is made once more, with a new one. Octokit would keep the old one for
 *   the rest of its hour.
 * - What {@link checkedFetch} meant comes out as it meant it, without Octokit's wrapping.
 * - A list that GitHub refuses with 409 is an error. Octokit's paginator would take it for an empty one.
 */
export function reliable(octokit: Client, options: object): void {
  octokit.hook.wrap("request", async (request, asked) => {
    try {
      return await request(asked);
    } catch (error) {
      if (!isTokenRefused(error) || !(await dropToken(options))) throw meantBy(error, asked as Asked);
    }
    try {
      return await request(asked);
    } catch (error) {
      throw meantBy(error, asked as Asked);
    }
  });
}

/**
 * Checks the answers of a client that somebody else has made: Probot's own, where the application runs under `probot run`. One that was
 * made with {@link checkedFetch} stays as it is.
 */
export function withCheckedAnswers<T extends Client>(octokit: T): T {
  if (checkedClients.has(octokit)) return octokit;
  checkedClients.add(octokit);
  octokit.hook.wrap("request", async (request, options) => {
    const fetch = checkedFetch((options.request?.fetch as Fetch | undefined) ?? globalThis.fetch);
    // Set on what the other hooks see, for they do not see what is handed on.
    Object.assign(options, { request: { ...options.request, fetch } });
    try {
      return await request(options);
    } catch (error) {
      throw meantBy(error, options as Asked);
    }
  });
  return octokit;
}

const checkedClients = new WeakSet<Client>();

/**
 * By its cache, for `auth` asks api.github.com for a new one, whatever server the client is for. Octokit takes an empty text for none.
 * @returns whether there was one to drop
 */
async function dropToken(options: object): Promise<boolean> {
  const { cache, installationId } = authOf(options);
  if (!cache || !installationId) return false;
  await cache.set(String(installationId), "");
  return true;
}

function authOf(options: object): { readonly cache?: TokenCache; readonly installationId?: unknown } {
  return "auth" in options && typeof options.auth === "object" && options.auth !== null ? options.auth : {};
}

/** Octokit's errors tell with what a request was made, without the token itself. As the App itself, it is `bearer`. */
function isTokenRefused(error: unknown): boolean {
  if (statusOf(error) !== 401) return false;
  const { request } = error as { readonly request?: { readonly headers?: { readonly authorization?: unknown } } };
  return /^token /i.test(String(request?.headers?.authorization));
}

function meantBy(error: unknown, { method, url }: Asked): unknown {
  if (method !== "GET" || statusOf(error) !== 409) return unavailableIn(error) ?? error;
  const said = error instanceof Error ? error.message : "";
  return new GithubUnavailableError(`GitHub refuses GET ${url} for now: ${said}`, { cause: error });
}

function statusOf(error: unknown): unknown {
  return error instanceof Error && "status" in error ? error.status : null;
}
