import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closingKeywords } from "../../../src/github/links/closing-keywords.js";

/** The references as people write them. */
function closes(body: string): readonly string[] {
  return closingKeywords(body).map(({ repo, number }) => `${repo ?? ""}#${number}`);
}

const KEYWORDS = ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];

describe("given a closing keyword", () => {
  test.each(KEYWORDS)("when it is %s, then it closes, in any case and with a colon", (keyword) => {
    const shouted = keyword.toUpperCase();
    const named = keyword.charAt(0).toUpperCase() + keyword.slice(1);
    for (const word of [keyword, shouted, named, `${keyword}:`, `${shouted}:`])
      expect(closes(`${word} #7`)).toEqual(["#7"]);
  });

  test.each([
    ["owner/repo#n", "fixes acme/shop#7", "acme/shop#7"],
    ["owner/repo#n in other case", "Fixes Acme/Shop#7", "acme/shop#7"],
    ["a name with dots and dashes", "fixes a-b/c.d_e#7", "a-b/c.d_e#7"],
    ["an address", "fixes https://github.com/acme/shop/issues/7", "acme/shop#7"],
    ["an address with its comment", "fixes https://github.com/acme/shop/issues/7#issuecomment-1", "acme/shop#7"],
    ["an address of an Enterprise Server", "fixes http://ghe.example:8443/acme/shop/issues/7", "acme/shop#7"],
    ["an address in angle brackets", "fixes <https://github.com/acme/shop/issues/7>", "acme/shop#7"],
  ])("when the issue is named by %s, then that one is closed", (_, body, reference) => {
    expect(closes(body)).toEqual([reference]);
  });

  test.each([
    ["bold", "**Fixes** #7"],
    ["italics", "_Fixes_ #7"],
    ["bold with its number", "**Fixes #7**"],
    ["a heading", "## Fixes #7"],
    ["a list", "- fixes #7"],
    ["a sentence", "This is a big one. It fixes #7, at last."],
    ["parentheses", "(fixes #7)"],
    ["the line before its number", "fixes\n#7"],
    ["the second paragraph", "A word.\n\nFixes #7"],
    ["text after a comment", "<!-- say what it closes -->\n\nFixes #7"],
    ["Windows line ends", "A word.\r\n\r\nFixes #7\r\n"],
  ])("when it stands in %s, then it closes", (_, body) => {
    expect(closes(body)).toEqual(["#7"]);
  });

  test("when there are several, then each is closed once, in their order", () => {
    expect(closes("Fixes #9, closes #7. Resolves acme/shop#7 and fixes #9.")).toEqual(["#9", "#7", "acme/shop#7"]);
  });
});

describe("given what only looks like one", () => {
  test.each([
    ["code", "`fixes #7`"],
    ["code with two ticks", "``fixes `x` #7``"],
    ["a fenced block", "```\nfixes #7\n```"],
    ["a fenced block that does not end", "```\nfixes #7"],
    ["a block of tildes", "~~~text\nfixes #7\n~~~"],
    ["an indented block", "Code:\n\n    fixes #7"],
    ["a quote", "> fixes #7"],
    ["a quote's next line", "> A word\nfixes #7"],
    ["a quote in a list", "- > fixes #7"],
    ["a comment", "<!-- fixes #7 -->"],
    ["a comment of two lines", "<!--\nfixes #7\n-->"],
    ["a comment within a sentence", "See <!-- fixes #7 --> below"],
  ])("when it stands in %s, then it closes nothing", (_, body) => {
    expect(closes(body)).toEqual([]);
  });

  test.each([
    ["a mere mention", "see #7"],
    ["part of a word", "prefixes #7"],
    ["part of a word with a dash", "hot-fix #7"],
    ["no blank between", "fixes#7"],
    ["a word between", "fixes issue #7"],
    ["a second number without a keyword", "#7"],
    ["a number in the next paragraph", "This is a fix\n\n#7 is another matter"],
    ["a number that is a word", "fixes #7th"],
    ["a number of ten digits", "fixes #1234567890"],
    ["the address of a pull request", "fixes https://github.com/acme/shop/pull/7"],
    ["nothing", ""],
  ])("when it is %s, then it closes nothing", (_, body) => {
    expect(closes(body)).toEqual([]);
  });

  test("when only the first of two numbers has a keyword, then only that is closed", () => {
    expect(closes("fixes #7, #8")).toEqual(["#7"]);
  });
});

describe("given a description that was made to do harm", () => {
  const fill = (text: string) => text.repeat(Math.ceil(60_000 / text.length));

  test.each([
    ["quotes in quotes", fill(">")],
    ["lists in lists", fill("- ")],
    ["quotes in lists in quotes", fill("> 1. ")],
    ["list items", fill("* a\n ")],
    ["brackets", fill("[a](")],
    ["definitions", fill("[a]: b\n")],
    ["emphasis", fill("*a **a ")],
    ["ticks", Array.from({ length: 340 }, (_, length) => "`".repeat(length)).join(" ")],
    ["comments that do not end", fill("x<!--")],
    ["keywords", fill("close ")],
    ["a keyword and blanks", `close${" ".repeat(60_000)}`],
    ["a keyword and slashes", `close ${fill("a/")}`],
    ["a keyword and an address", `close https://${fill("a.")}`],
  ])("when it has 60 KB of %s, then what it closes before them is found", (_, hostile) => {
    expect(closes(`fixes #7\n\n${hostile}`)).toEqual(["#7"]);
  });

  test("when it names a thousand issues, then fifty are taken", () => {
    const body = Array.from({ length: 1000 }, (_, index) => `fixes #${index + 1}`).join(", ");
    expect(closingKeywords(body)).toHaveLength(50);
  });

  test("when it is anything, then it has an answer", () => {
    const part = fc.oneof(fc.constantFrom(...KEYWORDS, " #7", "> ", "`", "<!--", "\n", "[", "]("), fc.string());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        for (const { number } of closingKeywords(parts.join(""))) expect(number).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
