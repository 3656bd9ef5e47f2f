import { LRUCache } from "lru-cache";
import type { Entry, PersonId } from "../core/index.js";
import { HookFailure } from "./failure.js";
import type { AbortableHook } from "./isolation.js";
import { type PostOptions, post } from "./post.js";
import { slackMessage } from "./slack-message.js";
import { entryOf } from "./transition-entry.js";

/** Who a pseudonym is; null for somebody who was forgotten. */
export type LoginOf = (person: PersonId) => Promise<string | null>;

export interface SlackOptions extends PostOptions {
  /** An incoming webhook's address. It is a secret: whoever has it can post. */
  readonly url: string;
  readonly loginOf: LoginOf;
}

/** Messages that are remembered. A delivery that is worked again must not post again, for Slack itself takes anything twice. */
const REMEMBERED = 10_000;

/**
 * Posts each transition to a Slack channel.
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export function slackHook(options: SlackOptions): AbortableHook {
  const posted = new LRUCache<string, true>({ max: REMEMBERED });
  return async (record, previousState, newState, trigger, signal) => {
    const entry = entryOf(record, previousState, newState, trigger);
    if (!entry) throw new HookFailure("failed", "The record's history does not have this transition");
    const id = `${record.recordId}/${entry.seq}`;
    if (posted.has(id)) return;
    const body = JSON.stringify(slackMessage(record, entry, await actors(entry, options.loginOf)));
    await post({ url: options.url, headers: { "content-type": "application/json" }, body }, signal, options);
    posted.set(id, true);
  };
}

async function actors({ people }: Entry, loginOf: LoginOf): Promise<readonly string[]> {
  const actors = people.filter(({ role }) => role === "actor" || role === "merger");
  const names = await Promise.all(actors.map(async ({ person }) => (await loginOf(person)) ?? person));
  return [...new Set(names)];
}
