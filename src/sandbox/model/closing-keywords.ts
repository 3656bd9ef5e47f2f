import { fromMarkdown } from "mdast-util-from-markdown";

/** An issue that a text says it closes. */
export interface ClosingReference {
  /** `owner/name`, or null for the text's own repository. */
  repository: string | null;
  number: number;
}

const KEYWORD =
  /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?\s+(?:(?:([\w.-]+\/[\w.-]+)?#|gh-)(\d+)|https?:\/\/[^\s/]+\/([\w.-]+\/[\w.-]+)\/issues\/(\d+))\b/gi;

interface Node {
  type: string;
  value?: string;
  url?: string;
  children?: readonly Node[];
}

/** The issues that a text closes by GitHub's keywords, each once, outside code and HTML. */
export function closingReferences(text: string | null): ClosingReference[] {
  if (text === null || !/\d/.test(text)) return [];
  const found = new Map<string, ClosingReference>();
  for (const match of visibleText(fromMarkdown(text)).matchAll(KEYWORD)) {
    const repository = match[1] ?? match[3] ?? null;
    const number = Number(match[2] ?? match[4]);
    found.set(`${repository?.toLowerCase() ?? ""}#${number}`, { repository, number });
  }
  return [...found.values()];
}

function visibleText(node: Node): string {
  if (node.type === "code" || node.type === "inlineCode" || node.type === "html") return " \u0000 ";
  if (node.type === "break") return "\n";
  if (node.children === undefined) return node.value ?? "";
  const text = node.children.map(visibleText).join("");
  return node.type === "paragraph" || node.type === "heading" ? `${text}\n\u0000\n` : text;
}
