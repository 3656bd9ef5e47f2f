import { expect, test } from "vitest";
import { harmIn } from "./harm.js";

test.each([
  ["a mention", "Thanks, @octocat!"],
  ["a mention of a team", "cc @acme/everyone"],
  ["a mention in a cell", "| a |\n| --- |\n| @octocat |"],
  ["a mention in a link's words", "[@octocat](https://github.com)"],
  ["a mention in bold", "**@octocat**"],
  ["a mention between tags", "<details><summary>@octocat</summary>\n\nx\n\n</details>"],
  ["HTML", "<img src=x onerror=alert(1)>"],
  ["HTML in a sentence", "a <b>bold</b> word"],
  ["HTML in a cell", "| a |\n| --- |\n| <b> |"],
  ["a tag of ours with an attribute", "<details onclick=x>"],
  ["a link to a script", "[x](javascript:alert(1))"],
  ["a link that a text became", "see https://evil.example/"],
  ["a link that a word became", "see www.evil.example"],
  ["a mail address", "see evil@example.com"],
  ["an image", "![x](https://evil.example/x.png)"],
  ["a definition", "[x]: https://evil.example/"],
  ["a cell too many", "| a | b |\n| --- | --- |\n| 1 | 2 | 3 |"],
  ["a cell too many in code", "| a |\n| --- |\n| `x|y` |"],
  ["a row that was cut", "| a | b |\n| --- | --- |\n| 1 | 2"],
  ["half a character", "\ud800"],
  ["a character that turns the text around", "`\u202egpj.exe`"],
  ["a control character", "`\u001b[31m`"],
])("given a text with %s, when it is looked at, then it is found", (_, text) => {
  expect(harmIn(text)).not.toEqual([]);
});

test.each([
  ["words", "LoopForge – CI passed"],
  ["a mention in code", "`@octocat`"],
  ["markup in code", "`<img src=x>` `[x](javascript:1)`"],
  ["a bar in code in a cell", "| a |\n| --- |\n| `x\\|y` |"],
  ["a link of ours", "[pull request](https://github.com/acme/shop/pull/1)"],
  ["a link with code", "[`acme/shop#1`](https://github.com/acme/shop/issues/1)"],
  [
    "tags of ours",
    "<!-- loopforge:audit -->\n\n<details><summary>History</summary>\n\nx\n\n</details>\n\n<sub>y</sub>",
  ],
  ["a diagram", '```mermaid\nflowchart LR\n  a -. "1 | @x" .-> b\n```'],
  ["a bot's name", "[dependabot\\[bot\\]](https://github.com/apps/dependabot)"],
])("given a text with %s, when it is looked at, then there is no harm in it", (_, text) => {
  expect(harmIn(text)).toEqual([]);
});
