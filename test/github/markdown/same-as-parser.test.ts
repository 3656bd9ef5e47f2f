import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { visibleLines } from "../../../src/github/commands/visible-lines.js";
import { proseOf } from "../../../src/github/links/prose.js";
import { linesByParser, proseByParser } from "./reference.js";

const word = fc.constantFrom(
  "fixes",
  "#7",
  "closes",
  "acme/shop#1",
  "/loopforge",
  "status",
  "a",
  "it's",
  "größe",
  "🦊",
  ".",
);

/** What people write within a paragraph. */
const { inline } = fc.letrec<{ inline: string }>((tie) => ({
  inline: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(" ")),
    fc.constantFrom(
      "&amp;",
      "&#35;7",
      "&nbsp;",
      "&copy;",
      "&nope;",
      "\\*",
      "\\`",
      "\\[",
      "\\\n",
      "  \n",
      "\n",
      " \n",
      "~~",
    ),
    fc.constantFrom(
      "<https://acme.example/1>",
      "<a@b.example>",
      "<!-- fixes #7 -->",
      "<!--\nfixes #7\n-->",
      'a<i x="fixes #7">',
    ),
    fc.constantFrom(
      "a<i\nx='>'>",
      "a</i >",
      "<",
      "a < b",
      "a<br/>",
      "`",
      "``",
      "`fixes #7`",
      "`` ` ``",
      "`a\nfixes #7`",
      "*",
      "_",
      "**",
    ),
    fc.constantFrom("[", "]", "![", "](x)", "[ref]", "[ref][]", "[no]", "(", ")", "!"),
    fc
      .tuple(fc.constantFrom("*", "_", "**", "__", "***", "~~"), tie("inline"))
      .map(([mark, text]) => mark + text + mark),
    fc
      .tuple(tie("inline"), fc.constantFrom("x", "<x b>", "a(b)c", "y 'fixes\n#7'", 'y "t"', "(", "a b", ""))
      .map(([text, to]) => `[${text}](${to})`),
    fc.tuple(tie("inline"), fc.constantFrom("ref", "REF", "no", "")).map(([text, to]) => `[${text}][${to}]`),
    fc.tuple(tie("inline"), fc.constantFrom("x.png", "x 't'")).map(([text, to]) => `![${text}](${to})`),
    fc.tuple(tie("inline"), tie("inline"), fc.constantFrom("", " ")).map(([one, two, gap]) => one + gap + two),
  ),
}));

const indented = (first: string, rest: string) => (text: string) =>
  text
    .split("\n")
    .map((line, index) => (index === 0 ? first : line === "" ? "" : rest) + line)
    .join("\n");

/** What people write below each other. */
const { blocks } = fc.letrec<{ block: string; blocks: string }>((tie) => ({
  block: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    inline,
    inline.map((text) => text.trim()),
    fc
      .tuple(fc.constantFrom("x\n2. ", "# ", "## ", "####### "), inline, fc.constantFrom("", " #", "#"))
      .map((parts) => parts.join("")),
    fc.tuple(inline, fc.constantFrom("\n===", "\n---", "\n-", "\n- - -", "\n ==")).map((parts) => parts.join("")),
    fc.constantFrom(
      "***",
      "* * *",
      "___",
      "```\nfixes #7\n```",
      "~~~ sh\n/loopforge status\n~~~",
      "```\nfixes #7",
      "    fixes #7\n\na",
    ),
    fc.constantFrom(
      "<!-- fixes\n\n#7 -->",
      "<div>\nfixes #7\n</div>",
      "\n\n<i>\nfixes #7",
      "\n\n<br>",
      "<pre>\n\nfixes #7</pre>",
    ),
    fc.constantFrom("[ref]: x", "[ref]: <x y> 'fixes\n#7'", "[other]:\n  y", "[ref]: x y", "[ref]: x\n'a"),
    tie("blocks").map(indented("> ", "> ")),
    tie("blocks").map(indented("> ", "")),
    fc
      .tuple(
        tie("blocks").filter((text) => /^\S/.test(text)),
        fc.constantFrom(["- ", "  "], ["1. ", "   "], ["1)  ", "    "], ["+   ", "    "], ["*\t", "\t"]),
      )
      .map(([text, [first = "", rest = ""]]) => indented(first, rest)(text)),
  ),
  blocks: fc
    .array(fc.tuple(tie("block"), fc.constantFrom("\n", "\n\n", "\n\n\n", "\n \n")), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.flat().join("")),
}));

/** The parser takes a marker without text behind indented code for text, where CommonMark and GitHub begin a list. */
const hasEmptyItem = (markdown: string) => /(?:^|[ \t>])(?:[*+-]|\d+[.)])[ \t]*$/m.test(markdown);

/** What HTML hides is no matter of the parser's: the commands' own tests have it. */
const hasHtmlThatHides = (markdown: string) => /<(?:!--|pre|https:|a@)/.test(markdown);

/** How much white space stands in a row, and how many blocks are left out, makes no difference. */
const normalized = (text: string) =>
  text
    .replaceAll("\u0001", "")
    .split("\u0000")
    .map((part) =>
      part
        .replace(/[ \t]+/g, " ")
        .replace(/ ?\n[\n ]*/g, "\n")
        .replace(/^[\n ]+|[\n ]+$/g, ""),
    )
    .filter((part) => part !== "")
    .join("\u0000");

const linesOf = (lines: readonly string[]) => lines.map((line) => normalized(line)).filter((line) => line !== "");

describe("given Markdown as people write it", () => {
  test("when its prose is read, then it is what the full parser says", () => {
    fc.assert(
      fc.property(blocks, (markdown) => {
        fc.pre(!hasEmptyItem(markdown));
        expect(normalized(proseOf(markdown))).toBe(normalized(proseByParser(markdown)));
      }),
      { numRuns: Number(process.env.RUNS ?? 1500) },
    );
  });

  test("when its visible lines are read, then they are what the full parser says", () => {
    fc.assert(
      fc.property(blocks, (markdown) => {
        fc.pre(!hasEmptyItem(markdown) && !hasHtmlThatHides(markdown));
        expect(linesOf(visibleLines(markdown))).toEqual(linesOf(linesByParser(markdown)));
      }),
      { numRuns: Number(process.env.RUNS ?? 1500) },
    );
  });
});
