import { createAppAuth } from "@octokit/auth-app";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { LRUCache } from "lru-cache";
import { type CheckedFetchOptions, checkedFetch, type Fetch } from "./checked-fetch.js";
import { reliable } from "./reliable.js";

/** Where the client says what GitHub made it wait for. A pino logger is one. */
export interface OctokitLog {
  debug(message: string): void;
  warn(message: string): void;
}

export interface AppOctokitOptions extends CheckedFetchOptions {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  /** `https://api.github.com`, or an Enterprise Server's `/api/v3`. */
  readonly baseUrl: string;
  readonly log: OctokitLog;
  /** The global one by default. */
  readonly fetch?: Fetch;
  /**
   * GitHub asks that writes are a second apart, and that what failed is tried again after a while; both are so by default. A stand-in
   * for GitHub needs no such care.
   */
  readonly patient?: boolean;
}

/** GitHub outside of a delivery. */
export interface AppOctokit {
  /** As the App itself, by its JSON web token. */
  readonly app: AppClient;
  /** As one installation of the App. Its token is fetched when it is first needed, and kept until it ends. */
  forInstallation(id: number): AppClient;
  /** @returns the installation that holds a repository; null where the App is not installed, or the repository is not there */
  installationOf(owner: string, repo: string): Promise<number | null>;
}

const PatientOctokit = Octokit.plugin(throttling, retry, reliable);
export type AppClient = Octokit;

/** A limit that ends later than this is not waited for: the next run comes sooner. */
const PATIENCE_SECONDS = 60;
const RETRIES = 2;
/** One takes some 22 KB and is made in no time; its token is kept apart from it. */
const CLIENTS_KEPT = 100;

/** By installation. */
type TokenCache = LRUCache<string, string>;
const TOKENS_KEPT = 15_000;
/** GitHub's hold for an hour. */
const TOKEN_KEPT_MS = 59 * 60_000;

/** For what runs outside of a delivery: redelivery, reconciliation, backfill, doctor. */
export function createAppOctokit(options: AppOctokitOptions): AppOctokit {
  const clients = new LRUCache<number, AppClient>({ max: CLIENTS_KEPT });
  const tokens: TokenCache = new LRUCache({ max: TOKENS_KEPT, ttl: TOKEN_KEPT_MS });
  const app = clientOf(options, tokens);
  return {
    app,
    forInstallation(id) {
      const client = clients.get(id) ?? clientOf(options, tokens, id);
      clients.set(id, client);
      return client;
    },
    async installationOf(owner, repo) {
      try {
        return (await app.rest.apps.getRepoInstallation({ owner, repo })).data.id;
      } catch (error) {
        if (error instanceof Error && "status" in error && error.status === 404) return null;
        throw error;
      }
    },
  };
}

function clientOf(options: AppOctokitOptions, cache: TokenCache, installationId?: number): AppClient {
  const { appId, privateKey, baseUrl, log, fetch = globalThis.fetch, patient = true, timeoutMs } = options;
  const waits =
    (what: string) => (retryAfter: number, request: { method: string; url: string }, _: object, n: number) => {
      log.warn(`${what} at ${request.method} ${request.url}: it ends in ${retryAfter} s`);
      return retryAfter <= PATIENCE_SECONDS && n < RETRIES;
    };
  return new PatientOctokit({
    baseUrl,
    authStrategy: createAppAuth,
    auth: { appId, privateKey, cache, ...(installationId === undefined ? {} : { installationId }) },
    userAgent: "loopforge",
    log: quietly(log),
    request: { fetch: checkedFetch(fetch, timeoutMs === undefined ? {} : { timeoutMs }) },
    retry: { enabled: patient },
    throttle: {
      enabled: patient,
      // One queue for each token, as the limits are.
      id: `${baseUrl} ${appId} ${installationId ?? "app"}`,
      onRateLimit: waits("GitHub's rate limit is reached"),
      onSecondaryRateLimit: waits("GitHub's secondary rate limit is reached"),
    },
  });
}

/** Octokit reports every request, and every refusal as an error: who made the request knows which of them is one. */
function quietly(log: OctokitLog) {
  const debug = (message: string): void => log.debug(message);
  return { debug: () => undefined, info: debug, error: debug, warn: (message: string) => log.warn(message) };
}
