import { existsSync } from "node:fs";
import { type AppOctokit, createAppOctokit } from "../github/app-octokit.js";
import { type AppParts, createParts } from "../github/parts.js";
import { readConfig, type ServerConfig } from "../server/config.js";
import { createGithubFetch } from "../server/github-fetch.js";
import { createLog } from "../server/log.js";
import { openStore } from "../store/open.js";

/** The App outside of its server: for commands that ask GitHub. */
export interface App {
  readonly config: ServerConfig;
  readonly parts: AppParts;
  readonly github: AppOctokit;
}

/**
 * Runs work as the App that the environment names, and closes its store afterwards. Logs go to standard error.
 * @throws LoopForgeError `usage` where the credentials are not set
 */
export async function withApp<T>(work: (app: App) => Promise<T>): Promise<T> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const config = readConfig(process.env);
  const log = createLog(config.logLevel === "info" ? "warn" : config.logLevel, process.stderr);
  const { appId, privateKey, githubUrl: baseUrl } = config;
  const github = createAppOctokit({ appId, privateKey, baseUrl, log, fetch: createGithubFetch() });
  const store = await openStore(config.store);
  try {
    const defaults = { queue: { labels: [config.queueLabel] } };
    return await work({ config, github, parts: createParts({ store, appId, defaults, logger: log }) });
  } finally {
    await store.close();
  }
}
