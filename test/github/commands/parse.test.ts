import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_REASON, parseCommand } from "../../../src/github/commands/parse.js";

describe("given a command by itself", () => {
  test.each([
    ["/loopforge status", { name: "status" }],
    ["/loopforge queue", { name: "queue" }],
    ["/loopforge automerge on", { name: "automerge", on: true }],
    ["/loopforge automerge off", { name: "automerge", on: false }],
    ["/loopforge justify the site was down", { name: "justify", reason: "the site was down" }],
    ["/loopforge refresh", { name: "refresh" }],
    ["/loopforge help", { name: "help" }],
    ["/loopforge", { name: "help" }],
    ["/loopforge dance", { name: "unknown", said: "dance" }],
  ] as const)("when it is %j, then it is understood as %j", (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  test.each([
    ["shouted", "/LOOPFORGE STATUS"],
    ["in mixed case", "/LoopForge Status"],
    ["indented by three blanks", "   /loopforge status"],
    ["followed by blanks", "/loopforge status   "],
    ["spaced with tabs", "/loopforge\t\tstatus"],
    ["followed by words that it has no use for", "/loopforge status please"],
    ["on a Windows line", "Hello\r\n/loopforge status\r\n"],
    ["on the second line of a paragraph", "Let me see.\n/loopforge status"],
    ["before more text", "/loopforge status\nThank you"],
    ["in the second paragraph", "Let me see.\n\n/loopforge status\n\nThank you"],
    ["after a hard line break", "Let me see.  \n/loopforge status"],
    ["after a list", "- one\n- two\n\n/loopforge status"],
    ["after code", "```\nnpm test\n```\n/loopforge status"],
    ["in bold", "**/loopforge status**"],
    ["before a table", "/loopforge status\n\n| a |\n| - |\n| b |"],
    ["before a paragraph's table", "/loopforge status\na | b\n--|--"],
    ["after what was folded up", "<details><summary>Log</summary>\n\nred\n\n</details>\n\n/loopforge status"],
    ["after a comment", "<!-- to the bot -->\n/loopforge status"],
    ["after a comment within a sentence", "Now <!-- at last -->\n/loopforge status"],
    ["after a name in angle brackets", "For <name>, please\n\n/loopforge status"],
    ["after a definition", "[log]: log.txt\n/loopforge status"],
    ["after a footnote and text", "[^1]: more\n\nNow:\n/loopforge status"],
    ["after a heading", "# Now\n/loopforge status"],
    ["after 5,000 characters", `${"word ".repeat(1000)}\n\n/loopforge status`],
    ["at the end of the longest comment", `${"word ".repeat(13_000)}\n/loopforge status`],
    ["after a quote and a blank line", "> What now?\n\n/loopforge status"],
  ])("when it is %s, then it is obeyed", (_, text) => {
    expect(parseCommand(text)).toEqual({ name: "status" });
  });

  test.each(["ON", "On", "on "])("when auto-merge is switched %j, then case and blanks do not matter", (word) => {
    expect(parseCommand(`/loopforge AutoMerge ${word}`)).toEqual({ name: "automerge", on: true });
  });

  test.each([
    ["automerge", "automerge"],
    ["automerge maybe", "automerge maybe"],
    ["automerge on now", "automerge on now"],
    ["justify", "justify"],
    ["justify   ", "justify"],
    ["__proto__", "proto"],
    ["constructor", "constructor"],
  ])(
    "when it is not complete or not known, as in %j, then it is not understood, and nothing is done",
    (said, shown) => {
      expect(parseCommand(`/loopforge ${said}`)).toEqual({ name: "unknown", said: shown });
    },
  );

  test("when there are two, then the first one counts", () => {
    expect(parseCommand("/loopforge queue\n/loopforge help")).toEqual({ name: "queue" });
  });

  test("when a reason has code in it, then the code's words belong to the reason", () => {
    expect(parseCommand("/loopforge justify `main` was red")).toEqual({ name: "justify", reason: "main was red" });
  });

  test.each([
    ["see [the log](log.txt 'red')", "see the log"],
    ["see <https://acme.example/1>", "see https://acme.example/1"],
    ["R&amp;D &ouml;", "R&D ö"],
    ["5 \\* 5", "5 * 5"],
    ["**red** <!-- very --> main", "red  main"],
  ])("when its reason is written %j, then it is what a person reads: %j", (written, reason) => {
    expect(parseCommand(`/loopforge justify ${written}`)).toEqual({ name: "justify", reason });
  });

  test("when a reason is long, then it is cut, and between two characters", () => {
    const command = parseCommand(`/loopforge justify ${"🦊".repeat(400)}`);
    const reason = command?.name === "justify" ? command.reason : "";
    expect(reason.length).toBe(MAX_REASON);
    expect(reason.isWellFormed()).toBe(true);
  });

  test("when what is not understood is long, then it is cut", () => {
    const command = parseCommand(`/loopforge ${"x".repeat(5000)}`);
    expect(command).toEqual({ name: "unknown", said: "x".repeat(100) });
  });
});

describe("given what only looks like a command", () => {
  test.each([
    ["within a sentence", "Try /loopforge status"],
    ["as a part of a word", "/loopforged status"],
    ["with a dash", "/loopforge-status"],
    ["with two slashes", "//loopforge status"],
    ["as inline code", "`/loopforge status`"],
    ["as inline code of two ticks", "``/loopforge status``"],
    ["after inline code on its line", "`$` /loopforge status"],
    ["in a fenced block", "```\n/loopforge status\n```"],
    ["in a fenced block that does not end", "```\n/loopforge status"],
    ["in a block of tildes", "~~~sh\n/loopforge status\n~~~"],
    ["in an indented block", "Code:\n\n    /loopforge status"],
    ["in a quote", "> /loopforge status"],
    ["in a quote of several lines", "> alice wrote\n> /loopforge status"],
    ["in a line that goes on with a quote", "> alice wrote\n/loopforge status"],
    ["in a list", "- /loopforge status"],
    ["in a numbered list", "1. /loopforge status"],
    ["in a list's second paragraph", "- one\n\n  /loopforge status"],
    ["in a comment", "<!-- /loopforge status -->"],
    ["in a comment of several lines", "<!--\n/loopforge status\n-->"],
    ["in a comment that does not end", "<!--\n/loopforge status"],
    ["in HTML", "<details>\n/loopforge status\n</details>"],
    ["in a heading", "# /loopforge status"],
    ["behind a zero-width space", "\u200b/loopforge status"],
    ["as text that the page shows otherwise", "&#x2F;loopforge"],
    ["in a comment within a sentence, over lines", "Thanks! <!-- note:\n/loopforge status\n-->"],
    ["in a tag's attribute, over lines", "Thanks <a title='\n/loopforge status\n'>you</a>"],
    ["in inline code over lines", "`npm\n/loopforge status\n`"],
    ["in a link's title", "[log](log.txt '\n/loopforge status\n')"],
    ["in a link's text", "[log\n/loopforge status\nhere](https://acme.example)"],
    ["in a link's text behind an image", "[![graph](x.png)\n/loopforge status\nhere](https://acme.example)"],
    ["in the text of a link by reference", "[log\n/loopforge status\nhere][log]\n\n[log]: log.txt"],
    ["in an image's description", "![graph\n/loopforge status\nhere](graph.png)"],
    ["in a definition's title", "[log]: log.txt '\n/loopforge status\n'"],
    ["below a quote within a list", "- > alice wrote\n/loopforge status"],
    ["in a line that goes on with a list", "- one\n/loopforge status"],
    ["behind quotes that are nested too deep to follow", `${">".repeat(100)} alice\n/loopforge status`],
    ["in an underlined heading", "/loopforge status\n==="],
    ["in a heading with two dashes below", "/loopforge status\n--"],
    ["in a table's head", "/loopforge status | x\n--- | ---\n1 | 2"],
    ["in a table's row", "| a |\n| - |\n/loopforge status"],
    ["in a table without bars", "a\n:--\n/loopforge status"],
    ["in a footnote", "See[^1]\n\n[^1]: /loopforge status"],
    ["in a line that goes on with a footnote", "See[^1]\n\n[^1]: more\n/loopforge status"],
    ["in a footnote's second paragraph", "See[^1]\n\n[^1]: more\n\n    /loopforge status"],
    ["folded up", "<details>\n\n/loopforge status\n\n</details>"],
    ["folded up by a tag within a sentence", "More: <details>\n/loopforge status"],
    ["folded up by a tag that does not end", "<details open\n\n/loopforge status"],
    ["folded up behind one that is closed", "<details></details><details>\n\n/loopforge status"],
    ["folded up behind a closing tag in a comment", "<details><!-- </details> -->\n\n/loopforge status"],
    ["folded up behind a comment that ends early", "<!-- --!> <details> -->\n\n/loopforge status"],
    ["folded up behind a closing tag in a table", "<details><table></details></table>\n\n/loopforge status"],
    ["in code by tags", "<code>\n\n/loopforge status\n\n</code>"],
    ["in a comment within HTML that does not end", "<div><!-- \n\n/loopforge status\n\n--></div>"],
    ["as text that the page shows otherwise, beside its name", "&#47;loopforge status or /loopforge"],
    ["escaped", "\\/loopforge status"],
    ["behind a line end that the page shows as a blank", "a&#10;/loopforge status"],
    ["struck out", "~~/loopforge status~~"],
    ["behind an image", "![](x.png)/loopforge status"],
    ["with a zero-width space behind its name", "/loopforge\u200b status"],
    ["with a zero-width space at its end", "/loopforge\u200b"],
    ["with a byte order mark at its end", "/loopforge\ufeff"],
    ["behind a byte order mark", "\ufeff/loopforge status"],
    ["with a mark of direction behind its name", "/loopforge\u200e status"],
    ["with a turn of direction behind its name", "/loopforge\u202e status"],
    ["with a blank that does not break", "/loopforge\u00a0status"],
    ["behind a turn of direction", "\u202e/loopforge status"],
    ["behind a line separator", "a\u2028/loopforge status"],
    ["behind a vertical tab", "a\u000b/loopforge status"],
    ["nowhere", "Looks good to me"],
    ["in an empty comment", ""],
  ])("when it stands %s, then nothing is done", (_, text) => {
    expect(parseCommand(text)).toBeNull();
  });
});

describe("given a comment that was made to do harm", () => {
  const fill = (text: string) => text.repeat(Math.ceil(60_000 / text.length));

  test.each([
    ["quotes in quotes", fill(">")],
    ["lists in lists", fill("- ")],
    ["commands in a quote", fill("> /loopforge queue\n")],
    ["blanks", fill(" ")],
  ])("when it has 60 KB of %s after a command, then the command is found", (_, hostile) => {
    expect(parseCommand(`/loopforge status\n\n${hostile}`)).toEqual({ name: "status" });
  });

  test("when it is anything, then it has an answer that is bounded and well-formed", () => {
    const part = fc.oneof(
      fc.constantFrom(
        "/loopforge",
        " justify ",
        "status",
        "automerge on",
        "> ",
        "`",
        "```",
        "<!--",
        "\n",
        "\n\n",
        "- ",
      ),
      fc.constantFrom("\ud800", "\u0000", "\u0001", "\u202e", "\r", "\u2028", "[](", "@everyone", "    "),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const command = parseCommand(parts.join(""));
        const text = command?.name === "justify" ? command.reason : command?.name === "unknown" ? command.said : "";
        expect(text.length).toBeLessThanOrEqual(MAX_REASON);
        expect(text.isWellFormed()).toBe(true);
        for (const character of ["\u0001", "\n"]) expect(text).not.toContain(character);
      }),
      { numRuns: 500 },
    );
  });
});
