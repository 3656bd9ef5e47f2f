/** GitHub's limits, in bytes, of which it counts characters: of a comment, of a check run's title and of its summary. */
export const MAX_COMMENT = 65_536;
export const MAX_SUMMARY = 65_535;
export const MAX_TITLE = 255;

/** One line stays one line. */
export function shortened(line: string, limit: number): string {
  return line.length <= limit ? line : `${line.slice(0, limit - 1).toWellFormed()}…`;
}

/** Cut at a line end, so that no row of a table is left half, and not within a diagram. */
export function cut(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const whole = Buffer.from(text)
    .subarray(0, limit - 40)
    .toString("utf8")
    .replace(/\uFFFD+$/, "");
  const end = whole.lastIndexOf("\n");
  const kept = end > 0 ? whole.slice(0, end) : whole;
  const isInDiagram = (kept.match(/^```/gm)?.length ?? 0) % 2 === 1;
  return `${kept}${isInDiagram ? "\n```" : ""}\n\n(cut here)`;
}
