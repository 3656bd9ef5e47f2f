import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { afterAll } from "vitest";
import type { SqsPlace } from "../../../src/inbox/sqs/place.js";
import { tableDefinition } from "../../../src/inbox/sqs/schema.js";
import { clientAt, givenDynamoDB } from "../../store/servers/dynamodb.js";

/** Stand-ins for SQS and DynamoDB that speak their protocols, for one test file, which ends them. */
export interface LocalAws {
  readonly sqs: SQSClient;
  /** An empty queue and an empty table, nobody else's, and their dead letters where a message was received too often. */
  newPlace(maxReceives?: number): Promise<SqsPlace & { readonly deadLetters: string }>;
  removeTable(place: SqsPlace): Promise<void>;
}

/** Null, and said plainly, where DynamoDB Local cannot be started. */
export async function givenAws(): Promise<LocalAws | null> {
  const local = await givenDynamoDB();
  if (!local) return null;
  // The SDK looks for them there; the stand-ins take any.
  process.env.AWS_ACCESS_KEY_ID = "local";
  process.env.AWS_SECRET_ACCESS_KEY = "local";
  const fauxqs = buildApp({ logger: false });
  await fauxqs.listen({ port: 0, host: "127.0.0.1" });
  const endpoint = `http://127.0.0.1:${(fauxqs.server.address() as AddressInfo).port}`;
  const sqs = new SQSClient({ endpoint, region: "us-east-1" });
  const dynamodb = clientAt(local.endpoint);
  afterAll(async () => {
    sqs.destroy();
    dynamodb.destroy();
    await fauxqs.close();
  });

  const queue = async (name: string, attributes: Record<string, string> = {}) => {
    const Attributes = { FifoQueue: "true", ...attributes };
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes }));
    return QueueUrl;
  };
  return {
    sqs,
    newPlace: async (maxReceives = 1000) => {
      const name = `inbox-${randomUUID()}`;
      const deadLetters = await queue(`${name}-dead`);
      const redrive = {
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${name}-dead.fifo`,
        maxReceiveCount: maxReceives,
      };
      const queueUrl = await queue(name, { RedrivePolicy: JSON.stringify(redrive) });
      await dynamodb.send(new CreateTableCommand(tableDefinition(name)));
      return { queueUrl, table: name, region: "us-east-1", endpoint, dynamodbEndpoint: local.endpoint, deadLetters };
    },
    removeTable: async ({ table }) => {
      await dynamodb.send(new DeleteTableCommand({ TableName: table }));
    },
  };
}
