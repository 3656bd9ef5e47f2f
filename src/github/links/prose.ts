import { fromMarkdown } from "mdast-util-from-markdown";

/**
 * A Markdown parser takes quadratic time for text that is made for it: 60,000 `>` keep it busy for half a minute. So only this many
 * characters are read, and quotes and lists within each other on one line only this deep.
 */
const MAX_CHARACTERS = 4096;
const TOO_DEEP = /^((?:[ \t]*(?:[>*+-]|\d{1,9}[.)])){16})[ \t>*+\d.)-]+/gm;

/** What a Markdown text says itself: without code, quotes, HTML and comments. Blocks, and what was left out, are a NUL apart. */
export function proseOf(markdown: string): string {
  return prose(fromMarkdown(bounded(markdown)));
}

function bounded(body: string): string {
  return body.slice(0, MAX_CHARACTERS).replace(TOO_DEEP, "$1 ");
}

interface MarkdownNode {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly MarkdownNode[];
}

/** The text that is said, without what is quoted: blocks apart, so that a keyword does not reach over into the next paragraph. */
function prose(node: MarkdownNode): string {
  switch (node.type) {
    case "text":
      return node.value ?? "";
    case "code":
    case "inlineCode":
    case "html":
    case "blockquote":
    case "definition":
      return "\u0000";
    default:
      return `${(node.children ?? []).map(prose).join("")}${INLINE.has(node.type) ? "" : "\u0000"}`;
  }
}

const INLINE = new Set(["text", "emphasis", "strong", "link", "delete"]);

/** The paragraphs at a text's top level, not those of quotes and lists. Code within them stands between U+0001, for it begins no line. */
export function paragraphsOf(markdown: string): readonly string[] {
  const { children }: { readonly children: readonly MarkdownNode[] } = fromMarkdown(bounded(markdown));
  return children.filter(({ type }) => type === "paragraph").map(said);
}

function said({ type, value = "", children = [] }: MarkdownNode): string {
  if (type === "inlineCode" || type === "html") return `\u0001${value}\u0001`;
  if (type === "break") return "\n";
  return children.length > 0 ? children.map(said).join("") : value;
}
