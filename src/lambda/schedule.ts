import { createAppOctokit } from "../github/client/app-octokit.js";
import { createGithubFetch } from "../server/github-fetch.js";
import { catchingUp } from "../server/upkeep.js";
import { withRuntime } from "./runtime.js";
import { createScheduleHandler } from "./schedule-handler.js";

const run = withRuntime(process.env, async ({ config, parts, log, clock }) => {
  const { appId, privateKey, githubUrl: baseUrl } = config;
  const github = createAppOctokit({ appId, privateKey, baseUrl, log, fetch: createGithubFetch() });
  return createScheduleHandler({ jobs: catchingUp({ parts, github, clock, log }), log });
});

/** What has to be done whether GitHub delivers anything or not. */
export const handler = async (): Promise<void> => (await run())();
