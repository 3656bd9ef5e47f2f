import { marked, type Token } from "marked";

/** Tags and markers of the App's own; none of them has an attribute. */
const OWN_HTML = /<!-- loopforge:[a-z]+(?::\d+)? -->|<\/?(?:details|summary|sub)>|<details open>/g;

/** What of a Markdown text as GitHub renders it would notify, run, lead astray or break; empty for a text that does no harm. */
export function harmIn(markdown: string): readonly string[] {
  const harm: string[] = [];
  if (!markdown.isWellFormed()) harm.push("half a character");
  const hidden = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.exec(markdown.replaceAll("\n", ""));
  if (hidden) harm.push(`a character that hides: U+${hidden[0].codePointAt(0)?.toString(16)}`);
  void marked.walkTokens(marked.lexer(markdown), (token) => {
    harm.push(...harmOf(token));
  });
  return [...harm, ...brokenTables(markdown)];
}

function harmOf(token: Token): readonly string[] {
  switch (token.type) {
    case "html": {
      const rest = token.raw.replace(OWN_HTML, "");
      // A block of HTML is text for the parser, and may have words of ours between its tags.
      return [...(/[<>]/.test(rest) ? [`HTML: ${rest}`] : []), ...harmOfText(rest)];
    }
    case "text":
      return "tokens" in token && token.tokens ? [] : harmOfText(token.raw);
    case "escape":
      return [];
    case "image":
      return [`an image: ${token.raw}`];
    case "def":
      return [`a definition: ${token.raw}`];
    case "link": {
      const isOurs = token.raw.startsWith("[") && /^https?:\/\/[^\s<>()]+$/.test(String(token.href));
      return isOurs ? [] : [`a link: ${token.raw}`];
    }
    default:
      return [];
  }
}

function harmOfText(text: string): readonly string[] {
  const harm: string[] = [];
  if (/(?<![\w`])@[a-z\d]/i.test(text)) harm.push(`a mention: ${text}`);
  if (/https?:\/\/|www\./i.test(text)) harm.push(`an address: ${text}`);
  if (/<[a-z!/]/i.test(text)) harm.push(`HTML: ${text}`);
  return harm;
}

/** Tables of which a row has not as many cells as its head: a `|` ends a cell unless a backslash stands before it, in code too. */
function brokenTables(markdown: string): readonly string[] {
  const broken: string[] = [];
  let cells: number | null = null;
  for (const line of markdown.replace(/^```[\s\S]*?^```$/gm, "").split("\n")) {
    if (!line.startsWith("|")) {
      cells = null;
      continue;
    }
    const count = line.split(/(?<!\\)\|/).length;
    cells ??= count;
    if (count !== cells || !line.endsWith("|")) broken.push(`a broken table: ${line}`);
  }
  return broken;
}
