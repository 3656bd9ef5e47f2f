import { fromMarkdown } from "mdast-util-from-markdown";

/** No ordinary text uses more different ones; beyond them it starts to remember anew. */
const MAX_REMEMBERED = 500;
const remembered = new Map<string, string | null>();

/**
 * The characters that a reference such as `&amp;` or `&#x2F;` stands for; null where it is the name of none. The Markdown parser knows
 * the names: it is asked for each reference by itself, and what it said is remembered.
 */
export function decodedReference(reference: string): string | null {
  const known = remembered.get(reference);
  if (known !== undefined) return known;
  const decoded = decode(reference);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(reference, decoded);
  return decoded;
}

function decode(reference: string): string | null {
  const [paragraph] = fromMarkdown(`.${reference}.`).children;
  const text = paragraph?.type === "paragraph" ? paragraph.children[0] : undefined;
  const value = text?.type === "text" ? text.value.slice(1, -1) : reference;
  return value === reference ? null : value;
}
