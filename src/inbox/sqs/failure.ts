import { LoopForgeError } from "../../core/index.js";

/** What SQS answers about a receipt whose time is up, or whose message is gone. */
const RECEIPT_OVER = new Set(["MessageNotInflight", "ReceiptHandleIsInvalid"]);

/**
 * Whether a request failed only because its receipt no longer holds the message. A FIFO queue also says so by `InvalidParameterValue`.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
 */
export function isReceiptOver(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    RECEIPT_OVER.has(shortName(error)) || /receipt handle has expired|not available for visibility/i.test(error.message)
  );
}

/** Any failure of the queue's in LoopForge's words, on one line. */
export function sqsFailure(error: unknown): never {
  if (!(error instanceof Error) || error instanceof LoopForgeError) throw error;
  const name = shortName(error);
  const line = error.message.replace(/\s+/g, " ").trim().slice(0, 300) || name;
  if (name === "QueueDoesNotExist" || name === "NonExistentQueue") {
    throw new LoopForgeError(
      "store_schema",
      "There is no such queue: check the URL and the region in LOOPFORGE_INBOX",
      {
        cause: error,
      },
    );
  }
  throw new LoopForgeError("inbox_unavailable", `The inbox's queue cannot be used (${name}: ${line})`, {
    cause: error,
  });
}

/** `AWS.SimpleQueueService.NonExistentQueue` is what the older protocol calls it. */
function shortName({ name }: Error): string {
  return name.replace(/^.*[.]/, "");
}
