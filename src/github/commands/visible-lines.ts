import { blocksOf } from "../markdown/blocks.js";
import { type Inline, inlinesOf } from "../markdown/inlines.js";
import { TextSearch } from "../markdown/syntax.js";

/** Stands around what is shown, but is no plain text of its line: code, links, characters that are written otherwise. */
export const NOT_PLAIN = "\u0001";

/**
 * The lines that a person sees as plain text of a comment: those of the paragraphs at its top level. Not what stands in code, quotes,
 * lists, headings, tables, footnotes, comments and attributes of HTML, or within an element that hides, quotes or sets its text apart.
 * Paragraphs whose source is not `wanted` may be left out.
 */
export function visibleLines(markdown: string, wanted: (source: string) => boolean = () => true): readonly string[] {
  const { blocks, definitions } = blocksOf(markdown);
  const open = new OpenElements();
  const lines: string[] = [];
  for (const { kind, text } of blocks.filter(({ isTopLevel }) => isTopLevel)) {
    if (kind === "html") open.read(text);
    else if (text.includes("<") || wanted(text)) {
      const shown = linesOf(inlinesOf(kind === "heading" ? text : beforeTable(text), definitions), open);
      if (kind === "paragraph") lines.push(...shown);
    }
  }
  return lines;
}

function linesOf(inlines: readonly Inline[], open: OpenElements): readonly string[] {
  const lines: string[] = [];
  let line = "";
  let isHidden = open.hide;
  let isInLink = false;
  const endLine = () => {
    if (!isHidden) lines.push(line);
    line = "";
    isHidden = open.hide;
  };
  for (const inline of inlines) {
    switch (inline.kind) {
      case "lineEnd":
      case "break":
        if (isInLink) line += " ";
        else endLine();
        break;
      case "text":
        line += inline.text;
        break;
      case "character":
      case "code":
        // A line end in here is shown as a blank.
        line += NOT_PLAIN + inline.text.replaceAll("\n", " ") + NOT_PLAIN;
        break;
      case "html":
        open.read(inline.text);
        line += NOT_PLAIN;
        break;
      case "image":
        line += NOT_PLAIN;
        break;
      default:
        isInLink = inline.kind === "link";
        line += NOT_PLAIN;
    }
  }
  endLine();
  return lines;
}

/** A paragraph's lines before the head of a table. Its rows go on to the paragraph's end. */
function beforeTable(text: string): string {
  const lines = text.split("\n");
  const delimiter = lines.findIndex((line, index) => index > 0 && isDelimiterRow(line.trim()));
  return delimiter < 0 ? text : lines.slice(0, delimiter - 1).join("\n");
}

function isDelimiterRow(row: string): boolean {
  if (!/^[-:| \t]+$/.test(row)) return false;
  const cells = row.replace(/^\|/, "").replace(/\|$/, "").split("|");
  return cells.every((cell) => /^:?-+:?$/.test(cell.trim()));
}

/** Elements whose text is not shown as the comment's own, or not shown at all. */
const SETS_APART = new Set(
  (
    "a audio blockquote button canvas caption cite code col colgroup dd del details dfn dialog dl dt fieldset figcaption figure form " +
    "h1 h2 h3 h4 h5 h6 head ins kbd legend li map math menu noscript object ol optgroup option picture " +
    "pre q s samp select strike summary svg table tbody td template tfoot th thead tr tt ul var " +
    "video"
  ).split(" "),
);

/** Elements within which tags are text. */
const RAW_TEXT = new Set("iframe noembed noframes plaintext script style textarea title xmp".split(" "));

const TAG = /<(?<slash>\/?)(?<name>[a-z][a-z0-9-]*)/iy;

/**
 * The elements that HTML has opened and not closed, of those that set their text apart. It errs on the side of hiding: a closing tag counts
 * only for what was opened last, and HTML that a browser may read otherwise hides all that follows.
 */
class OpenElements {
  readonly #open: string[] = [];
  #isUnclear = false;

  get hide(): boolean {
    return this.#isUnclear || this.#open.length > 0;
  }

  read(html: string): void {
    const search = new TextSearch(html);
    for (let at = html.indexOf("<"); at >= 0 && !this.#isUnclear; at = html.indexOf("<", at)) {
      const end = this.#readOne(html, at, search);
      if (end < 0) this.#isUnclear = true;
      at = end;
    }
  }

  /** A tag or comment, up to its end; -1 where a browser may see another end. */
  #readOne(html: string, at: number, search: TextSearch): number {
    if (html.startsWith("<!--", at)) {
      const end = search.next("-->", at + 2);
      const otherEnd = search.next("--!>", at);
      return end < 0 || (otherEnd >= 0 && otherEnd < end) ? -1 : end + 3;
    }
    if (/[!?]/.test(html.charAt(at + 1))) return search.next(">", at) + 1 || -1;
    TAG.lastIndex = at;
    const tag = TAG.exec(html)?.groups;
    if (!tag) return html[at + 1] === "/" ? -1 : at + 1;
    const name = (tag.name ?? "").toLowerCase();
    if (RAW_TEXT.has(name)) return -1;
    if (tag.slash === "") {
      if (SETS_APART.has(name)) this.#open.push(name);
    } else if (this.#open.at(-1) === name) this.#open.pop();
    return search.tagEnd(at);
  }
}
