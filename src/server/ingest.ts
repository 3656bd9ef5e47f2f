import { verify } from "@octokit/webhooks-methods";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Logger } from "pino";
import { LoopForgeError, sha256, timestamp } from "../core/index.js";
import type { Inbox } from "../inbox/inbox.js";
import { orderingKey } from "./ordering-key.js";

export const WEBHOOK_PATH = "/api/github/webhooks";

/** GitHub sends at most 25 MB. */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

/** GitHub's event names and delivery GUIDs are plain words. */
const NAME = /^[\w-]{1,100}$/;

export interface IngestOptions {
  readonly inbox: Inbox;
  readonly webhookSecret: string;
  readonly isSubscribed: (event: string) => boolean;
  /** Told after a delivery was stored. */
  readonly onStored: () => void;
  readonly clock: () => Date;
  readonly log: Logger;
}

/**
 * Takes GitHub's deliveries in: verifies the signature over the raw body, stores, and only then answers 2xx. What cannot be stored is
 * answered 503, so that GitHub notes a failure and it can be redelivered.
 */
export function createIngest({ inbox, webhookSecret, isSubscribed, onStored, clock, log }: IngestOptions): Hono {
  const app = new Hono();
  const limit = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (c) => c.json({ error: "The body has more than 25 MB" }, 413),
  });

  app.post(WEBHOOK_PATH, limit, async (c) => {
    const raw = decode(await c.req.arrayBuffer());
    const signature = c.req.header("x-hub-signature-256");
    if (!signature || !raw || !(await verify(webhookSecret, raw, signature))) {
      log.warn(
        { delivery: c.req.header("x-github-delivery") },
        "Refused a delivery whose signature does not fit WEBHOOK_SECRET",
      );
      return c.json({ error: "The signature is missing or does not fit" }, 401);
    }
    const guid = c.req.header("x-github-delivery") ?? "";
    const event = c.req.header("x-github-event") ?? "";
    if (!NAME.test(guid) || !NAME.test(event)) {
      return c.json({ error: "X-GitHub-Event or X-GitHub-Delivery is missing or not a name" }, 400);
    }
    const payload = parseObject(raw);
    if (!payload)
      return c.json(
        { error: "The body is not a JSON object: set the webhook's content type to application/json" },
        400,
      );

    if (!isSubscribed(event)) {
      await inbox.ignore(event);
      return c.json({ status: "ignored" }, 202);
    }
    const action = "action" in payload && typeof payload.action === "string" ? payload.action.slice(0, 100) : null;
    const outcome = await inbox.put({
      guid,
      event,
      action,
      key: orderingKey(event, guid, payload),
      receivedAt: timestamp(clock()),
      payloadSha256: sha256(raw),
      body: raw,
    });
    if (outcome !== "duplicate") onStored();
    return c.json({ status: outcome }, 202);
  });

  app.onError((error, c) => {
    log.error({ err: error, delivery: c.req.header("x-github-delivery") }, "Could not take a delivery in");
    if (error instanceof LoopForgeError && error.disposition.http < 500) return c.json({ error: error.message }, 409);
    return c.json({ error: "It could not be stored. Please deliver it again" }, 503, { "retry-after": "30" });
  });
  return app;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** GitHub's bodies are UTF-8; one that is not cannot bear a signature of GitHub's. */
function decode(body: ArrayBuffer): string | null {
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
