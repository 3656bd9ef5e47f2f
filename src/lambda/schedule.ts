import { createAppOctokit } from "../github/client/app-octokit.js";
import { createGithubFetch } from "../server/github-fetch.js";
import { catchingUp } from "../server/upkeep.js";
import { once } from "./once.js";
import { openRuntime } from "./runtime.js";
import { createScheduleHandler } from "./schedule-handler.js";

const run = once(async () => {
  const { config, parts, log, clock } = await openRuntime(process.env);
  const { appId, privateKey, githubUrl: baseUrl } = config;
  const github = createAppOctokit({ appId, privateKey, baseUrl, log, fetch: createGithubFetch() });
  return createScheduleHandler({ jobs: catchingUp({ parts, github, clock, log }), log });
});

/** What has to be done whether GitHub delivers anything or not. */
export const handler = async (): Promise<void> => (await run())();
