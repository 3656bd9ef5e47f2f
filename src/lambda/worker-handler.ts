import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { ATTEMPTS, startAttempt, type WorkerLog } from "../inbox/attempt.js";
import type { Backoff } from "../inbox/backoff.js";
import type { Claim, WaysOn } from "../inbox/inbox.js";
import { LogLimit, type Monotonic } from "../inbox/log-limit.js";
import type { SqsMessages } from "../inbox/sqs/message.js";
import type { SqsQueue } from "../inbox/sqs/queue.js";
import { workBatch } from "./batch.js";

export interface WorkerHandlerOptions {
  readonly messages: WaysOn & Pick<SqsMessages, "open">;
  readonly queue: Pick<SqsQueue, "hide">;
  /** Works one delivery; it may get the same one again. */
  readonly receive: (claim: Claim) => Promise<void>;
  readonly clock: () => Date;
  /** `performance.now` by default. */
  readonly monotonic?: Monotonic;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: WorkerLog & { info(fields: object, message: string): void };
  /** How often a delivery is tried before it is set aside; 20 by default, as on a server. */
  readonly maxAttempts?: number;
  /** By default full jitter from 1 second to 5 minutes. */
  readonly backoff?: Backoff;
  /** For what is held up; by default equal jitter from 1 second to 10 minutes. */
  readonly holdBackoff?: Backoff;
}

interface Working extends WorkerHandlerOptions {
  readonly logLimit: LogLimit;
}

/** Kept for telling the inbox how a delivery ended: what is being worked then counts as failed, for Lambda ends it without a word. */
const RESERVE_MS = 5000;
/** With less time than this nothing is begun. */
const ENOUGH_MS = 10_000;

/** Works what the queue hands to the function. A delivery is done, set aside, or comes again. */
export function createWorkerHandler(given: WorkerHandlerOptions) {
  const options: Working = { ...given, logLimit: new LogLimit(given.monotonic ?? (() => performance.now())) };
  return (event: SQSEvent, context: Pick<Context, "getRemainingTimeInMillis">): Promise<SQSBatchResponse> => {
    const timeLeft = () => context.getRemainingTimeInMillis() - RESERVE_MS;
    return workBatch(event.Records, {
      work: (record) => work(record, timeLeft, options),
      giveBack: (record) => comeAgain(record, 0, options),
    });
  };
}

/** @returns whether the message can go */
async function work(record: SQSRecord, timeLeft: () => number, options: Working): Promise<boolean> {
  const { messages, clock, log } = options;
  try {
    if (timeLeft() < ENOUGH_MS) {
      // Not opened: no attempt is counted.
      await comeAgain(record, 0, options);
      return false;
    }
    // Nobody works it any more once the function has ended.
    const opened = await messages.open({ body: record.body, receipt: record.receiptHandle }, clock(), timeLeft());
    switch (opened.kind) {
      case "claimed":
        return await attempt(opened.claim, timeLeft(), options);
      case "obsolete":
        return true;
      case "early":
        await comeAgain(record, opened.dueAt.getTime() - clock().getTime(), options);
        return false;
      case "foreign":
        log.error({ message: record.messageId }, "A message in the queue is not LoopForge's");
        return false;
      default:
        return opened satisfies never;
    }
  } catch (error) {
    // The message comes again when its time in the queue is up.
    log.error({ err: error, message: record.messageId }, "A message could not be worked");
    return false;
  }
}

/** As a server's worker does it. @returns whether the delivery is over */
async function attempt(claim: Claim, timeoutMs: number, options: Working): Promise<boolean> {
  const { messages, receive, clock, random, log, logLimit } = options;
  const {
    maxAttempts = ATTEMPTS.maxAttempts,
    backoff = ATTEMPTS.backoff,
    holdBackoff = ATTEMPTS.holdBackoff,
  } = options;
  let isOver = false;
  const over = (kept: boolean): boolean => {
    isOver = kept;
    return kept;
  };
  const inbox: WaysOn = {
    extend: (...lease) => messages.extend(...lease),
    retry: (...failure) => messages.retry(...failure),
    release: (...claimed) => messages.release(...claimed),
    setAside: async (...reason) => over(await messages.setAside(...reason)),
    done: async (...done) => over(await messages.done(...done)),
  };
  await startAttempt(claim, {
    ...ATTEMPTS,
    ...{ inbox, handle: receive, clock, random, log, logLimit, maxAttempts, backoff, holdBackoff, timeoutMs },
    ...{ timers: globalThis, leaseMs: timeoutMs },
  }).settled;
  const { guid, event, action } = claim;
  if (isOver) log.info({ guid, event, action, attempt: claim.attempt }, "A delivery is over");
  return isOver;
}

async function comeAgain(
  { receiptHandle }: SQSRecord,
  ms: number,
  { queue, log }: WorkerHandlerOptions,
): Promise<void> {
  try {
    await queue.hide(receiptHandle, ms);
  } catch (error) {
    log.warn({ err: error }, "A message comes again later than it could");
  }
}
