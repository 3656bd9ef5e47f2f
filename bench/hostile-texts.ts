/** The longest text that GitHub takes for a description or comment. */
export const MAX_TEXT = 65_536;

/** What keeps parsers of Markdown busy when it is repeated: openings that never close, nesting, and what looks like a reference. */
const FAMILIES: readonly string[] = [
  ...[">", "> ", "- ", "1. ", "> - ", "* a\n ", "- a\n", "> a\n", "=\n", "-\n", "\n", "\t", " ", "    a\n"],
  ...["*a", "*a ", "_", "_a", "**a ", "a**b_", "*_", "***a* ", "~~", "`", "``` ", "```\n", "` `` "],
  ...[
    "[",
    "![",
    "]",
    "[a](",
    "[](a (",
    '[](a "',
    "[]((",
    "![[](a)",
    "](",
    "][",
    "]: ",
    "[a]: b\n",
    "[a]",
    "[\\]",
    "[^1]: ",
  ],
  ...[
    "<",
    "<!--",
    "<!-- -->",
    "<?",
    "<!X",
    "<![CDATA[",
    "<a ",
    '<a x="',
    "<a b='",
    "</p>",
    "<p>\n",
    "<details>",
    "<a@a.",
    "<a:",
  ],
  ...["(", ")", "&", "&a", "&amp;", "&#35;", "\\", "\\\n", "| - |\n", "x\n-|\n"],
  ...["close ", "fixes a/", "fixes https://a.", "/loopforge\n", "/loopforge ", "fixes #1 "],
];

/** A text of each family, by its name, as long as may be. Keyword and command stand in the same paragraph, where the family lets them. */
export function hostileTexts(length = MAX_TEXT): ReadonlyMap<string, string> {
  const begin = "fixes #7 /loopforge ";
  const texts = FAMILIES.map((family) => {
    const room = length - begin.length;
    return [JSON.stringify(family), begin + family.repeat(Math.ceil(room / family.length)).slice(0, room)] as const;
  });
  const references = Array.from({ length: 100 }, (_, index) => `Fixes acme/shop#${index + 1}.`).join("\n");
  return new Map([...texts, ["a hundred references", `${references}\n${"word ".repeat(length)}`.slice(0, length)]]);
}
