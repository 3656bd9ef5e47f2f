import { fromMarkdown } from "mdast-util-from-markdown";

interface MarkdownNode {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly MarkdownNode[];
}

/** What a text says itself, by the tree of the full parser. */
export function proseByParser(markdown: string): string {
  return prose(fromMarkdown(markdown));
}

const INLINE = new Set(["text", "emphasis", "strong", "link", "delete"]);

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

/** The lines of the paragraphs at a text's top level, by the tree of the full parser. */
export function linesByParser(markdown: string): readonly string[] {
  const { children }: { readonly children: readonly MarkdownNode[] } = fromMarkdown(markdown);
  return children.filter(({ type }) => type === "paragraph").flatMap((paragraph) => line(paragraph).split("\n"));
}

function line({ type, value = "", children = [] }: MarkdownNode): string {
  switch (type) {
    case "html":
    case "image":
    case "imageReference":
      return "\u0001";
    case "inlineCode":
      return `\u0001${value.replaceAll("\n", " ")}\u0001`;
    case "link":
    case "linkReference":
      return `\u0001${children.map(line).join("").replaceAll("\n", " ")}\u0001`;
    case "break":
      return "\n";
    default:
      return children.length > 0 ? children.map(line).join("") : value;
  }
}
