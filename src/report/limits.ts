/**
 * GitHub's limits, counted in bytes of UTF-8, the strictest way to count: of a comment, of a check run's title, and of its summary.
 * @see https://docs.github.com/rest/checks/runs
 */
export const MAX_COMMENT = 65_535;
export const MAX_SUMMARY = 65_535;
export const MAX_TITLE = 255;

const CUT = "(cut here)";

/** One line stays one line, and no character is cut in two. */
export function shortened(line: string, bytes: number): string {
  if (Buffer.byteLength(line) <= bytes) return line;
  let kept = "";
  let left = bytes - Buffer.byteLength("…");
  for (const character of line.toWellFormed()) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/**
 * Cut at a line end: never within a character, a row of a table or an item of a list. What is open there, a code fence or a collapsed
 * block, is closed.
 */
export function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const open: string[] = [];
  const kept: string[] = [];
  let used = 0;
  for (const line of text.split("\n")) {
    const after = openAfter(open, line);
    used += Buffer.byteLength(line) + 1;
    if (used + Buffer.byteLength(ending(after)) > bytes) break;
    open.splice(0, open.length, ...after);
    kept.push(line);
  }
  // A single line that is too long by itself still says how it begins.
  if (kept.length === 0) return `${shortened(text.split("\n")[0] ?? "", bytes - 20)}\n\n${CUT}`;
  return kept.join("\n").trimEnd() + ending(open);
}

/** What is left open at the end, a code fence, a comment or a collapsed block, would take in what comes after it: it is closed. */
export function closed(text: string): string {
  return text + closing(text.split("\n").reduce(openAfter, []));
}

function ending(open: readonly string[]): string {
  return `${closing(open)}\n\n${CUT}`;
}

function closing(open: readonly string[]): string {
  return open
    .toReversed()
    .map((tag) => (tag === DETAILS ? `\n\n${tag}` : `\n${tag}`))
    .join("");
}

const DETAILS = "</details>";
const COMMENT = "-->";

/** What is open after a line, outermost first, by what closes it. */
function openAfter(open: readonly string[], line: string): readonly string[] {
  const fence = /^\s*(```+|~~~+)/.exec(line)?.[1];
  const last = open.at(-1);
  if (last === COMMENT) return line.includes(COMMENT) ? open.slice(0, -1) : open;
  if (last && last !== DETAILS) return fence?.startsWith(last) ? open.slice(0, -1) : open;
  if (fence) return [...open, fence];
  // Only where a line, an item or a quote begins with it, a comment takes in more than its own paragraph.
  if (/^[\s>*+-]*<!--(?!.*-->)/.test(line)) return [...open, COMMENT];
  if (/^\s*<details/.test(line)) return [...open, DETAILS];
  return last === DETAILS && /^\s*<\/details>/.test(line) ? open.slice(0, -1) : open;
}
