import {
  type AttributeValue,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import { LoopForgeError } from "../../core/index.js";
import { ServerFailure } from "../retry.js";
import type { Row } from "../row.js";

/** Conditions that did not hold: nothing was written, and trying again would not help. */
export class ConditionsFailed extends Error {
  override readonly name = "ConditionsFailed";
  /** The places of the actions in the transaction whose conditions they were; 0 for a write by itself. */
  readonly failed: readonly number[];
  /** The item that is there, where the write asked for it; null where there is none. Its texts and numbers only. */
  readonly item: Row | null;

  constructor(failed: readonly number[], options: ErrorOptions, item: Row | null = null) {
    super("A condition of a DynamoDB write did not hold", options);
    this.failed = failed;
    this.item = item;
  }
}

/** Not carried out, because of what else went on at that moment. The two last ones are reasons for which a transaction was cancelled. */
const BUSY = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "TransactionConflictException",
  "TransactionInProgressException",
  "ProvisionedThroughputExceeded",
  "ThrottlingError",
  "TransactionConflict",
]);
const NO_CREDENTIALS = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "CredentialsProviderError",
  "ExpiredTokenException",
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "TokenProviderError",
  "UnrecognizedClientException",
]);
const NETWORK = /^E(CONN|HOST|NET|NOTFOUND|PIPE|PROTO|TIMEDOUT|AI_AGAIN)|^ERR_(TLS|SSL)|CERT/;

/**
 * What failed, in LoopForge's words: an error for the user that names the setting to change, a {@link ServerFailure} that says whether
 * the same may work later, or {@link ConditionsFailed}. Errors that nobody foresaw stay as they are.
 */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof LoopForgeError || error instanceof ConditionsFailed) return error;
  if (error instanceof TransactionCanceledException) return cancelled(error);
  if (error instanceof ConditionalCheckFailedException) {
    return new ConditionsFailed([0], { cause: error }, error.Item ? plain(error.Item) : null);
  }
  return byName(error.name, error.message, error) ?? byTransport(error) ?? error;
}

/** The document client translates answers, but not errors. */
function plain(item: Readonly<Record<string, AttributeValue>>): Row {
  const values = Object.entries(item).map(([name, { S, N }]) => [name, N === undefined ? S : Number(N)] as const);
  return Object.fromEntries(values);
}

/** Conditions first: where one does not hold, a conflict beside it does not matter. */
function cancelled(error: TransactionCanceledException): unknown {
  const reasons = error.CancellationReasons ?? [];
  const failed = reasons.flatMap(({ Code }, place) => (Code === "ConditionalCheckFailed" ? [place] : []));
  if (failed.length > 0) return new ConditionsFailed(failed, { cause: error });
  const causes = reasons.filter(({ Code = "None" }) => Code !== "None");
  for (const { Code = "", Message = error.message } of causes) {
    const known = byName(Code, Message, error);
    if (known) return known;
  }
  const line = causes.map(({ Code, Message = "" }) => `${Code}: ${oneLine(Message)}`).join(", ");
  return unavailable("final", `DynamoDB refused a transaction (${line || oneLine(error.message)})`, error);
}

function byName(name: string, message: string, cause: Error): LoopForgeError | null {
  const line = oneLine(message);
  if (BUSY.has(name)) return unavailable("passing", `DynamoDB is busy (${name}), and was so at every try`, cause);
  // The SDK has learnt the right time from this very answer: the next try is signed with it.
  if (/signature (expired|not yet current)/i.test(message)) {
    return unavailable("passing", `DynamoDB says that this machine's clock is wrong (${line})`, cause);
  }
  if (NO_CREDENTIALS.has(name)) {
    return unavailable(
      "final",
      `DynamoDB refused the credentials (${name}: ${line}): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the role and its policy; DynamoDB Local takes any`,
      cause,
    );
  }
  if (name === "ResourceNotFoundException" || /does not have the specified index/.test(message)) {
    return new LoopForgeError(
      "store_schema",
      `DynamoDB lacks a table or an index (${line}): check the table's name in LOOPFORGE_STORE and the region (AWS_REGION)`,
      { cause },
    );
  }
  if (!name.startsWith("Validation")) return null;
  if (/(hash|range|primary) ?key|empty string value|empty attribute name/i.test(message)) {
    return new LoopForgeError("usage", `DynamoDB cannot take a link, an id or a name such as this: ${line}`, { cause });
  }
  // Of a head, or of an item beside it: entries are checked when they are sealed.
  if (/size/i.test(message)) {
    return new LoopForgeError("entry_too_large", `DynamoDB cannot take an item of more than 400 KB: ${line}`, {
      cause,
    });
  }
  return null;
}

function byTransport(error: Error): LoopForgeError | null {
  const { code, $metadata } = error as Error & { code?: unknown; $metadata?: { httpStatusCode?: number } };
  if (/region is missing/i.test(error.message)) {
    return new LoopForgeError("usage", "DynamoDB needs a region: set AWS_REGION, or region= in LOOPFORGE_STORE", {
      cause: error,
    });
  }
  const isCut = (typeof code === "string" && NETWORK.test(code)) || error.name === "TimeoutError";
  if (isCut || ($metadata?.httpStatusCode ?? 0) >= 500) {
    return unavailable(
      "unknown",
      `DynamoDB cannot be reached (${oneLine(error.message) || String(code)}): check the region (AWS_REGION) and the endpoint in LOOPFORGE_STORE`,
      error,
    );
  }
  // It did answer, and nothing that DynamoDB says: somebody else listens there, most likely.
  if ($metadata === undefined || error.name === "ValidationException") return null;
  return unavailable(
    "final",
    `DynamoDB refused (${error.name}: ${oneLine(error.message)}): check the endpoint and the region in LOOPFORGE_STORE`,
    error,
  );
}

function unavailable(outlook: ServerFailure["outlook"], message: string, cause: Error): ServerFailure {
  return new ServerFailure(outlook, "store_unavailable", message, { cause });
}

/** Some of Amazon's messages have several lines. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}
