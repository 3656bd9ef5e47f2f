import type { Delivery } from "../../src/sandbox/index.js";
import { Validators, WEBHOOKS } from "./schemas.js";

const VALIDATORS = new Validators(WEBHOOKS);

/** What is wrong with a delivery by what GitHub says of its event and action. */
export function payloadProblems({
  event,
  action,
  body,
}: Pick<Delivery, "event" | "action" | "body">): readonly string[] {
  return problemsOfPayload(action === null ? event : `${event}.${action}`, JSON.parse(body));
}

/** @param kind `event.action` */
export function problemsOfPayload(kind: string, payload: unknown): readonly string[] {
  const schema = WEBHOOKS.payloads[kind];
  if (schema === undefined) return [`GitHub has no ${kind}`];
  return VALIDATORS.of(schema)(payload).map((one) => `${kind}: ${one}`);
}
