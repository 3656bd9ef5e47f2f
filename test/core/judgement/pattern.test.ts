import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesPattern } from "../../../src/core/index.js";

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

describe("given a pattern that was made to take for ever", () => {
  test.each([
    ["stars between letters", "a*".repeat(100), "a".repeat(200), true],
    ["stars between letters, and an end that is not there", `${"a*".repeat(100)}b`, "a".repeat(200), false],
    ["nothing but stars", "*".repeat(200), "a".repeat(200), true],
    ["a letter again and again", `*${"a".repeat(100)}b`, "a".repeat(200), false],
  ])("when it has %s, then it takes no more looks than pattern times text", (_, pattern, text, isFit) => {
    const looks = { count: 0 };
    expect(matchesPattern(counted(pattern, looks), counted(text, looks))).toBe(isFit);
    expect(looks.count).toBeGreaterThan(text.length);
    expect(looks.count).toBeLessThanOrEqual(4 * pattern.length * text.length);
  });
});

/** The definition: a star is any run of characters, anything else is itself. */
function fits(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === "*") return text.some((_, index) => fits(rest, text.slice(index))) || fits(rest, []);
  return text[0] === first && fits(rest, text.slice(1));
}

/** A text that counts how often one of its characters is looked at. */
function counted(text: string, looks: { count: number }): string {
  const watched = new Proxy(Object(text) as object, {
    get: (target, name) => {
      if (typeof name === "string" && /^\d+$/.test(name)) looks.count += 1;
      return Reflect.get(target, name) as unknown;
    },
  });
  return watched as unknown as string;
}
