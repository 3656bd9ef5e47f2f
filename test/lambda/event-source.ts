import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";

type Handler = (event: SQSEvent, context: { getRemainingTimeInMillis(): number }) => Promise<SQSBatchResponse>;

/** What Lambda does between a queue and a function: receive, invoke, and delete what did not fail. */
export class EventSource {
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;
  readonly #handler: Handler;

  constructor(sqs: SQSClient, queueUrl: string, handler: Handler) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
    this.#handler = handler;
  }

  /** @returns the batch that was handed over, and what the function said; null when there was none */
  async poll(timeLeftMs = 120_000): Promise<{ event: SQSEvent; response: SQSBatchResponse } | null> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#queueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 720,
        MessageSystemAttributeNames: ["All"],
      }),
    );
    if (Messages.length === 0) return null;
    const event = { Records: Messages.map(recordOf) };
    const response = await this.#handler(event, { getRemainingTimeInMillis: () => timeLeftMs });
    const failed = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId, receiptHandle } of event.Records) {
      if (failed.has(messageId)) continue;
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle: receiptHandle }));
    }
    return { event, response };
  }

  /** Polls until the queue hands out nothing more. */
  async drain(): Promise<void> {
    while ((await this.poll()) !== null);
  }

  /** How many messages there are, hidden ones included. */
  depth(): Promise<number> {
    return depthOf(this.#sqs, this.#queueUrl);
  }
}

export async function depthOf(sqs: SQSClient, queueUrl: string): Promise<number> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] });
  const { Attributes = {} } = await sqs.send(command);
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
}

function recordOf({ MessageId = "", ReceiptHandle = "", Body = "", Attributes = {} }: Message): SQSRecord {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: {
      ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? "1",
      SentTimestamp: Attributes.SentTimestamp ?? "0",
      SenderId: Attributes.SenderId ?? "",
      ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? "0",
      ...(Attributes.MessageGroupId === undefined ? {} : { MessageGroupId: Attributes.MessageGroupId }),
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:loopforge.fifo",
    awsRegion: "us-east-1",
  };
}
