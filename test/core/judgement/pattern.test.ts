import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePatterns, matchesPattern } from "../../../src/core/index.js";

describe("given a pattern", () => {
  test.each([
    ["build", "build"],
    ["", ""],
    ["*", ""],
    ["*", "anything at all"],
    ["**", "anything"],
    ["build*", "build"],
    ["build*", "build (ubuntu, 22)"],
    ["*build", "my build"],
    ["ci/*/build", "ci/linux/build"],
    ["ci/*/build", "ci/a/b/build"],
    ["a*b*c", "a-b-b-c"],
    ["*a*", "banana"],
    ["*ana", "banana"],
    ["*🦊*", "a 🦊"],
    [".*", ".x"],
    ["[ab]", "[ab]"],
    ["a?", "a?"],
    ["a\\*", "a\\anything"],
  ])("when it is %j, then %j fits", (pattern, text) => {
    expect(matchesPattern(pattern, text)).toBe(true);
  });

  test.each([
    ["", "x"],
    ["build", ""],
    ["build", "Build"],
    ["build", "builds"],
    ["build", " build"],
    ["build*", "rebuild"],
    ["*build", "builds"],
    ["a*b*c", "a-c-b"],
    ["a*a", "a"],
    [".", "x"],
    [".*", "x"],
    ["[ab]", "a"],
    ["a+", "aa"],
    ["(a|b)", "a"],
    ["^a$", "a"],
  ])("when it is %j, then %j does not fit", (pattern, text) => {
    expect(matchesPattern(pattern, text)).toBe(false);
  });

  test("when it is any pattern over a few letters, then it says what its definition says", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 10 });
    fc.assert(
      fc.property(letters, text, (pattern, subject) => {
        expect(matchesPattern(pattern, subject)).toBe(fits([...pattern], [...subject]));
      }),
      { numRuns: 3000 },
    );
  });

  test("when parts of a text are left out for stars, then the text fits", () => {
    const cuts = fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, fc.string(), (parts, end) => {
        const text = parts.map(([kept, left]) => kept + left).join("") + end;
        expect(matchesPattern(parts.map(([kept]) => `${kept}*`).join("") + end, text)).toBe(true);
      }),
    );
  });

  test("when it has no star, then it fits itself and nothing else", () => {
    const plain = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("*"));
    fc.assert(
      fc.property(plain, plain, (pattern, text) => {
        expect(matchesPattern(pattern, pattern)).toBe(true);
        expect(matchesPattern(pattern, text)).toBe(pattern === text);
      }),
    );
  });
});

describe("given a list of patterns", () => {
  test("when names are tested, then each answer is that of the patterns one by one, however often it is asked for", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 6 });
    const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), fc.array(name, { maxLength: 20 }), (patterns, names) => {
        const matches = compilePatterns(patterns);
        for (const text of [...names, ...names])
          expect(matches(text)).toBe(patterns.some((one) => fits([...one], [...text])));
      }),
    );
  });

  test("when it is asked for more names than it remembers, then its answers stay right", () => {
    const matches = compilePatterns(["*7"]);
    const names = Array.from({ length: 2500 }, (_, index) => `check ${index}`);
    for (const name of [...names, ...names]) expect(matches(name)).toBe(name.endsWith("7"));
  });
});

describe("given what was made to take for ever", () => {
  /** So generous that only a search that backtracks exceeds it. */
  const GUARD_MS = 2000;
  const long = (index: number) => `${"a".repeat(250)}${index}`;

  test.each([
    ["stars between letters", `${"a*".repeat(5)}b`],
    ["a long part again and again", `*${`${"a".repeat(38)}b*`.repeat(4)}`],
    ["a part that differs at its beginning", `*b${"a".repeat(190)}*`],
    ["a part that differs at its end", `*${"a".repeat(190)}b*`],
    ["a part that differs in its middle", `*${"a".repeat(95)}b${"a".repeat(95)}*`],
  ])("when 50 patterns with %s are tested against 300 names of 255 characters, then it ends soon", (_, worst) => {
    const patterns = Array.from({ length: 50 }, (_, index) => `${worst}${index}`);
    const names = Array.from({ length: 300 }, (_, index) => long(index));
    const begin = process.cpuUsage();
    const matches = compilePatterns(patterns);
    for (const name of names) expect(matches(name)).toBe(false);
    expect(process.cpuUsage(begin).user / 1000).toBeLessThan(GUARD_MS);
  });
});

/** The definition: a star is any run of characters, anything else is itself. */
function fits(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === "*") return text.some((_, index) => fits(rest, text.slice(index))) || fits(rest, []);
  return text[0] === first && fits(rest, text.slice(1));
}
