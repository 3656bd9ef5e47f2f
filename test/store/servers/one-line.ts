import { expect } from "vitest";

/** An error for the user: one line, of this code, in which the pattern stands. */
export function oneLine(code: string, pattern: RegExp): unknown {
  return expect.objectContaining({ code, message: expect.stringMatching(new RegExp(`^.*${pattern.source}.*$`)) });
}
