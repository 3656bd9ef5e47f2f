import { Composer, CST, type Document, isMap, isNode, isPair, isScalar, isSeq, Lexer, LineCounter, Parser } from "yaml";
import { oneLine, type Problem } from "./problem.js";

/** Bytes. Far more than all settings need. */
export const MAX_SIZE = 64 * 1024;

/**
 * Lists in lists, and signs and words in all. The composer goes into depth by recursion: 64 KB of `- ` end the whole process, not with
 * an exception. And it compares each key of a map with all before it.
 */
const MAX_DEPTH = 8;
const MAX_LEXEMES = 10_000;

export type Yaml =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** The place of a value by its path, or of the key of that name in it; of the nearest above it that there is. */
      readonly locate: (path: readonly PropertyKey[], key?: string) => Pick<Problem, "line" | "column">;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Plain YAML 1.2, of which one part cannot refer to another. Bounded before anything is made of it; throws for no text. */
export function readYaml(text: string): Yaml {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const refusal = (problems: readonly Finding[]): Yaml => ({
    ok: false,
    problems: problems.map(({ offset, message }) => ({ ...at(offset), message: oneLine(message), path: "" })),
  });
  if (text.length > MAX_SIZE || Buffer.byteLength(text) > MAX_SIZE) {
    return refusal([{ offset: 0, message: `The file is larger than ${MAX_SIZE / 1024} KB` }]);
  }

  const tokens = tokensOf(text, lines);
  if (!tokens) return refusal([{ offset: 0, message: "The file holds more than there are settings" }]);
  const finding = notPlain(tokens);
  if (finding) return refusal([finding]);

  const composer = new Composer({ version: "1.2", schema: "core", stringKeys: true, prettyErrors: false });
  const [document, another] = [...composer.compose(tokens, true, text.length)];
  if (another) return refusal([{ offset: another.range[0], message: "The file holds more than one YAML document" }]);
  const errors = [...(document?.errors ?? []), ...(document?.warnings ?? [])];
  if (!document || errors.length > 0) {
    return refusal(errors.map(({ pos, message }) => ({ offset: pos[0], message })));
  }
  return {
    ok: true,
    value: document.toJS({ maxAliasCount: 0 }),
    locate: (path, key) => at(offsetOf(document, key === undefined ? path : [...path, key], key !== undefined)),
  };
}

interface Finding {
  readonly offset: number;
  readonly message: string;
}

/** What no configuration needs, and a bomb does. */
const NOT_USED: { readonly [type: string]: string } = {
  anchor: "Anchors are not supported: write the value out",
  alias: "Aliases are not supported: write the value out",
  tag: "Tags are not supported: write the value plainly",
  directive: "YAML directives are not supported: remove the line",
};

/** Null for too many. Comments and empty lines do not count. */
function tokensOf(text: string, lines: LineCounter): readonly CST.Token[] | null {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let counted = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    if (!WEIGHTLESS.has(CST.tokenType(lexeme)) && ++counted > MAX_LEXEMES) return null;
    tokens.push(...parser.next(lexeme));
  }
  tokens.push(...parser.end());
  return tokens;
}

const WEIGHTLESS: ReadonlySet<string | null> = new Set(["comment", "newline", "space"]);

function notPlain(tokens: readonly CST.Token[]): Finding | null {
  let finding: Finding | null = unsupported(tokens);
  for (const token of tokens) {
    if (token.type !== "document") continue;
    CST.visit(token, ({ start, key, sep = [], value }, path) => {
      finding ??= unsupported([...start, key, ...sep, value]);
      if (path.length > MAX_DEPTH) {
        finding ??= { offset: start[0]?.offset ?? value?.offset ?? 0, message: "The file is nested too deep" };
      }
      return finding ? CST.visit.BREAK : undefined;
    });
  }
  return finding;
}

function unsupported(tokens: readonly (CST.Token | null | undefined)[]): Finding | null {
  for (const token of tokens) {
    const message = token && NOT_USED[token.type];
    if (message) return { offset: token.offset, message };
  }
  return null;
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[], wantsKey: boolean): number {
  let node: unknown = document.contents;
  let offset = document.range[0];
  for (const [index, step] of path.entries()) {
    const pair: unknown = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : null;
    const inner: unknown = isPair(pair) ? pair.value : isSeq(node) ? node.items[Number(step)] : null;
    if (isPair(pair) && isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
    const isWanted = index < path.length - 1 || !wantsKey;
    const [start, end] = (isNode(inner) && inner.range) || [0, 0];
    // A value that was left out has no place of its own: it is its key's line that is looked at.
    if (isWanted && end > start) offset = start;
    node = inner;
  }
  return offset;
}
