import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { createApp } from "../github/app.js";
import { connectSqs } from "../inbox/sqs-connection.js";
import { SqsMessages } from "../inbox/sqs-message.js";
import { createGithubFetch } from "../server/github-fetch.js";
import { createReceiver } from "../server/receiver.js";
import { inboxPlace } from "./inbox-place.js";
import { once } from "./once.js";
import { openRuntime } from "./runtime.js";
import { createWorkerHandler } from "./worker-handler.js";

const work = once(async () => {
  const { config, parts, log, clock } = await openRuntime(process.env);
  const connection = connectSqs(inboxPlace(process.env));
  const receive = await createReceiver({ config, log, fetch: createGithubFetch(), app: createApp(parts) });
  const messages = new SqsMessages(connection, { clock });
  return createWorkerHandler({ messages, receive, clock, log, queue: connection.queue, random: Math.random });
});

/** Works deliveries off the queue. It fails as a whole only where it cannot start: then every message comes again. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  (await work())(event, context);
