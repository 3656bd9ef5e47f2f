import { LoopForgeError } from "../core/index.js";
import { createAppOctokit } from "../github/client/app-octokit.js";
import { DEFAULT_MAX_WAITING } from "../inbox/inbox.js";
import { DEFAULT_INBOX } from "../inbox/open.js";
import { type Environment, readConfig, type ServerConfig } from "../server/config.js";
import { createGithubFetch } from "../server/github-fetch.js";
import { DEFAULT_STORE } from "../store/open.js";
import { checkApp } from "./check-app.js";
import { checkDeliveries } from "./check-deliveries.js";
import { checkInbox } from "./check-inbox.js";
import { checkInstallations } from "./check-installations.js";
import { checkOrganizationConfig } from "./check-organization-config.js";
import { checkStore } from "./check-store.js";
import { checkWebhook } from "./check-webhook.js";
import { type Finding, findingsOf } from "./finding.js";
import { readManifest } from "./manifest.js";

export interface DoctorOptions {
  readonly env: Environment;
  readonly clock: () => Date;
}

/** Looks at everything that LoopForge needs. What is wrong is a finding, and never an error. */
export async function examine({ env, clock }: DoctorOptions): Promise<readonly Finding[]> {
  const configuration = readConfiguration(env);
  const found = await Promise.all([
    configuration.config ? checkGithub(configuration.config, clock) : [],
    checkStore(env.LOOPFORGE_STORE || DEFAULT_STORE, clock),
    checkInbox(env.LOOPFORGE_INBOX || DEFAULT_INBOX, configuration.config?.inboxLimit ?? DEFAULT_MAX_WAITING, clock),
  ]);
  return [configuration.finding, ...found.flat()];
}

function readConfiguration(env: Environment): { readonly finding: Finding; readonly config?: ServerConfig } {
  const { ok, fail } = findingsOf("configuration");
  try {
    const config = readConfig(env);
    return { config, finding: ok(`App ${config.appId} at ${config.githubUrl}`) };
  } catch (error) {
    if (!(error instanceof LoopForgeError)) throw error;
    return {
      finding: fail(error.message, "Set it, or write it into .env here: without it GitHub cannot be asked anything"),
    };
  }
}

async function checkGithub(config: ServerConfig, clock: () => Date): Promise<readonly Finding[]> {
  const github = createAppOctokit({
    ...{ appId: config.appId, privateKey: config.privateKey, baseUrl: config.githubUrl },
    fetch: createGithubFetch(),
    // Who runs it waits for the answer, and sees what GitHub says.
    ...{ patient: false, log: { debug: () => undefined, warn: () => undefined } },
  });
  const { app } = github;
  const { findings: known, manifest } = await checkApp(app, await readManifest(), clock);
  // Who is not let in learns nothing more.
  if (known.some(({ check, status }) => check === "credentials" && status === "fail")) return known;
  const more = await Promise.all([
    checkWebhook(app),
    checkInstallations(app, manifest),
    checkOrganizationConfig(github, config.organizationConfig),
    checkDeliveries(app),
  ]);
  return [...known, ...more.flat()];
}
