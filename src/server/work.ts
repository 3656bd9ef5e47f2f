import type { Logger } from "pino";
import { LoopForgeError } from "../core/index.js";
import { createApp } from "../github/app.js";
import type { AppOctokit } from "../github/client/app-octokit.js";
import type { Fetch } from "../github/client/checked-fetch.js";
import { installationsBy } from "../github/client/octokit-for.js";
import { withRequestSignal } from "../github/client/request-signal.js";
import type { Writes } from "../github/client/writes.js";
import type { AppParts } from "../github/parts.js";
import type { Claim, Inbox } from "../inbox/inbox.js";
import type { ServerConfig } from "./config.js";
import { createReceiver } from "./receiver.js";
import { keepIn, withReportJobs } from "./report-jobs.js";

export interface WorkOptions {
  readonly config: Pick<ServerConfig, "appId" | "privateKey" | "webhookSecret" | "githubUrl">;
  readonly parts: AppParts;
  readonly github: Pick<AppOctokit, "installationOf">;
  readonly fetch: Fetch;
  /** Keeps what is written at GitHub a second apart; null for a stand-in for GitHub, which needs no such care. */
  readonly writes: Writes | null;
  /** Where reports that are owed wait. */
  readonly inbox: Pick<Inbox, "put">;
  /** Waits until a burst of deliveries is likely to be over, so that one report shows all of it. */
  readonly settle: () => Promise<void>;
  readonly onKept?: () => void;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** Works one claim. Its requests of GitHub end when the signal is aborted. */
export type Work = (claim: Claim, signal?: AbortSignal) => Promise<void>;

/** All that an inbox hands out, worked: deliveries by Probot's handlers, and reports that they left. On a server and on Lambda alike. */
export async function createWork(options: WorkOptions): Promise<Work> {
  const { config, parts, github, fetch, writes, inbox, settle, onKept, clock, log } = options;
  const receiver = await createReceiver({ config, log, fetch, writes, app: createApp(parts) });
  const installationOf = installationsBy(github);
  parts.conclusions.leaveTo(keepIn(inbox, clock, onKept));
  const work = withReportJobs(orUnreadable(receiver.receive), {
    conclusions: parts.conclusions,
    settle,
    octokitFor: async (repo) => {
      const id = await installationOf(repo);
      return id === null ? null : receiver.asInstallation(id);
    },
  });
  return (claim, signal) => (signal ? withRequestSignal(signal, () => work(claim)) : work(claim));
}

/** What Octokit says of an installation that is no number: it asks for no token then. */
const NO_INSTALLATION = /installationId option is required|installation ID cannot be determined/;

/**
 * A payload whose installation is no installation can be worked by nobody, however often it is tried, and holds back all of its key.
 * One without any can: it is a repository's own webhook, of which as much is recorded as it says.
 */
function orUnreadable(receive: (claim: Claim) => Promise<void>): (claim: Claim) => Promise<void> {
  return async (claim) => {
    try {
      await receive(claim);
    } catch (error) {
      if (!(error instanceof Error) || !NO_INSTALLATION.test(error.message)) throw error;
      throw new LoopForgeError(
        "invalid_payload",
        "The payload names no installation: its installation.id is no number",
        {
          cause: error,
        },
      );
    }
  };
}

/** How long a report waits for what else a burst of deliveries brings, in milliseconds. */
export const SETTLE_MS = 1000;
