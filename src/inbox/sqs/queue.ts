import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { sha256 } from "../../core/index.js";
import { isReceiptOver, sqsFailure } from "./failure.js";
import type { SqsPlace } from "./place.js";

/** A message as SQS hands it out, here or to a Lambda function. */
export interface Message {
  readonly body: string;
  /** What it is held by until it is deleted or becomes visible again. */
  readonly receipt: string;
  /** Messages of one group are handed out in order; several of one group may come at once. */
  readonly group: string;
}

/** SQS's own limits. */
export const MOST_AT_ONCE = 10;
const LONGEST_HIDING_S = 43_200;
/** What SQS takes as a group's name. */
const GROUP = /^[\w!"#$%&'()*+,./:;<=>?@[\\\]^`{|}~-]{1,128}$/;

/** A FIFO queue in few verbs. Errors are LoopForge's. */
export class SqsQueue {
  readonly #sqs: SQSClient;
  readonly #url: string;

  constructor({ queueUrl, region, endpoint }: SqsPlace) {
    this.#url = queueUrl;
    this.#sqs = new SQSClient({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      requestHandler: { connectionTimeout: 3000, requestTimeout: 30_000, throwOnRequestTimeout: true },
    });
  }

  /** @param key messages of one key are handed out one at a time, in order @param id the same message is not taken twice within 5 minutes */
  async send(body: string, { key, id }: { readonly key: string; readonly id: string }): Promise<void> {
    const command = new SendMessageCommand({
      QueueUrl: this.#url,
      MessageBody: body,
      MessageGroupId: GROUP.test(key) ? key : sha256(key),
      MessageDeduplicationId: id,
    });
    await this.#sqs.send(command).catch(sqsFailure);
  }

  /**
   * Some of what is there, at most `limit` and ten.
   * @param hideMs for how long others do not get it
   * @param waitS how long to wait for the first message; from 1 on, SQS asks all of its servers
   */
  async receive(limit: number, hideMs: number, waitS: number): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: Math.min(limit, MOST_AT_ONCE),
      VisibilityTimeout: seconds(hideMs),
      WaitTimeSeconds: waitS,
      MessageSystemAttributeNames: ["MessageGroupId"],
    });
    const { Messages = [] } = await this.#sqs.send(command).catch(sqsFailure);
    return Messages.map(({ Body = "", ReceiptHandle = "", Attributes }) => ({
      body: Body,
      receipt: ReceiptHandle,
      group: Attributes?.MessageGroupId ?? ReceiptHandle,
    }));
  }

  /** Nobody gets the message for so many milliseconds from now, nor another of its key; 0: it comes at once. At most 12 hours. */
  async hide(receipt: string, ms: number): Promise<void> {
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: this.#url,
      ReceiptHandle: receipt,
      VisibilityTimeout: seconds(ms),
    });
    await this.#held(this.#sqs.send(command));
  }

  async delete(receipt: string): Promise<void> {
    await this.#held(this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle: receipt })));
  }

  /**
   * How many messages there are, in flight or not. SQS says about how many.
   * @throws LoopForgeError `store_schema` when there is no such queue
   */
  async depth(): Promise<number> {
    const names = [
      "ApproximateNumberOfMessages",
      "ApproximateNumberOfMessagesNotVisible",
      "ApproximateNumberOfMessagesDelayed",
    ] as const;
    const command = new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: [...names] });
    const { Attributes = {} } = await this.#sqs.send(command).catch(sqsFailure);
    return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }

  close(): void {
    this.#sqs.destroy();
  }

  /** A receipt that is over holds nothing any more: the message comes again, and the table says what it is worth. */
  async #held(request: Promise<unknown>): Promise<void> {
    await request.catch((error: unknown) => {
      if (!isReceiptOver(error)) sqsFailure(error);
    });
  }
}

/** Rather later than early: what comes before its time is only sent back. */
function seconds(ms: number): number {
  return Math.min(LONGEST_HIDING_S, Math.max(0, Math.ceil(ms / 1000)));
}
