import type { Logger } from "pino";
import { LoopForgeError, sha256, timestamp } from "../core/index.js";
import type { Inbox } from "../inbox/inbox.js";
import { LogLimit, type Monotonic } from "../inbox/log-limit.js";
import { createVerifier, type Verifier } from "./ingest-signature.js";
import { orderingKey } from "./ordering-key.js";

export const WEBHOOK_PATH = "/api/github/webhooks";

/** GitHub sends at most 25 MB. */
export const MAX_BODY_BYTES = 25 * 1024 * 1024;

const RETRY_AFTER_S = 30;

/** GitHub's event names and delivery GUIDs are plain words. */
const NAME = /^[\w-]{1,100}$/;

export interface IngestOptions {
  readonly inbox: Pick<Inbox, "put" | "ignore">;
  readonly webhookSecret: string;
  /** Signatures by this one are taken as well: GitHub goes on with the old secret until it is told the new one. */
  readonly previousSecret?: string;
  readonly isSubscribed: (event: string) => boolean;
  /** Told after a delivery was stored. */
  readonly onStored: () => void;
  readonly clock: () => Date;
  /** `performance.now` by default. */
  readonly monotonic?: Monotonic;
  readonly log: Pick<Logger, "warn" | "error">;
}

/** One POST to the webhook's address, whatever took it in. */
export interface IncomingDelivery {
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly body: { readonly status: string } | { readonly error: string };
  /** In seconds. */
  readonly retryAfter?: number;
}

export type Ingest = (delivery: IncomingDelivery) => Promise<Answer>;

/**
 * Takes GitHub's deliveries in: verifies the signature over the raw body, stores, and only then answers 2xx. What cannot be stored is
 * answered 503, so that GitHub notes a failure and it can be redelivered. Never rejects.
 */
export function createIngest(options: IngestOptions): Ingest {
  const isSigned = createVerifier(options);
  const logLimit = new LogLimit(options.monotonic ?? (() => performance.now()));
  return async (delivery) => {
    try {
      return await take(delivery, isSigned, options);
    } catch (error) {
      return explain(error, delivery, { log: options.log, logLimit });
    }
  };
}

interface Explaining {
  readonly log: IngestOptions["log"];
  readonly logLimit: LogLimit;
}

function explain(error: unknown, { header }: IncomingDelivery, { log, logLimit }: Explaining): Answer {
  const delivery = header("x-github-delivery");
  if (!(error instanceof LoopForgeError)) {
    log.error({ err: error, delivery }, "Could not take a delivery in");
    return { ...refuse(503, "It could not be stored. Please deliver it again"), retryAfter: RETRY_AFTER_S };
  }
  const { code, message, disposition } = error;
  // A stack would say nothing. What ails the inbox ails every delivery: it is said once a minute.
  if (disposition.http < 500) {
    log.warn({ delivery, code }, message);
    return refuse(disposition.http, message);
  }
  logLimit.once(`${code} ${message}`, (omitted) => {
    if (code === "inbox_full") log.warn({ delivery, code, omitted }, message);
    else log.error({ delivery, code, omitted }, `Could not take a delivery in: ${message}`);
  });
  const why = disposition.retry ? "It could not be stored. Please deliver it again" : "It could not be stored";
  return { ...refuse(503, why), retryAfter: RETRY_AFTER_S };
}

async function take({ header, body }: IncomingDelivery, isSigned: Verifier, options: IngestOptions): Promise<Answer> {
  const { inbox, isSubscribed, onStored, clock, log } = options;
  const raw = decode(body);
  const signature = header("x-hub-signature-256");
  if (!signature || !raw || !(await isSigned(raw, signature))) {
    const guid = header("x-github-delivery");
    log.warn({ delivery: guid }, "Refused a delivery whose signature does not fit WEBHOOK_SECRET");
    return refuse(401, "The signature is missing or does not fit");
  }
  const guid = header("x-github-delivery") ?? "";
  const event = header("x-github-event") ?? "";
  if (!NAME.test(guid) || !NAME.test(event)) {
    return refuse(400, "X-GitHub-Event or X-GitHub-Delivery is missing or not a name");
  }
  const payload = parseObject(raw);
  if (!payload) return refuse(400, "The body is not a JSON object: set the webhook's content type to application/json");

  if (!isSubscribed(event)) {
    await inbox.ignore(event);
    return { status: 202, body: { status: "ignored" } };
  }
  const action = "action" in payload && typeof payload.action === "string" ? payload.action.slice(0, 100) : null;
  const outcome = await inbox.put({
    guid,
    event,
    action,
    key: orderingKey(event, guid, payload),
    receivedAt: timestamp(clock()),
    payloadSha256: sha256(body),
    body: raw,
  });
  if (outcome !== "duplicate") onStored();
  return { status: 202, body: { status: outcome } };
}

function refuse(status: number, error: string): Answer {
  return { status, body: { error } };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** GitHub's bodies are UTF-8; one that is not cannot bear a signature of GitHub's. */
function decode(body: Uint8Array): string | null {
  try {
    return UTF8.decode(body);
  } catch {
    return null;
  }
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
