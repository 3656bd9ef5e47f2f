import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { LoopForgeError } from "../core/index.js";
import { type AppOctokit, createAppOctokit } from "../github/client/app-octokit.js";
import type { AppParts } from "../github/parts.js";
import { loadOperatorConfig, type Operator } from "../hooks/operator/operator.js";
import { assemble, loginsIn } from "../server/assemble.js";
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
 * Runs work as the App that the environment names, with the operator's hooks and gates as on a server: what a command does at GitHub
 * must ask and tell the same. Closes all of it afterwards. Logs go to standard error.
 * @throws LoopForgeError `usage` where the credentials are not set, or GitHub does not take them
 */
export async function withApp<T>(work: (app: App) => Promise<T>): Promise<T> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  if (!hasCredentials(process.env)) throw new LoopForgeError("usage", NO_APP);
  const config = readConfig(process.env);
  const log = createLog(config.logLevel === "info" ? "warn" : config.logLevel, process.stderr);
  const { appId, privateKey, githubUrl: baseUrl } = config;
  const github = createAppOctokit({ appId, privateKey, baseUrl, log, fetch: createGithubFetch() });
  const clock = () => new Date();
  const store = await openStore(config.store, { clock });
  let operator: Operator | undefined;
  try {
    operator = await loadOperatorConfig(process.env, (file) => readFile(file, "utf8"), {
      ...{ logger: log, clock, loginOf: loginsIn(store) },
      secrets: [config.privateKey],
      // What the command prints is on standard output, and may be read by a program.
      stdout: process.stderr,
    });
    return await work({ config, github, parts: assemble({ config, store, clock, log, operator }) });
  } catch (error) {
    throw explained(error);
  } finally {
    await operator?.close();
    await store.close();
  }
}

const NO_APP =
  "There is no App to ask GitHub as: set APP_ID and PRIVATE_KEY (or PRIVATE_KEY_PATH), see loopforge serve --help";
const UNKNOWN_APP =
  "GitHub does not know the App by its APP_ID and PRIVATE_KEY: are they of the same App, and at GHE_HOST or GITHUB_API_URL?";

/** GitHub's answers in one line, without a stack trace. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return error;
  if (error.status === 401) return new LoopForgeError("usage", UNKNOWN_APP, { cause: error });
  const said = `GitHub answered ${error.status}: ${error.message.slice(0, 300)}`;
  return new LoopForgeError("github_unavailable", said, { cause: error });
}
