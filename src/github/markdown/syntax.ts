/**
 * What blocks and inlines of Markdown share: labels, destinations, titles and HTML tags. Each scanner answers where its construct ends,
 * or -1 where there is none.
 *
 * @see https://spec.commonmark.org/0.31.2/
 */

const MAX_LABEL = 999;

/** A label at `[`, as definitions and references have it. */
export function labelAt(text: string, at: number): { readonly name: string; readonly end: number } | null {
  if (text[at] !== "[") return null;
  for (let end = at + 1; end < text.length && end - at <= MAX_LABEL + 1; end++) {
    if (text[end] === "[") return null;
    if (text[end] === "]") {
      const label = text.slice(at + 1, end);
      return /[^ \t\n]/.test(label) ? { name: normalizedLabel(label), end: end + 1 } : null;
    }
    if (text[end] === "\\" && "[]\\".includes(text[end + 1] ?? " ")) end += 1;
  }
  return null;
}

/** Labels differ neither by case nor by how much white space they have. */
export function normalizedLabel(label: string): string {
  return label
    .replace(/[\t\n ]+/g, " ")
    .replace(/^ | $/g, "")
    .toLowerCase()
    .toUpperCase();
}

/** A link's destination, in angle brackets or with its parentheses balanced and no deeper than `depth`. */
export function destinationEnd(text: string, from: number, depth: number): number {
  if (text[from] === "<") return enclosedEnd(text, from + 1);
  let open = 0;
  let at = from;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (character <= " " || character === "\u007f") break;
    if (character === "\\" && "()\\".includes(text[at + 1] ?? " ")) at += 1;
    else if (character === "(" && ++open > depth) return -1;
    else if (character === ")" && --open < 0) break;
  }
  const isBalanced = text[at] === ")" ? open < 0 : open === 0;
  return at > from && isBalanced && /^[ \t\n)]?$/.test(text.charAt(at)) ? at : -1;
}

function enclosedEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === ">") return at + 1;
    if (character === "<" || character === "\n") return -1;
    if (character === "\\" && "<>\\".includes(text[at + 1] ?? " ")) at += 1;
  }
  return -1;
}

/** Past blanks, tabs and line ends. */
export function pastSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t" || text[at] === "\n") at += 1;
  return at;
}

const TAG_NAME = /<[a-z][a-z0-9-]*/iy;
const CLOSING_TAG = /<\/[a-z][a-z0-9-]*[ \t\n]*>/iy;
const ATTRIBUTE_NAME = /[a-z_:][a-z0-9_.:-]*/iy;
const UNQUOTED = /[^ \t\n"'=<>`]+/y;

/** What searches in one text have in common, so that none goes over the same stretch twice. */
export class TextSearch {
  readonly #text: string;
  /** The last answer for each text that was searched for: it holds for every place from `from` up to `found`. */
  readonly #found = new Map<string, { readonly from: number; readonly found: number }>();
  /** Quotes that open an attribute's value in what turned out to be no tag: whoever comes to one again ends as before. */
  #deadQuotes: Set<number> | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where `wanted` is next, from `from` on; -1 where it is not there. */
  next(wanted: string, from: number): number {
    return this.#once(wanted, from, () => this.#text.indexOf(wanted, from));
  }

  /** A title at its opening quote or parenthesis. */
  titleEnd(at: number): number {
    const opening = this.#text.charAt(at);
    if (!/^["'(]$/.test(opening)) return -1;
    const closing = opening === "(" ? ")" : opening;
    return this.#once(`title ${closing}`, at + 1, () => this.#unescaped(closing, at + 1)) + 1 || -1;
  }

  /** A complete opening or closing tag at `<`. */
  tagEnd(at: number): number {
    const closing = matchEnd(CLOSING_TAG, this.#text, at);
    if (closing >= 0) return closing;
    const quotes: number[] = [];
    const end = this.#openingTagEnd(at, quotes);
    if (end >= 0 || quotes.length === 0) return end;
    this.#deadQuotes ??= new Set();
    for (const quote of quotes) this.#deadQuotes.add(quote);
    return end;
  }

  #openingTagEnd(from: number, quotes: number[]): number {
    const text = this.#text;
    let at = matchEnd(TAG_NAME, text, from);
    while (at >= 0) {
      const next = pastSpace(text, at);
      if (text[next] === ">") return next + 1;
      if (text.startsWith("/>", next)) return next + 2;
      if (next === at) return -1;
      at = matchEnd(ATTRIBUTE_NAME, text, next);
      if (at < 0) return -1;
      const equals = pastSpace(text, at);
      if (text[equals] === "=") at = this.#valueEnd(pastSpace(text, equals + 1), quotes);
    }
    return -1;
  }

  #valueEnd(at: number, quotes: number[]): number {
    const quote = this.#text.charAt(at);
    if (quote !== '"' && quote !== "'") return matchEnd(UNQUOTED, this.#text, at);
    if (this.#deadQuotes?.has(at)) return -1;
    quotes.push(at);
    return this.next(quote, at + 1) + 1 || -1;
  }

  #unescaped(wanted: string, from: number): number {
    for (let at = from; at < this.#text.length; at++) {
      if (this.#text[at] === wanted) return at;
      if (this.#text[at] === "\\") at += 1;
    }
    return -1;
  }

  #once(key: string, from: number, search: () => number): number {
    const last = this.#found.get(key);
    if (last && last.from <= from && (last.found < 0 || from <= last.found)) return last.found;
    const found = search();
    this.#found.set(key, { from, found });
    return found;
  }
}

/** `text` without the blanks, tabs and line ends that it ends with, and nothing else that cannot be seen. */
export function withoutTrailingSpace(text: string): string {
  let end = text.length;
  while (end > 0 && " \t\n".includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** Where a sticky pattern ends that matches at `at`; -1 where it does not. */
export function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}
