import type { SQSBatchResponse, SQSRecord } from "aws-lambda";

export interface BatchOptions {
  /** Works one message. Answers false when it has to come again. */
  readonly work: (record: SQSRecord) => Promise<boolean>;
  /** Told of a message that was not worked because one before it in its group has to come again. */
  readonly giveBack: (record: SQSRecord) => Promise<void>;
}

/**
 * Works a batch of a FIFO queue: message groups side by side, a group's messages one after the other. From the first message of a group on
 * that has to come again, all others of its group have to come again as well, for the order would be lost.
 *
 * A message that was received before may be the one that ended the function then, and whatever is being worked beside it ends with it.
 * So groups with such messages are worked after all others, one after the other: each message is begun only once nothing else is being
 * worked. When the function ends again, no other delivery than the one that ended it has an attempt to its account.
 * @returns which messages have to come again; Lambda deletes the others from the queue
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export async function workBatch(records: readonly SQSRecord[], options: BatchOptions): Promise<SQSBatchResponse> {
  const groups = groupsOf(records);
  const fresh = groups.filter((group) => !group.some(wasReceivedBefore));
  const again = (await Promise.all(fresh.map((group) => workGroup(group, options)))).flat();
  for (const group of groups) {
    if (!fresh.includes(group)) again.push(...(await workGroup(group, options)));
  }
  return { batchItemFailures: again.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

function groupsOf(records: readonly SQSRecord[]): readonly (readonly SQSRecord[])[] {
  const groups = new Map<string, SQSRecord[]>();
  for (const record of records) groups.set(groupOf(record), [...(groups.get(groupOf(record)) ?? []), record]);
  return [...groups.values()];
}

function wasReceivedBefore({ attributes }: SQSRecord): boolean {
  return Number(attributes.ApproximateReceiveCount) > 1;
}

async function workGroup(group: readonly SQSRecord[], { work, giveBack }: BatchOptions): Promise<readonly SQSRecord[]> {
  for (const [place, record] of group.entries()) {
    if (await work(record)) continue;
    const behind = group.slice(place + 1);
    await Promise.all(behind.map(giveBack));
    return [record, ...behind];
  }
  return [];
}

/** A queue that is no FIFO queue has no groups: each message is on its own. */
function groupOf({ attributes, messageId }: SQSRecord): string {
  return attributes.MessageGroupId ?? messageId;
}
