/** A pattern's literal parts: what stands before, between and after its stars. */
export type PatternParts = readonly string[];

export function partsOf(pattern: string): PatternParts {
  return pattern.split("*");
}

/**
 * Tells whether a text matches a pattern in which `*` stands for any run of characters, also none.
 *
 * Patterns come from repositories, so nothing here may backtrack: the leftmost place is always a right one for a middle part,
 * because a later part can only gain room by it. Each part is searched for once, behind the one before.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  return matchesParts(partsOf(pattern), text);
}

/** Names that a compiled list remembers before it starts again, so that a list that lives long does not grow for ever. */
const MAX_REMEMBERED = 1000;

/**
 * Compiles a list of patterns into one test: whether a text matches any of them. It decides each text once and remembers the answer,
 * because a judgement asks for the same names of checks again and again.
 */
export function compilePatterns(patterns: readonly string[]): (text: string) => boolean {
  const compiled = [...new Set(patterns)].map(partsOf);
  const decided = new Map<string, boolean>();
  return (text) => {
    const known = decided.get(text);
    if (known !== undefined) return known;
    const matches = compiled.some((parts) => matchesParts(parts, text));
    if (decided.size >= MAX_REMEMBERED) decided.clear();
    decided.set(text, matches);
    return matches;
  };
}

function matchesParts(parts: PatternParts, text: string): boolean {
  const first = parts[0] ?? "";
  if (parts.length === 1) return text === first;
  const last = parts.at(-1) ?? "";
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const after = placeLeftmost(parts.slice(1, -1), text, first.length);
  return after !== null && after <= end;
}

/** Where the last of `parts` ends if each stands as far to the left as it can, from `from` on; null where one is not there. */
export function placeLeftmost(parts: PatternParts, text: string, from: number): number | null {
  let at = from;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return null;
    at = found + part.length;
  }
  return at;
}

/** Where the first of `parts` begins if each stands as far to the right as it can, up to `to`; null where one is not there. */
export function placeRightmost(parts: PatternParts, text: string, to: number): number | null {
  let at = to;
  for (const part of parts.toReversed()) {
    const found = at < part.length ? -1 : text.lastIndexOf(part, at - part.length);
    if (found < 0) return null;
    at = found;
  }
  return at;
}
