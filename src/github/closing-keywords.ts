import { fromMarkdown } from "mdast-util-from-markdown";

/** An issue that a pull request says it closes. */
export interface IssueReference {
  /** `owner/name` in lower case; null for the pull request's own repository. */
  readonly repo: string | null;
  readonly number: number;
}

/**
 * GitHub's nine closing keywords before `#1`, `owner/repo#1` or an issue's URL.
 * @see https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
 */
const CLOSES =
  /(?<![\w-])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?::|\b)\s+(?:(?:https?:\/\/[\w.-]+(?::\d+)?\/(?<urlRepo>[\w.-]+\/[\w.-]+)\/issues\/(?<urlNumber>\d{1,9}))|(?<repo>[\w.-]+\/[\w.-]+)?#(?<number>\d{1,9}))(?!\w)/gi;

/** References beyond this many are spam. */
const MAX_REFERENCES = 50;

/**
 * A Markdown parser takes quadratic time for text that is made for it: 60,000 `>` keep it busy for half a minute. So only this many
 * characters are read, and quotes and lists within each other on one line only this deep.
 */
const MAX_CHARACTERS = 16_384;
const TOO_DEEP = /^((?:[ \t]*(?:[>*+-]|\d{1,9}[.)])){16})[ \t>*+\d.)-]+/gm;

/** The issues that a pull request's description says it closes: each once, and not where it is code, a quote or a comment. */
export function closingKeywords(body: string): readonly IssueReference[] {
  if (!/clos|fix|resolv/i.test(body)) return [];
  const references = new Map<string, IssueReference>();
  for (const match of prose(fromMarkdown(bounded(body))).matchAll(CLOSES)) {
    const { urlRepo, urlNumber, repo, number } = match.groups ?? {};
    const reference = { repo: (urlRepo ?? repo)?.toLowerCase() ?? null, number: Number(urlNumber ?? number) };
    if (references.size < MAX_REFERENCES) references.set(`${reference.repo}#${reference.number}`, reference);
  }
  return [...references.values()];
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
