import type { LoopRecord } from "../core/index.js";
import { cloudEventOf } from "./cloud-event.js";
import { HookFailure } from "./failure.js";
import type { AbortableHook } from "./isolation.js";
import { type PostOptions, post } from "./post.js";
import { signatureHeaders } from "./signature.js";
import { entryOf } from "./transition-entry.js";

export interface WebhookOptions extends PostOptions {
  readonly url: string;
  readonly signingSecret: string;
}

/** Posts each transition as a signed CloudEvent, until the receiver takes it. */
export function webhookHook(options: WebhookOptions): AbortableHook {
  return async (record, previousState, newState, trigger, signal) => {
    const entry = entryOf(record, previousState, newState, trigger);
    if (!entry) throw new HookFailure("failed", "The record's history does not have this transition");
    await sendEvent(record, entry.seq, signal, options);
  };
}

/**
 * Sends the event of one entry, now or again: the id and the bytes are the same, the signature's time is not.
 * @throws HookFailure when the receiver does not take it; LoopForgeError `record_not_found` for an entry that there is not
 */
export async function sendEvent(
  record: LoopRecord,
  seq: number,
  signal: AbortSignal,
  options: WebhookOptions,
): Promise<void> {
  const { id, body } = cloudEventOf(record, seq);
  const headers = {
    "content-type": "application/cloudevents+json; charset=utf-8",
    ...signatureHeaders(id, body, options.signingSecret, options.clock()),
  };
  await post({ url: options.url, headers, body }, signal, options);
}
