/** Something in a file that keeps all of it from being used. */
export interface Problem {
  /** Where the offending key or value is, counted from 1. */
  readonly line: number;
  readonly column: number;
  /** A whole sentence for a person: plain text on one line, bounded, with the file's own words in it. In Markdown, escape it. */
  readonly message: string;
  /** The setting: `ci.checks[2]`; empty where it is the file as a whole, or its form. */
  readonly path: string;
}

const LONGEST = 300;

/** Text with words of a stranger's as one line of bounded length, in which every character can be seen. */
export function oneLine(text: string): string {
  const line = text
    .slice(0, LONGEST + 1)
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1).toWellFormed()}…` : line;
}
