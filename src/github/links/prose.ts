import { blocksOf } from "../markdown/blocks.js";
import { type Inline, inlinesOf } from "../markdown/inlines.js";

/**
 * What a Markdown text says itself: without code, quotes, HTML and comments. Blocks, and what was left out, are a NUL apart, so that a
 * keyword does not reach over into the next paragraph. Blocks whose source is not `wanted` are left out.
 */
export function proseOf(markdown: string, wanted: (source: string) => boolean = () => true): string {
  const { blocks, definitions } = blocksOf(markdown);
  return blocks
    .filter(({ kind, isQuoted }) => kind !== "html" && !isQuoted)
    .filter(({ text }) => wanted(text))
    .map(({ text }) => inlinesOf(text, definitions).map(said).join(""))
    .join("\u0000");
}

function said(inline: Inline): string {
  switch (inline.kind) {
    case "text":
    case "character":
      return inline.text;
    case "lineEnd":
      return "\n";
    case "link":
    case "linkEnd":
      return "";
    default:
      return "\u0000";
  }
}
