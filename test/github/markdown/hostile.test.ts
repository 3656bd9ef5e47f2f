import { describe, expect, test } from "vitest";
import { hostileTexts } from "../../../bench/hostile-texts.js";
import { parseCommand } from "../../../src/github/commands/parse.js";
import { closingKeywords } from "../../../src/github/links/closing-keywords.js";

/** So generous that only what is not linear exceeds it: a parser that was quadratic took minutes. */
const GUARD_MS = 5000;

const texts = [...hostileTexts()];
const short = [...hostileTexts(16_384)];
const paired = short.map(([one, first], index) => {
  const [other, second] = short[(index * 7 + 1) % short.length] ?? ["", ""];
  return [`${one} before ${other}`, `${first}${second}`] as const;
});

describe("given the longest text that was made to take for ever", () => {
  test.each([...texts, ...paired])("when it is full of %s, then keywords and commands are read soon", (_, text) => {
    const begin = process.cpuUsage();
    closingKeywords(text);
    parseCommand(text);
    expect(process.cpuUsage(begin).user / 1000).toBeLessThan(GUARD_MS);
  });

  test.each(texts)("when it is full of %s, then what stands before it is found", (_, text) => {
    expect(closingKeywords(`fixes #9\n\n${text}`).map(({ number }) => number)).toContain(9);
    expect(parseCommand(`/loopforge status\n\n${text}`)).toEqual({ name: "status" });
  });

  test("when a keyword and a command stand at its very end, then they are found", () => {
    const text = `${"A word. ".repeat(8000)}\n\nfixes #9\n/loopforge queue`;
    expect(closingKeywords(text).map(({ number }) => number)).toEqual([9]);
    expect(parseCommand(text)).toEqual({ name: "queue" });
  });
});
