import type { Logger } from "pino";
import { type ApplicationFunction, Probot, ProbotOctokit } from "probot";
import { rememberHash } from "../github/payload-hash.js";
import type { Claim } from "../inbox/inbox.js";
import type { ServerConfig } from "./config.js";
import type { GithubFetch } from "./github-fetch.js";

export interface ReceiverOptions {
  readonly config: Pick<ServerConfig, "appId" | "privateKey" | "webhookSecret" | "githubUrl">;
  readonly app: ApplicationFunction;
  readonly log: Logger;
  readonly fetch: GithubFetch;
  /**
   * GitHub asks that an App's writes are a second apart. A stand-in for GitHub needs no such care.
   * @see https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
   */
  readonly throttle?: boolean;
}

/** Hands deliveries to the Probot application. Resolves when one is worked, its report included; rejects when it is not. */
export async function createReceiver(options: ReceiverOptions): Promise<(claim: Claim) => Promise<void>> {
  const { config, app, log, fetch, throttle = true } = options;
  // Only the function form of `defaults` reaches the throttling plugin.
  const Octokit = throttle
    ? ProbotOctokit
    : ProbotOctokit.defaults((given: object) => ({ ...given, throttle: { enabled: false } }));
  const probot = new Probot({
    ...{ appId: config.appId, privateKey: config.privateKey, secret: config.webhookSecret, log },
    baseUrl: config.githubUrl,
    Octokit: Octokit as typeof ProbotOctokit,
    request: { fetch },
  });
  await probot.load(app);
  return async (claim) => {
    const payload = JSON.parse(claim.body) as object;
    rememberHash(payload, claim.payloadSha256);
    await probot.receive({ id: claim.guid, name: claim.event, payload } as Parameters<Probot["receive"]>[0]);
  };
}
