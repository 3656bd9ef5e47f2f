import { destinationEnd, labelAt, pastSpace, TextSearch, withoutTrailingSpace } from "./syntax.js";

/** A block that holds text or HTML. Code, rules and definitions are left out. */
export interface Block {
  readonly kind: "paragraph" | "heading" | "html";
  /** Its lines, without what indents them. */
  readonly text: string;
  /** In no quote, list or footnote. */
  readonly isTopLevel: boolean;
  readonly isQuoted: boolean;
}

export interface MarkdownBlocks {
  readonly blocks: readonly Block[];
  /** The labels that are defined, normalised. */
  readonly definitions: ReadonlySet<string>;
}

/**
 * Splits a Markdown text into its blocks, as CommonMark and GitHub's footnotes have them. It reads each line once and asks each open
 * container about it, so the depth of containers is bounded: what would be deeper counts as quoted.
 *
 * @see https://spec.commonmark.org/0.31.2/#phase-1-block-structure
 */
export function blocksOf(markdown: string): MarkdownBlocks {
  const scan = new BlockScan();
  for (const line of markdown.replaceAll("\u0000", "\ufffd").split(/\r\n|\n|\r/)) scan.read(withoutLeadingTabs(line));
  return scan.end();
}

const MAX_DEPTH = 32;

type Container =
  | { readonly kind: "quote" | "footnote" }
  | {
      readonly kind: "item";
      /** How far its lines are indented. */
      readonly width: number;
      isEmpty: boolean;
    };

type Leaf =
  | { readonly kind: "paragraph"; readonly lines: string[] }
  | { readonly kind: "fence"; readonly closing: RegExp }
  | {
      readonly kind: "html";
      readonly lines: string[];
      /** Null: it ends before a blank line. */
      readonly closing: RegExp | null;
    };

/** A line from where its containers' markers end. */
interface Rest {
  readonly text: string;
  readonly indent: number;
  readonly isBlank: boolean;
}

/** A line that is indented by so many columns is code, or goes on with a paragraph. */
const INDENTED_CODE = 4;

/** A line that begins with anything else begins no block but a paragraph. */
const BEGINS = /^[#`~<=*_+\-\d>[]/;
const FENCE = /^(?:(?<ticks>`{3,})[^`]*|(?<tildes>~{3,}).*)$/s;
const HEADING = /^#{1,6}(?:[ \t]+(?<text>.*))?$/s;
const SETEXT = /^(?:=+|-+)[ \t]*$/;
const RULE = /^(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$/;
const ITEM = /^(?:[*+-]|(?<number>\d{1,9})[.)])(?= |$)/;
const FOOTNOTE = /^\[\^[^\]\s]+\]:[ \t]*/;

const HTML_BLOCK_NAMES =
  "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul";

/** How an HTML block begins, and what its last line has in it; null: it ends before a blank line. */
const HTML_BLOCKS: readonly { readonly opening: RegExp; readonly closing: RegExp | null }[] = [
  { opening: /^<(?:script|pre|style|textarea)(?:[ \t>]|$)/i, closing: /<\/(?:script|pre|style|textarea)>/i },
  { opening: /^<!--/, closing: /-->/ },
  { opening: /^<\?/, closing: /\?>/ },
  { opening: /^<![a-z]/i, closing: />/ },
  { opening: /^<!\[CDATA\[/, closing: /\]\]>/ },
  { opening: new RegExp(`^</?(?:${HTML_BLOCK_NAMES})(?:[ \\t]|/?>|$)`, "i"), closing: null },
];

class BlockScan {
  readonly #blocks: Block[] = [];
  readonly #definitions = new Set<string>();
  readonly #containers: Container[] = [];
  #leaf: Leaf | null = null;

  read(line: string): void {
    let at = 0;
    let matched = 0;
    for (const container of this.#containers) {
      const next = pastMarker(container, restOf(line, at), at);
      if (next === null) break;
      at = next;
      matched += 1;
    }
    const isInside = matched === this.#containers.length;
    if (isInside && this.#continueLiteral(restOf(line, at))) return;
    if (this.#leaf && this.#leaf.kind !== "paragraph") this.#closeTo(matched);
    this.#begin(line, at, matched);
  }

  end(): MarkdownBlocks {
    this.#closeTo(0);
    return { blocks: this.#blocks, definitions: this.#definitions };
  }

  /** The line within fenced code or HTML; false where there is none, or it ends before this line. */
  #continueLiteral({ text, indent, isBlank }: Rest): boolean {
    const leaf = this.#leaf;
    if (leaf?.kind === "fence") {
      if (indent < INDENTED_CODE && leaf.closing.test(text)) this.#closeLeaf();
      return true;
    }
    if (leaf?.kind !== "html" || (isBlank && !leaf.closing)) return false;
    leaf.lines.push(text);
    if (leaf.closing?.test(text)) this.#closeLeaf();
    return true;
  }

  /** Opens what begins on a line behind the containers that go on, or adds the line to the paragraph that goes on. */
  #begin(line: string, from: number, matchedBefore: number): void {
    let at = from;
    let matched = matchedBefore;
    let isDeep = false;
    for (;;) {
      const rest = restOf(line, at);
      if (rest.isBlank) {
        this.#closeTo(matched);
        return;
      }
      const isInParagraph = this.#leaf?.kind === "paragraph";
      const interrupts = isInParagraph && matched === this.#containers.length;
      if (rest.indent >= INDENTED_CODE) {
        if (isInParagraph) break;
        this.#closeTo(matched);
        this.#fill();
        return;
      }
      if (!BEGINS.test(rest.text)) break;
      if (this.#beginLeaf(rest, matched, { isInParagraph, interrupts })) return;
      const opened = containerAt(rest, interrupts);
      isDeep = opened !== null && matched >= MAX_DEPTH;
      if (!opened || isDeep) break;
      this.#closeTo(matched);
      this.#fill();
      this.#containers.push(opened.container);
      matched += 1;
      at += opened.length;
    }
    const { text } = restOf(line, at);
    if (this.#leaf?.kind === "paragraph" && !isDeep) {
      this.#leaf.lines.push(text);
      return;
    }
    this.#closeTo(matched);
    this.#fill();
    this.#leaf = { kind: "paragraph", lines: [text] };
  }

  /** A heading, a rule, fenced code or HTML that begins on the line. */
  #beginLeaf(
    { text }: Rest,
    matched: number,
    { isInParagraph, interrupts }: { readonly isInParagraph: boolean; readonly interrupts: boolean },
  ): boolean {
    const heading = HEADING.exec(text);
    if (heading) {
      this.#open(matched, null);
      this.#add("heading", withoutClosingHashes(heading.groups?.text ?? ""));
      return true;
    }
    const fence = FENCE.exec(text)?.groups;
    if (fence) {
      const marker = fence.ticks ?? fence.tildes ?? "";
      const closing = new RegExp(`^${marker.charAt(0)}{${marker.length},}[ \\t]*$`);
      this.#open(matched, { kind: "fence", closing });
      return true;
    }
    const html = htmlAt(text, isInParagraph);
    if (html) {
      this.#open(matched, { kind: "html", lines: [text], closing: html.closing });
      if (html.closing?.test(text)) this.#closeLeaf();
      return true;
    }
    if (interrupts && SETEXT.test(text) && this.#underline()) return true;
    if (!RULE.test(text)) return false;
    this.#open(matched, null);
    return true;
  }

  /** The paragraph becomes a heading; false where all of it is definitions, for then there is nothing to underline. */
  #underline(): boolean {
    if (this.#leaf?.kind !== "paragraph") return false;
    const { lines } = this.#leaf;
    const text = this.#withoutDefinitions(lines.join("\n"));
    if (text === "") {
      lines.length = 0;
      return false;
    }
    this.#leaf = null;
    this.#add("heading", text);
    return true;
  }

  #open(matched: number, leaf: Leaf | null): void {
    this.#closeTo(matched);
    this.#fill();
    this.#leaf = leaf;
  }

  /** The innermost container has something in it from now on. */
  #fill(): void {
    const container = this.#containers.at(-1);
    if (container?.kind === "item") container.isEmpty = false;
  }

  /** Ends the leaf, and the containers beyond the first `depth`. */
  #closeTo(depth: number): void {
    this.#closeLeaf();
    this.#containers.length = depth;
  }

  #closeLeaf(): void {
    const leaf = this.#leaf;
    this.#leaf = null;
    if (leaf?.kind === "html") this.#add("html", leaf.lines.join("\n"));
    if (leaf?.kind !== "paragraph") return;
    const text = this.#withoutDefinitions(leaf.lines.join("\n"));
    if (text !== "") this.#add("paragraph", text);
  }

  #add(kind: Block["kind"], text: string): void {
    this.#blocks.push({
      kind,
      text: withoutTrailingSpace(text),
      isTopLevel: this.#containers.length === 0,
      isQuoted:
        this.#containers.length >= MAX_DEPTH || this.#containers.some((container) => container.kind === "quote"),
    });
  }

  /** A paragraph's text behind the definitions that it begins with. */
  #withoutDefinitions(text: string): string {
    let at = 0;
    if (text.startsWith("[")) {
      const search = new TextSearch(text);
      for (let definition = definitionAt(text, at, search); definition; definition = definitionAt(text, at, search)) {
        this.#definitions.add(definition.name);
        at = definition.end;
      }
    }
    return text.slice(at);
  }
}

/** Where a line goes on behind a container's marker; null where the container does not go on. */
function pastMarker(container: Container, { text, indent, isBlank }: Rest, at: number): number | null {
  switch (container.kind) {
    case "quote":
      return indent < INDENTED_CODE && text.startsWith(">") ? at + indent + (text[1] === " " ? 2 : 1) : null;
    case "footnote":
      if (isBlank) return at;
      return indent >= INDENTED_CODE ? at + INDENTED_CODE : null;
    case "item":
      if (isBlank) return container.isEmpty ? null : at;
      return indent >= container.width ? at + container.width : null;
  }
}

function containerAt(
  { text, indent }: Rest,
  interrupts: boolean,
): { readonly container: Container; readonly length: number } | null {
  if (text.startsWith(">")) return { container: { kind: "quote" }, length: indent + (text[1] === " " ? 2 : 1) };
  const footnote = FOOTNOTE.exec(text)?.[0];
  if (footnote !== undefined) return { container: { kind: "footnote" }, length: indent + footnote.length };
  const item = ITEM.exec(text);
  if (!item) return null;
  const marker = item[0].length;
  const { indent: gap, isBlank } = restOf(text, marker);
  const number = item.groups?.number;
  // Else a number or a dash at the beginning of a line would tear paragraphs apart.
  if (interrupts && (isBlank || (number !== undefined && number !== "1"))) return null;
  const length = indent + marker + (isBlank || gap > INDENTED_CODE ? 1 : gap);
  return { container: { kind: "item", width: length, isEmpty: true }, length: isBlank ? indent + marker : length };
}

function htmlAt(text: string, isInParagraph: boolean): { readonly closing: RegExp | null } | null {
  if (!text.startsWith("<")) return null;
  const known = HTML_BLOCKS.find(({ opening }) => opening.test(text));
  if (known || isInParagraph) return known ?? null;
  const end = new TextSearch(text).tagEnd(0);
  return end >= 0 && text.slice(end).trim() === "" ? { closing: null } : null;
}

/** A definition of a link, up to the end of its last line. */
function definitionAt(
  text: string,
  at: number,
  search: TextSearch,
): { readonly name: string; readonly end: number } | null {
  const label = labelAt(text, at);
  if (!label || text[label.end] !== ":") return null;
  const destination = destinationEnd(text, pastSpace(text, label.end + 1), Number.POSITIVE_INFINITY);
  if (destination < 0) return null;
  const space = pastSpace(text, destination);
  const title = space > destination ? search.titleEnd(space) : -1;
  const end = (title < 0 ? null : pastLine(text, title)) ?? pastLine(text, destination);
  return end === null ? null : { name: label.name, end };
}

/** Behind the line's end, if there is nothing but blanks before it. */
function pastLine(text: string, from: number): number | null {
  let at = from;
  while (text[at] === " " || text[at] === "\t") at += 1;
  if (at >= text.length) return at;
  return text[at] === "\n" ? at + 1 : null;
}

function withoutClosingHashes(heading: string): string {
  const text = withoutTrailingSpace(heading);
  let end = text.length;
  while (text[end - 1] === "#") end -= 1;
  return end === 0 || " \t".includes(text.charAt(end - 1)) ? text.slice(0, end) : text;
}

function restOf(line: string, at: number): Rest {
  let begin = at;
  while (line[begin] === " " || line[begin] === "\t") begin += 1;
  return { text: line.slice(begin), indent: begin - at, isBlank: begin >= line.length };
}

/** Tabs before and between the markers of containers reach to the next column of four: blanks say the same. */
function withoutLeadingTabs(line: string): string {
  const markers = /^[ \t>*+\-\d.)]*/.exec(line)?.[0] ?? "";
  if (!markers.includes("\t")) return line;
  let expanded = "";
  for (const part of markers.split(/(?<=\t)/))
    expanded += part.endsWith("\t")
      ? part.slice(0, -1) + " ".repeat(4 - ((expanded.length + part.length - 1) % 4))
      : part;
  return expanded + line.slice(markers.length);
}
