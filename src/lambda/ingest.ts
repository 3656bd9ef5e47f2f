import { SSMClient } from "@aws-sdk/client-ssm";
import { SUBSCRIBED } from "../github/events.js";
import { connectSqs } from "../inbox/sqs/connection.js";
import { SqsPut } from "../inbox/sqs/put.js";
import { createIngest } from "../server/ingest.js";
import { createFunctionLog } from "./function-log.js";
import { inboxPlace } from "./inbox-place.js";
import { createIngestHandler } from "./ingest-handler.js";
import { renewed } from "./renewed.js";
import { required, SECRETS_KEPT_MS, withSecrets } from "./secrets.js";

const clock = () => new Date();
const { env } = process;
const log = createFunctionLog(env);
const ssm = new SSMClient({});
let inbox: SqsPut | undefined;

const ingest = renewed(
  SECRETS_KEPT_MS,
  async () => {
    const secrets = await withSecrets(env, ssm);
    inbox ??= new SqsPut(connectSqs(inboxPlace(env)), { clock });
    const previousSecret = secrets.WEBHOOK_SECRET_PREVIOUS;
    return createIngest({
      ...{ inbox, clock, log, webhookSecret: required(secrets, "WEBHOOK_SECRET") },
      ...(previousSecret ? { previousSecret } : {}),
      isSubscribed: (event) => SUBSCRIBED.has(event),
      // The queue itself wakes the worker.
      onStored: () => undefined,
    });
  },
  { clock, onFailure: (error) => log.error({ err: error }, "Cannot renew the webhook secret: the one before is used") },
);

// While Lambda starts a function it has a whole processor: what is fetched now is there for the first delivery.
void ingest().catch(() => undefined);

/** Takes deliveries in: verifies, stores, answers. */
export const handler = createIngestHandler({ ingest, log });
