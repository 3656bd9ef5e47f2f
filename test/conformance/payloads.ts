import type { Delivery } from "../../src/sandbox/index.js";
import { Validators, WEBHOOKS } from "./schemas.js";

const VALIDATORS = new Validators(WEBHOOKS);

/** What is wrong with a delivery by what GitHub says of its event and action. */
export function payloadProblems({
  event,
  action,
  body,
}: Pick<Delivery, "event" | "action" | "body">): readonly string[] {
  const kind = action === null ? event : `${event}.${action}`;
  const schema = WEBHOOKS.payloads[kind];
  if (schema === undefined) return [`GitHub has no ${kind}`];
  return VALIDATORS.of(schema)(JSON.parse(body)).map((one) => `${kind}: ${one}`);
}
