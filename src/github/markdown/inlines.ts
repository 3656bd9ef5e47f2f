import { decodedReference } from "./references.js";
import { destinationEnd, labelAt, matchEnd, normalizedLabel, pastSpace, TextSearch } from "./syntax.js";

/** A piece of a paragraph's or heading's text. Emphasis is taken off; images are left out with all that is in them. */
export type Inline =
  /** As it stands in the source, within one line. */
  | { readonly kind: "text"; readonly text: string }
  /** A character that is written otherwise: `\*`, `&amp;`. */
  | { readonly kind: "character"; readonly text: string }
  | { readonly kind: "code" | "html"; readonly text: string }
  | { readonly kind: "lineEnd" | "break" | "image" | "link" | "linkEnd" | "referenceEnd" };

/**
 * Splits a block's text into its inlines, as CommonMark has them, in time proportional to its length whatever it is. A search that fails
 * is never repeated over the same stretch: closing ticks are found by the length of their run, brackets and emphasis by stacks.
 *
 * @see https://spec.commonmark.org/0.31.2/#phase-2-inline-structure
 */
export function inlinesOf(text: string, definitions: ReadonlySet<string>): readonly Inline[] {
  return SPECIAL.test(text) ? new InlineScan(text, definitions).inlines() : [{ kind: "text", text }];
}

/** A run of `*` or `_`, of which `count` are left as text. */
interface Delimiter {
  readonly kind: "delimiter";
  readonly marker: string;
  readonly canOpen: boolean;
  readonly canClose: boolean;
  count: number;
}

interface Bracket {
  readonly isImage: boolean;
  /** Where its text begins. */
  readonly from: number;
  /** How many pieces and delimiters there were before it. */
  readonly piece: number;
  readonly delimiter: number;
  /** Brackets within it make it no label of a reference. */
  hasInner: boolean;
}

const BREAK = { kind: "break" } as const;
const LINE_END = { kind: "lineEnd" } as const;
/** What stands for a bracket until it is known to open a link. */
const LINK_OPENING = { kind: "text", text: "[" } as const;
const IMAGE_OPENING = { kind: "text", text: "![" } as const;

const PLAIN = /[^\n\\`*_[\]!<&]+/y;
const SPECIAL = /[\n\\`*_[\]!<&]/;
const TICKS = /`+/y;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const ADDRESS = /<[a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\p{Cc} <>]*>/uy;
const MAIL_ADDRESS =
  /<[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*>/iy;
const DECLARATION = /<![a-z]/iy;
const REFERENCE = /&(?:#(?:x[0-9a-f]{1,6}|\d{1,7})|[a-z0-9]{1,31});/iy;

/** CommonMark lets a processor bound how deep the parentheses of a destination go. */
const MAX_PARENTHESES = 32;

class InlineScan {
  readonly #text: string;
  readonly #definitions: ReadonlySet<string>;
  readonly #search: TextSearch;
  readonly #pieces: (Inline | Delimiter)[] = [];
  readonly #delimiters: Delimiter[] = [];
  readonly #brackets: Bracket[] = [];
  /** No link is within another: the brackets below this height open none, since a link was found after them. */
  #inactive = 0;
  #ticks: ReadonlyMap<number, TickRuns> | null = null;
  #at = 0;
  /** From here up to `#at` it is text that is no piece yet. */
  #pending = 0;

  constructor(text: string, definitions: ReadonlySet<string>) {
    this.#text = text;
    this.#definitions = definitions;
    this.#search = new TextSearch(text);
  }

  inlines(): readonly Inline[] {
    while (this.#at < this.#text.length) this.#next();
    this.#endText(this.#at);
    pairDelimiters(this.#delimiters, 0);
    const inlines: Inline[] = [];
    for (const piece of this.#pieces)
      if (piece.kind !== "delimiter") inlines.push(piece);
      else if (piece.count > 0) inlines.push({ kind: "text", text: piece.marker.repeat(piece.count) });
    return inlines;
  }

  #next(): void {
    const plain = matchEnd(PLAIN, this.#text, this.#at);
    if (plain >= 0) {
      this.#textTo(plain);
      return;
    }
    switch (this.#text[this.#at]) {
      case "\n":
        this.#lineEnd();
        return;
      case "\\":
        this.#escape();
        return;
      case "`":
        this.#code();
        return;
      case "*":
      case "_":
        this.#delimiter();
        return;
      case "!":
      case "[":
        this.#openBracket();
        return;
      case "]":
        this.#closeBracket();
        return;
      case "<":
        this.#angle();
        return;
      default:
        this.#reference();
    }
  }

  /** Up to `end` it is text. */
  #textTo(end: number): void {
    this.#at = end;
  }

  #endText(end: number): void {
    if (end > this.#pending) this.#pieces.push({ kind: "text", text: this.#text.slice(this.#pending, end) });
    this.#pending = this.#at;
  }

  #pieceTo(end: number, piece: Inline | Delimiter): void {
    this.#endText(this.#at);
    this.#pieces.push(piece);
    this.#at = end;
    this.#pending = end;
  }

  #lineEnd(): void {
    let end = this.#at;
    let hasTab = false;
    for (; end > this.#pending && " \t".includes(this.#text.charAt(end - 1)); end--)
      if (this.#text[end - 1] === "\t") hasTab = true;
    const isHard = this.#at - end >= 2 && !hasTab;
    this.#endText(end);
    this.#pieceTo(pastSpace(this.#text, this.#at + 1), isHard ? BREAK : LINE_END);
  }

  #escape(): void {
    const next = this.#text.charAt(this.#at + 1);
    if (next === "\n") this.#pieceTo(pastSpace(this.#text, this.#at + 2), BREAK);
    else if (PUNCTUATION.test(next)) this.#pieceTo(this.#at + 2, { kind: "character", text: next });
    else this.#textTo(this.#at + 1);
  }

  #code(): void {
    const begin = matchEnd(TICKS, this.#text, this.#at);
    const length = begin - this.#at;
    this.#ticks ??= tickRuns(this.#text);
    const end = this.#ticks.get(length)?.after(begin);
    if (end === undefined) this.#textTo(begin);
    else this.#pieceTo(end + length, { kind: "code", text: withoutPadding(this.#text.slice(begin, end)) });
  }

  #delimiter(): void {
    const marker = this.#text.charAt(this.#at);
    let end = this.#at;
    while (this.#text[end] === marker) end += 1;
    const before = classOf(this.#text.charAt(this.#at - 1));
    const after = classOf(this.#text.charAt(end));
    const opens = after === "letter" || (after === "punctuation" && before !== "letter");
    const closes = before === "letter" || (before === "punctuation" && after !== "letter");
    const piece: Delimiter = {
      kind: "delimiter",
      marker,
      canOpen: marker === "*" ? opens : opens && (before !== "letter" || !closes),
      canClose: marker === "*" ? closes : closes && (after !== "letter" || !opens),
      count: end - this.#at,
    };
    this.#delimiters.push(piece);
    this.#pieceTo(end, piece);
  }

  #openBracket(): void {
    const isImage = this.#text[this.#at] === "!";
    const from = this.#at + (isImage ? 2 : 1);
    if (isImage && this.#text[this.#at + 1] !== "[") {
      this.#textTo(from - 1);
      return;
    }
    if (this.#search.next("]", from) < 0) {
      this.#textTo(from);
      return;
    }
    this.#endText(this.#at);
    const outer = this.#brackets.at(-1);
    if (outer) outer.hasInner = true;
    this.#brackets.push({
      isImage,
      from,
      piece: this.#pieces.length,
      delimiter: this.#delimiters.length,
      hasInner: false,
    });
    this.#pieceTo(from, isImage ? IMAGE_OPENING : LINK_OPENING);
  }

  #closeBracket(): void {
    const bracket = this.#brackets.pop();
    const height = this.#brackets.length;
    const isActive = bracket?.isImage || height >= this.#inactive;
    this.#inactive = Math.min(this.#inactive, height);
    const link = bracket && isActive ? this.#linkEnd(bracket) : null;
    if (!bracket || !link) {
      this.#textTo(this.#at + 1);
      return;
    }
    pairDelimiters(this.#delimiters, bracket.delimiter);
    if (bracket.isImage) {
      this.#pieces.length = bracket.piece;
      this.#pending = this.#at;
      this.#pieceTo(link.end, { kind: "image" });
      return;
    }
    this.#inactive = height;
    this.#pieces[bracket.piece] = { kind: "link" };
    this.#pieceTo(link.end, { kind: link.isReference ? "referenceEnd" : "linkEnd" });
  }

  /** Where the link or image ends whose text ends here: behind its address, behind the label that it refers to, or here. */
  #linkEnd(bracket: Bracket): { readonly end: number; readonly isReference: boolean } | null {
    const after = this.#at + 1;
    const own =
      !bracket.hasInner &&
      this.#definitions.size > 0 &&
      this.#definitions.has(normalizedLabel(this.#text.slice(bracket.from, this.#at)));
    const shortcut = own ? { end: after, isReference: true } : null;
    if (this.#text[after] === "(") {
      const end = this.#resourceEnd(after);
      return end < 0 ? shortcut : { end, isReference: false };
    }
    if (this.#text[after] !== "[") return shortcut;
    const label = labelAt(this.#text, after);
    if (label && this.#definitions.has(label.name)) return { end: label.end, isReference: true };
    return own && this.#text[after + 1] === "]" ? { end: after + 2, isReference: true } : null;
  }

  /** `(address "title")` */
  #resourceEnd(at: number): number {
    const begin = pastSpace(this.#text, at + 1);
    if (this.#text[begin] === ")") return begin + 1;
    const destination = destinationEnd(this.#text, begin, MAX_PARENTHESES);
    if (destination < 0) return -1;
    let end = pastSpace(this.#text, destination);
    if (end > destination && /["'(]/.test(this.#text.charAt(end))) {
      const title = this.#search.titleEnd(end);
      if (title < 0) return -1;
      end = pastSpace(this.#text, title);
    }
    return this.#text[end] === ")" ? end + 1 : -1;
  }

  /** An address or HTML in angle brackets. */
  #angle(): void {
    const address = Math.max(matchEnd(ADDRESS, this.#text, this.#at), matchEnd(MAIL_ADDRESS, this.#text, this.#at));
    if (address >= 0) {
      this.#endText(this.#at);
      this.#pieces.push({ kind: "link" }, { kind: "text", text: this.#text.slice(this.#at + 1, address - 1) });
      this.#pieceTo(address, { kind: "linkEnd" });
      return;
    }
    const end = this.#htmlEnd();
    if (end < 0) this.#textTo(this.#at + 1);
    else this.#pieceTo(end, { kind: "html", text: this.#text.slice(this.#at, end) });
  }

  #htmlEnd(): number {
    const at = this.#at;
    if (this.#text.startsWith("<!--", at)) return this.#behind("-->", at + 2);
    if (this.#text.startsWith("<?", at)) return this.#behind("?>", at + 2);
    if (this.#text.startsWith("<![CDATA[", at)) return this.#behind("]]>", at + 9);
    if (matchEnd(DECLARATION, this.#text, at) >= 0) return this.#behind(">", at + 3);
    return this.#search.tagEnd(at);
  }

  #behind(closing: string, from: number): number {
    const found = this.#search.next(closing, from);
    return found < 0 ? -1 : found + closing.length;
  }

  #reference(): void {
    const end = matchEnd(REFERENCE, this.#text, this.#at);
    const character = end < 0 ? null : decodedReference(this.#text.slice(this.#at, end));
    if (character === null) this.#textTo(this.#at + 1);
    else this.#pieceTo(end, { kind: "character", text: character });
  }
}

/** The runs of ticks of one length: where they begin, in order. */
class TickRuns {
  readonly #begins: number[] = [];
  #passed = 0;

  add(begin: number): void {
    this.#begins.push(begin);
  }

  /** The first at `from` or behind it. A later question is never about an earlier place. */
  after(from: number): number | undefined {
    while ((this.#begins[this.#passed] ?? from) < from) this.#passed += 1;
    return this.#begins[this.#passed];
  }
}

function tickRuns(text: string): ReadonlyMap<number, TickRuns> {
  const runs = new Map<number, TickRuns>();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const known = runs.get(run.length) ?? new TickRuns();
    runs.set(run.length, known);
    known.add(index);
  }
  return runs;
}

/** Code that begins with a tick has a blank before it, and one at its end; line ends are shown as blanks. */
function withoutPadding(code: string): string {
  const text = code.replaceAll("\n", " ");
  return text.startsWith(" ") && text.endsWith(" ") && /[^ ]/.test(text) ? text.slice(1, -1) : text;
}

function classOf(character: string): "space" | "punctuation" | "letter" {
  if (/^[a-z0-9]$/i.test(character)) return "letter";
  if (character === "" || /\s/.test(character)) return "space";
  return /[\p{P}\p{S}]/u.test(character) ? "punctuation" : "letter";
}

/**
 * Takes from the delimiters behind the first `from` what opens and closes emphasis, and forgets them. What a closing run looked past in
 * vain is not looked at again for another like it.
 */
function pairDelimiters(delimiters: Delimiter[], from: number): void {
  const openers: Delimiter[] = [];
  /** For each kind of closing run, how many of the openers are known to fit none of it. */
  const passed = new Array<number>(KINDS).fill(0);
  for (let index = from; index < delimiters.length; index++) {
    const closer = delimiters[index];
    if (!closer) break;
    while (closer.canClose && closer.count > 0) {
      const kind = kindOf(closer);
      const found = openerFor(closer, openers, passed[kind] ?? 0);
      const opener = openers[found];
      if (!opener) {
        passed[kind] = openers.length;
        break;
      }
      const used = opener.count > 1 && closer.count > 1 ? 2 : 1;
      opener.count -= used;
      closer.count -= used;
      openers.length = opener.count > 0 ? found + 1 : found;
      for (let other = 0; other < KINDS; other++) passed[other] = Math.min(passed[other] ?? 0, openers.length);
    }
    if (closer.canOpen && closer.count > 0) openers.push(closer);
  }
  delimiters.length = from;
}

const KINDS = 12;

function kindOf({ marker, canOpen, count }: Delimiter): number {
  return (marker === "*" ? 0 : 6) + (canOpen ? 3 : 0) + (count % 3);
}

function openerFor(closer: Delimiter, openers: readonly Delimiter[], bottom: number): number {
  for (let index = openers.length - 1; index >= bottom; index--) {
    const opener = openers[index];
    if (!opener || opener.marker !== closer.marker) continue;
    const isOdd =
      (opener.canClose || closer.canOpen) && closer.count % 3 !== 0 && (opener.count + closer.count) % 3 === 0;
    if (!isOdd) return index;
  }
  return -1;
}
