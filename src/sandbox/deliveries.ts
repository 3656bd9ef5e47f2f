import { createHmac } from "node:crypto";
import type { EventPayloadMap } from "@octokit/webhooks-types";
import { iso } from "./format.js";

/** Any webhook payload. */
export type Payload = EventPayloadMap[keyof EventPayloadMap];

/** One try at posting a delivery. */
export interface Attempt {
  /** The delivery's own id the first time, another one for each redelivery. */
  readonly id: number;
  readonly at: string;
  /** In seconds. */
  readonly duration: number;
  /** Null when no answer came. */
  readonly statusCode: number | null;
  /** GitHub's word for the outcome, such as `OK` or the error's message. */
  readonly status: string;
}

/** The App's webhook, as its settings have it now. */
export interface Hook {
  readonly appId: number;
  readonly hookId: number;
  secret: string;
  url: string;
  contentType: "json" | "form";
  insecureSsl: "0" | "1";
}

// Beyond the ids of deliveries that were sent once.
const FIRST_REDELIVERY = 30_000_000_001;

/** One webhook: made from the state at the moment of its event, and not touched afterwards. */
export class Delivery {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  /** Null for events without actions, such as `push`. */
  readonly action: string | null;
  readonly payload: Payload;
  readonly at: string;
  readonly repositoryId: number | null;
  readonly attempts: Attempt[] = [];
  readonly #hook: Hook;
  #body: string | undefined;
  #signed: { readonly secret: string; readonly headers: Readonly<Record<string, string>> } | undefined;

  constructor(fields: {
    id: number;
    guid: string;
    event: string;
    payload: Payload;
    at: string;
    repositoryId: number | null;
    hook: Hook;
  }) {
    this.id = fields.id;
    this.guid = fields.guid;
    this.event = fields.event;
    this.payload = fields.payload;
    this.action = "action" in fields.payload ? fields.payload.action : null;
    this.at = fields.at;
    this.repositoryId = fields.repositoryId;
    this.#hook = fields.hook;
  }

  /** The exact text that is signed and sent. */
  get body(): string {
    this.#body ??= JSON.stringify(this.payload);
    return this.#body;
  }

  /** The headers as GitHub sends them now, with a signature by the secret that the webhook has now. */
  get headers(): Readonly<Record<string, string>> {
    const { secret, appId, hookId } = this.#hook;
    if (this.#signed?.secret === secret) return this.#signed.headers;
    const headers = {
      Accept: "*/*",
      "Content-Type": "application/json",
      "User-Agent": "GitHub-Hookshot/sandbox",
      "X-GitHub-Delivery": this.guid,
      "X-GitHub-Event": this.event,
      "X-GitHub-Hook-ID": String(hookId),
      "X-GitHub-Hook-Installation-Target-ID": String(appId),
      "X-GitHub-Hook-Installation-Target-Type": "integration",
      "X-Hub-Signature-256": `sha256=${createHmac("sha256", secret).update(this.body).digest("hex")}`,
    };
    this.#signed = { secret, headers };
    return headers;
  }

  /** The status code of the last attempt; undefined before the first, null when no answer came. */
  get status(): number | null | undefined {
    return this.attempts.at(-1)?.statusCode;
  }
}

/** Posts a delivery and answers the status code. */
export type Post = (delivery: Delivery) => Promise<number>;

/** The queue between events and the App's webhook address. */
export class Outbox {
  readonly kept: Delivery[] = [];
  post: Post | null = null;
  readonly #keep: boolean;
  readonly #clock: () => Date;
  #waiting: Delivery[] = [];
  #redelivered = 0;
  #flushing: Promise<void> | null = null;

  constructor(options: { keep: boolean; clock: () => Date }) {
    this.#keep = options.keep;
    this.#clock = options.clock;
  }

  /** Adds a delivery. */
  add(delivery: Delivery): void {
    if (this.#keep) this.kept.push(delivery);
    this.#waiting.push(delivery);
  }

  /** Sends a delivery once more with the next flush, as GitHub does some time after it was asked to. */
  again(delivery: Delivery): void {
    this.#waiting.push(delivery);
  }

  /** Takes all deliveries that wait to be sent off the queue, in order. */
  take(): Delivery[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  /** Posts one delivery, whether it was sent before or not, and records the attempt. */
  async deliver(delivery: Delivery): Promise<Attempt> {
    if (this.post === null) throw new Error("Say where to deliver first: sandbox.deliverTo(url)");
    const attempt = await this.#attempt(delivery, this.post);
    delivery.attempts.push(attempt);
    return attempt;
  }

  /** Posts everything that waits, one at a time, until nothing waits any more. */
  flush(): Promise<void> {
    this.#flushing ??= this.#drain();
    return this.#flushing;
  }

  async #drain(): Promise<void> {
    // Never finish before `flush` has stored this promise.
    await Promise.resolve();
    try {
      for (let batch = this.take(); batch.length > 0; batch = this.take()) {
        for (const [index, delivery] of batch.entries()) {
          try {
            await this.deliver(delivery);
          } catch (error) {
            this.#waiting = [...batch.slice(index), ...this.#waiting];
            throw error;
          }
        }
      }
    } finally {
      this.#flushing = null;
    }
  }

  async #attempt(delivery: Delivery, post: Post): Promise<Attempt> {
    const begun = this.#clock();
    const isFirst = delivery.attempts.length === 0;
    const id = isFirst ? delivery.id : FIRST_REDELIVERY + this.#redelivered++;
    const outcome = await outcomeOf(delivery, post);
    return { id, at: iso(begun), duration: (this.#clock().getTime() - begun.getTime()) / 1000, ...outcome };
  }
}

async function outcomeOf(delivery: Delivery, post: Post): Promise<Pick<Attempt, "statusCode" | "status">> {
  try {
    const statusCode = await post(delivery);
    const accepted = statusCode >= 200 && statusCode < 300;
    return { statusCode, status: accepted ? "OK" : `Invalid HTTP Response: ${statusCode}` };
  } catch (error) {
    return { statusCode: null, status: error instanceof Error ? error.message : String(error) };
  }
}
