import { existsSync } from "node:fs";
import { LoopForgeError } from "../core/index.js";
import { type AppOctokit, createAppOctokit } from "../github/client/app-octokit.js";
import { type AppParts, createParts } from "../github/parts.js";
import { hasCredentials, readConfig, type ServerConfig } from "../server/config.js";
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
 * @throws LoopForgeError `usage` where the credentials are not set, or GitHub does not take them
 */
export async function withApp<T>(work: (app: App) => Promise<T>): Promise<T> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  if (!hasCredentials(process.env)) throw new LoopForgeError("usage", NO_APP);
  const config = readConfig(process.env);
  const log = createLog(config.logLevel === "info" ? "warn" : config.logLevel, process.stderr);
  const { appId, privateKey, githubUrl: baseUrl } = config;
  const github = createAppOctokit({ appId, privateKey, baseUrl, log, fetch: createGithubFetch() });
  const store = await openStore(config.store);
  try {
    const defaults = { queue: { labels: [config.queueLabel] } };
    return await work({ config, github, parts: createParts({ store, appId, defaults, logger: log }) });
  } catch (error) {
    throw explained(error);
  } finally {
    await store.close();
  }
}

const NO_APP =
  "There is no App to ask GitHub as: set APP_ID and PRIVATE_KEY (or PRIVATE_KEY_PATH), see loopforge serve --help";
const UNKNOWN_APP =
  "GitHub does not know the App by its APP_ID and PRIVATE_KEY: are they of the same App, and at GHE_HOST?";

/** GitHub's answers in one line, without a stack trace. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return error;
  if (error.status === 401) return new LoopForgeError("usage", UNKNOWN_APP, { cause: error });
  const said = `GitHub answered ${error.status}: ${error.message.slice(0, 300)}`;
  return new LoopForgeError("github_unavailable", said, { cause: error });
}
