import type { Entry, RecordHead } from "../core/index.js";
import { plainText } from "./plain-text.js";

/** What Slack is posted: the text for notifications, and the blocks that are shown. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly object[];
}

/**
 * One transition as Slack shows it: a broken rule in red first, then the work item and where it went, then who and when.
 * @param who names of those who did it, as people know them
 * @see https://docs.slack.dev/reference/block-kit/blocks
 */
export function slackMessage(head: RecordHead, entry: Entry, who: readonly string[]): SlackMessage {
  const move = `${words(entry.fromState)} → ${words(entry.toState)}`;
  const rule = entry.kind === "exception" ? ruleOf(entry) : null;
  const item = `*${linked(head.ref, workItemUrl(head))}*  ${move}`;
  const by = who.length > 0 ? `by ${who.map(escaped).join(", ")} · ` : "";
  const pull = head.prUrl ? ` · ${linked(`pull request ${head.prNumber ?? ""}`.trim(), head.prUrl)}` : "";
  return {
    text: `${rule ? `🔴 ${rule}: ` : ""}${escaped(head.ref)} ${move}`,
    blocks: [
      ...(rule ? [section(`🔴 *${rule}*`)] : []),
      section(item),
      {
        type: "context",
        elements: [mrkdwn(`${by}${escaped(entry.trigger)} · ${entry.occurredAt ?? entry.timestamp}${pull}`)],
      },
    ],
  };
}

function section(text: string): object {
  return { type: "section", text: mrkdwn(text) };
}

/** Verbatim: Slack makes no links and no mentions of what looks like one. */
function mrkdwn(text: string): object {
  return { type: "mrkdwn", text, verbatim: true };
}

function ruleOf(entry: Entry): string {
  const { rule } = entry.metadata;
  return typeof rule === "string" ? capitalized(words(rule)) : "A rule was broken";
}

function words(name: string | null): string {
  return escaped((name ?? "").replaceAll("_", " "));
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function workItemUrl(head: RecordHead): string | null {
  return head.prUrl;
}

/** A link with words of ours or, where the address is no plain web address, the words alone. */
function linked(text: string, address: string | null): string {
  const isPlain = address !== null && address.length < 1000 && /^https?:\/\/[\w.~:/?#[\]@!$()+,;=%-]+$/.test(address);
  return isPlain ? `<${address}|${escaped(text)}>` : escaped(text);
}

/**
 * Slack's three control characters become entities, as its documentation asks; the marks of its formatting, for which it has no
 * escape, become characters that look the same. An underscore within a word is none of them.
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
function escaped(text: string): string {
  return plainText(text, 150)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[*~`|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, (mark) => LOOKS_ALIKE[mark] ?? mark);
}

const LOOKS_ALIKE: { readonly [mark: string]: string } = { "*": "∗", _: "ˍ", "~": "∼", "`": "ˋ", "|": "¦" };
