import fc from "fast-check";
import { fromMarkdown } from "mdast-util-from-markdown";
import { beforeAll, describe, expect, test } from "vitest";
import type { Entry, Json } from "../../src/core/index.js";
import { renderComment } from "../../src/report/comment.js";
import { asCode } from "../../src/report/markdown.js";
import type { ReportView } from "../../src/report/view.js";
import { mergedWithCiRed } from "./stories.js";
import { altered, viewOf } from "./story.js";

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly lang?: string | null;
  readonly children?: readonly Node[];
}

function nodesOf(node: Node): readonly Node[] {
  return [node, ...(node.children ?? []).flatMap(nodesOf)];
}

function parsed(comment: string): readonly Node[] {
  return nodesOf(fromMarkdown(comment) as Node);
}

/** GitHub's rule: a `|` ends a cell unless a backslash stands before it, in code too. */
function cellsOf(row: string): number {
  return row.split(/(?<!\\)\|/).length - 2;
}

const EVIL = [
  "@octocat",
  "@acme/everyone",
  "a|b|c",
  "a\\|b",
  "trailing\\",
  "`code` @octocat",
  "``` fence",
  "line\nbreak\r\n| x |",
  "\u2028## heading",
  "<img src=x onerror=alert(1)>",
  "<!-- loopforge:audit -->",
  "-->",
  "![x](https://evil.example/x.png)",
  "[x](javascript:alert(1))",
  "https://evil.example/",
  "#1 GH-1 acme/shop#1",
  "**bold** _it_ ~~no~~",
  "__x__",
  "\u202egpj.exe",
  "\ud800",
  "\u0000",
  "",
  " ",
  "end",
  '"]; click s_merged "https://evil.example"',
] as const;

let view: ReportView;

beforeAll(async () => {
  view = await viewOf(mergedWithCiRed);
});

/** Every text that comes from GitHub, set to something hostile. */
function attacked(text: string): string {
  const hostile: { readonly [key: string]: Json } = {
    ...{ check: text, conclusion: text, app: text, url: text, sha: text, review: text, merge_sha: text },
    not_passed: [text, text],
  };
  const entry = (one: Entry): Entry => {
    const names = Object.keys(one.metadata).filter((name) => Object.hasOwn(hostile, name));
    const metadata = Object.fromEntries(names.map((name) => [name, hostile[name] ?? null]));
    return { ...one, metadata: { ...one.metadata, ...metadata } };
  };
  return renderComment({ ...altered(view, { entry }), loginOf: () => text });
}

function expectHarmless(comment: string): void {
  const nodes = parsed(comment);
  const plain = renderComment(view);

  const html = nodes.filter(({ type }) => type === "html").map(({ value }) => value);
  expect(html).toEqual(["<!-- loopforge:audit -->", "<sub>", "</sub>"]);
  for (const type of ["image", "definition", "emphasis", "break", "thematicBreak", "imageReference", "linkReference"]) {
    expect(nodes.filter((node) => node.type === type)).toEqual([]);
  }
  expect(nodes.filter(({ type }) => type === "heading")).toHaveLength(1);
  expect(nodes.filter(({ type }) => type === "strong")).toHaveLength(2);
  expect(nodes.filter(({ type }) => type === "code").map(({ lang }) => lang)).toEqual(["mermaid"]);
  for (const { value = "" } of nodes.filter(({ type }) => type === "text")) {
    expect(value).not.toMatch(/@|https?:|www\./);
  }
  for (const { url = "" } of nodes.filter(({ type }) => type === "link")) expect(url).toMatch(/^https?:\/\/[^\s<>]+$/);

  const rows = (text: string) => text.split("\n").filter((line) => line.startsWith("|"));
  expect(rows(comment)).toHaveLength(rows(plain).length);
  for (const row of rows(comment)) expect(cellsOf(row)).toBe(6);
  expect(comment.split("\n")).toHaveLength(plain.split("\n").length);
}

describe("given hostile names of checks, apps and people", () => {
  test.each(EVIL.map((text) => [text]))(
    "when they are %j, then nothing of it is markup, a mention or a cell",
    (text) => {
      expectHarmless(attacked(text));
    },
  );

  test("when they are anything, then nothing of it is markup, a mention or a cell", () => {
    const part = fc.oneof(
      fc.constantFrom(...EVIL, "|", "`", "\\", "@", "[", "](", "<", "_", "*"),
      fc.string({ unit: "binary" }),
    );
    const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (hostile) => expectHarmless(attacked(hostile))),
      { numRuns: 150 },
    );
  });

  test("when a bot's login has brackets, then its link is to its App's page", () => {
    const comment = renderComment({
      ...altered(view, {
        entry: (one) => ({ ...one, people: one.people.map((person) => ({ ...person, type: "Bot" })) }),
      }),
      loginOf: () => "dependabot[bot]",
    });
    expect(comment).toContain("[dependabot\\[bot\\]](https://github.com/apps/dependabot)");
  });

  test("when a check's name is long, then it is cut, and between two characters", () => {
    const code = asCode("🦊".repeat(500), 60);
    expect([...code]).toHaveLength(62);
    expect(code.isWellFormed()).toBe(true);
  });
});
