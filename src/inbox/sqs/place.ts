import { LoopForgeError } from "../../core/index.js";

/** Where an inbox on Amazon SQS is: its queue, and the table that remembers what the queue only hands on. */
export interface SqsPlace {
  /** A FIFO queue's URL. */
  readonly queueUrl: string;
  /** The DynamoDB table's name. */
  readonly table: string;
  /** By default where the SDK's own settings say (AWS_REGION, profiles). */
  readonly region?: string;
  /** Addresses other than Amazon's, such as emulators'. */
  readonly endpoint?: string;
  readonly dynamodbEndpoint?: string;
}

const PARAMETERS = ["region", "endpoint", "table", "dynamodb_endpoint"] as const;
const TABLE = /^[\w.-]{3,255}$/;

/**
 * Reads what stands behind `sqs:`, such as
 * `https://sqs.eu-central-1.amazonaws.com/123456789012/loopforge.fifo?region=eu-central-1&table=loopforge-inbox`.
 * @throws LoopForgeError `usage`
 */
export function sqsPlace(rest: string): SqsPlace {
  const [queue = "", ...query] = rest.split("?");
  if (!isAddress(queue)) throw unusable("it names no queue's URL");
  if (!queue.endsWith(".fifo")) throw unusable("its queue is no FIFO queue: the name of one ends in .fifo");
  const given = new URLSearchParams(query.join("?"));
  for (const name of given.keys()) {
    if (PARAMETERS.some((known) => known === name)) continue;
    throw unusable(`it has a parameter ${JSON.stringify(name.slice(0, 40))}, and knows ${PARAMETERS.join(", ")}`);
  }
  const table = given.get("table") ?? "";
  if (!TABLE.test(table)) throw unusable("its table= is missing or no table's name");
  const [region, endpoint, dynamodbEndpoint] = [
    given.get("region"),
    given.get("endpoint"),
    given.get("dynamodb_endpoint"),
  ];
  for (const address of [endpoint, dynamodbEndpoint]) {
    if (address !== null && !isAddress(address)) throw unusable("an endpoint of it is no http address");
  }
  return {
    queueUrl: queue,
    table,
    ...(region ? { region } : {}),
    ...(endpoint === null ? {} : { endpoint }),
    ...(dynamodbEndpoint === null ? {} : { dynamodbEndpoint }),
  };
}

function isAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function unusable(why: string): LoopForgeError {
  return new LoopForgeError(
    "usage",
    `Cannot use LOOPFORGE_INBOX: ${why}. It can be, for example: sqs:https://sqs.eu-central-1.amazonaws.com/123456789012/loopforge.fifo?region=eu-central-1&table=loopforge-inbox`,
  );
}
