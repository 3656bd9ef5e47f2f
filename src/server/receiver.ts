import type { Logger } from "pino";
import { type ApplicationFunction, Probot, ProbotOctokit } from "probot";
import { checkedFetch, type Fetch } from "../github/client/checked-fetch.js";
import type { Octokit } from "../github/client/octokit.js";
import { pacedOctokit } from "../github/client/paced-octokit.js";
import { reliable } from "../github/client/reliable.js";
import type { Writes } from "../github/client/writes.js";
import { rememberReceipt } from "../github/receipt.js";
import type { Claim } from "../inbox/inbox.js";
import type { ServerConfig } from "./config.js";

export interface ReceiverOptions {
  readonly config: Pick<ServerConfig, "appId" | "privateKey" | "webhookSecret" | "githubUrl">;
  readonly app: ApplicationFunction;
  readonly log: Logger;
  readonly fetch: Fetch;
  /** Keeps what is written at GitHub a second apart; null for a stand-in for GitHub, which needs no such care. */
  readonly writes: Writes | null;
}

export interface Receiver {
  /** Hands a delivery to the Probot application. Resolves when it is worked; rejects when it is not. */
  readonly receive: (claim: Claim) => Promise<void>;
  /** GitHub as an installation, outside of a delivery and with the same care. */
  readonly asInstallation: (id: number) => Promise<Octokit>;
}

/** Makes Probot, for deliveries that come out of the inbox. */
export async function createReceiver({ config, app, log, fetch, writes }: ReceiverOptions): Promise<Receiver> {
  const probot = new Probot({
    ...{ appId: config.appId, privateKey: config.privateKey, secret: config.webhookSecret, log },
    baseUrl: config.githubUrl,
    Octokit: writes ? pacedOctokit(writes) : careless(),
    request: { fetch: checkedFetch(fetch) },
  });
  await probot.load(app);
  return {
    receive: async (claim) => {
      const payload = JSON.parse(claim.body) as object;
      rememberReceipt(payload, { payloadSha256: claim.payloadSha256, receivedAt: new Date(claim.receivedAt) });
      await probot.receive({ id: claim.guid, name: claim.event, payload } as Parameters<Probot["receive"]>[0]);
    },
    asInstallation: (id) => probot.auth(id),
  };
}

/** Only the function form of `defaults` reaches the throttling plugin. */
function careless(): typeof ProbotOctokit {
  const Careless = ProbotOctokit.plugin(reliable).defaults((given: object) => ({
    ...given,
    throttle: { enabled: false },
  }));
  return Careless as typeof ProbotOctokit;
}
