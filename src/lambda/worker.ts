import { setTimeout as sleep } from "node:timers/promises";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { createAppOctokit } from "../github/client/app-octokit.js";
import { Writes } from "../github/client/writes.js";
import { connectSqs } from "../inbox/sqs/connection.js";
import { SqsMessages } from "../inbox/sqs/message.js";
import { SqsPut } from "../inbox/sqs/put.js";
import { createGithubFetch } from "../server/github-fetch.js";
import { createWork, SETTLE_MS } from "../server/work.js";
import { inboxPlace } from "./inbox-place.js";
import { withRuntime } from "./runtime.js";
import { createWorkerHandler } from "./worker-handler.js";

const work = withRuntime(process.env, async ({ config, parts, log, clock }) => {
  const connection = connectSqs(inboxPlace(process.env));
  const fetch = createGithubFetch();
  const { appId, privateKey, githubUrl: baseUrl } = config;
  const receive = await createWork({
    ...{ config, parts, fetch, clock, log },
    github: createAppOctokit({ appId, privateKey, baseUrl, log, fetch }),
    writes: new Writes({ clock, monotonic: () => performance.now(), sleep }),
    inbox: new SqsPut(connection, { clock }),
    settle: () => sleep(SETTLE_MS),
  });
  const messages = new SqsMessages(connection);
  return createWorkerHandler({ messages, receive, clock, log, queue: connection.queue, random: Math.random });
});

/** Works deliveries off the queue. It fails as a whole only where it cannot start: then every message comes again. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  (await work())(event, context);
