import type { Logger } from "pino";
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
  const work = withReportJobs(receiver.receive, {
    conclusions: parts.conclusions,
    settle,
    octokitFor: async (repo) => {
      const id = await installationOf(repo);
      return id === null ? null : receiver.asInstallation(id);
    },
  });
  return (claim, signal) => (signal ? withRequestSignal(signal, () => work(claim)) : work(claim));
}

/** How long a report waits for what else a burst of deliveries brings, in milliseconds. */
export const SETTLE_MS = 1000;
