import { LoopForgeError } from "../core/index.js";
import { type SqsPlace, sqsPlace } from "../inbox/sqs/place.js";
import { type Environment, required } from "./secrets.js";

/**
 * Where `LOOPFORGE_INBOX` is. Not by `openInbox`, with which a function would have to load every other kind of inbox.
 * @throws LoopForgeError `usage`
 */
export function inboxPlace(env: Environment): SqsPlace {
  const url = required(env, "LOOPFORGE_INBOX");
  if (!url.startsWith("sqs:")) throw new LoopForgeError("usage", "LOOPFORGE_INBOX is no sqs: on Lambda it has to be");
  return sqsPlace(url.slice("sqs:".length));
}
