import { onTestFinished } from "vitest";
import { createAppOctokit } from "../../src/github/client/app-octokit.js";
import { SUBSCRIBED } from "../../src/github/events.js";
import { createParts } from "../../src/github/parts.js";
import { connectSqs } from "../../src/inbox/sqs/connection.js";
import { SqsMessages } from "../../src/inbox/sqs/message.js";
import type { SqsPlace } from "../../src/inbox/sqs/place.js";
import { SqsPut } from "../../src/inbox/sqs/put.js";
import { SqsInbox } from "../../src/inbox/sqs.js";
import { createIngestHandler } from "../../src/lambda/ingest-handler.js";
import { createWorkerHandler } from "../../src/lambda/worker-handler.js";
import { createSandbox, type Sandbox } from "../../src/sandbox/index.js";
import { createGithubFetch } from "../../src/server/github-fetch.js";
import { createIngest, WEBHOOK_PATH } from "../../src/server/ingest.js";
import { createWork } from "../../src/server/work.js";
import { openDynamoDB } from "../../src/store/dynamodb/open.js";
import type { LoopStore } from "../../src/store/repository.js";
import type { LocalAws } from "../inbox/servers/aws.js";
import { countingGuid, testClock } from "../sandbox/given.js";
import { TEST_KEY, WEBHOOK_SECRET } from "../support/keys.js";
import { collectedLog } from "../support/log.js";
import { depthOf, EventSource } from "./event-source.js";
import { givenFunctionUrl } from "./function-url.js";

/** LoopForge as it is deployed, with stand-ins for what is around it: GitHub, Lambda, SQS, DynamoDB. All of it over HTTP. */
export interface Functions {
  readonly sandbox: Sandbox;
  readonly clock: ReturnType<typeof testClock>;
  readonly store: LoopStore;
  readonly inbox: SqsInbox;
  readonly lines: readonly string[];
  /** Delivers and works everything, until GitHub and the functions have nothing more to tell each other. */
  settle(): Promise<void>;
  /** How many messages are left in the queue, and how many are dead letters. */
  left(): Promise<readonly [number, number]>;
}

export interface Places {
  readonly queue: SqsPlace & { readonly deadLetters: string };
  /** Where each function has its own way to AWS. */
  readonly ingest?: Pick<SqsPlace, "endpoint" | "dynamodbEndpoint">;
  readonly worker?: Pick<SqsPlace, "endpoint" | "dynamodbEndpoint">;
}

export async function givenFunctions(aws: LocalAws, { queue, ingest, worker }: Places): Promise<Functions> {
  const clock = testClock();
  const sandbox = createSandbox({
    ...{ clock, authClock: () => new Date(), guid: countingGuid() },
    app: { id: 4711, slug: "loopforge", name: "LoopForge", webhookSecret: WEBHOOK_SECRET, privateKey: TEST_KEY },
  });
  const github = await sandbox.listen();
  const { log, lines } = collectedLog("info");

  const inbox = new SqsInbox(queue, { clock });
  const ingestConnection = connectSqs({ ...queue, ...ingest });
  const take = createIngest({
    ...{ clock, log, webhookSecret: WEBHOOK_SECRET, onStored: () => undefined },
    inbox: new SqsPut(ingestConnection, { clock }),
    isSubscribed: (event) => SUBSCRIBED.has(event),
  });
  const url = await givenFunctionUrl(createIngestHandler({ log, ingest: async () => take }));
  sandbox.deliverTo(url + WEBHOOK_PATH);

  const name = queue.table.replace("inbox", "records");
  const direct = { endpoint: queue.dynamodbEndpoint ?? "", region: "us-east-1" };
  await (await openDynamoDB(`${name}?${query({ ...direct, ensureTables: "true" })}`, { clock })).close();
  const endpoint = worker?.dynamodbEndpoint ?? direct.endpoint;
  const store = await openDynamoDB(`${name}?${query({ ...direct, endpoint })}`, { clock });
  const connection = connectSqs({ ...queue, ...worker });
  const fetch = createGithubFetch();
  const app = { appId: 4711, privateKey: TEST_KEY };
  const receive = await createWork({
    ...{ fetch, clock, log, writes: null, settle: async () => undefined },
    parts: createParts({ store, clock, appId: app.appId, logger: log }),
    config: { ...app, webhookSecret: WEBHOOK_SECRET, githubUrl: github.url },
    github: createAppOctokit({ ...app, baseUrl: github.url, log, fetch, patient: false }),
    inbox: new SqsPut(connection, { clock }),
  });
  const handler = createWorkerHandler({
    ...{ receive, clock, log, random: () => 0, backoff: () => 0, queue: connection.queue },
    messages: new SqsMessages(connection),
  });
  const source = new EventSource(aws.sqs, queue.queueUrl, handler);

  onTestFinished(async () => {
    ingestConnection.close();
    connection.close();
    await Promise.all([github.close(), inbox.close(), store.close()]);
  });
  return {
    ...{ sandbox, clock, store, inbox, lines },
    async settle() {
      do {
        await sandbox.flush();
        await source.drain();
      } while (sandbox.deliveries.some(({ attempts }) => attempts.length === 0));
    },
    left: () => Promise.all([source.depth(), depthOf(aws.sqs, queue.deadLetters)]),
  };
}

function query(parameters: Readonly<Record<string, string>>): string {
  return new URLSearchParams(parameters).toString();
}
