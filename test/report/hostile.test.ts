import fc from "fast-check";
import { fromMarkdown } from "mdast-util-from-markdown";
import { beforeAll, describe, expect, test } from "vitest";
import type { Check, Entry, Json, WorkItem } from "../../src/core/index.js";
import { renderCheckRuns } from "../../src/report/check-run.js";
import { renderComment } from "../../src/report/comment.js";
import { asCode } from "../../src/report/markdown.js";
import { headline } from "../../src/report/text.js";
import type { ReportView } from "../../src/report/view.js";
import { aHead, aPolicy, aPull, factsOf, HEAD, PULL, REPO_ID } from "../builders/github.js";
import { moment } from "../builders/records.js";
import { mergedWithCiRed } from "./stories.js";
import { altered, type Told, viewOf } from "./story.js";

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

const JUSTIFIED: Told = {
  cause: "command.justified",
  news: {},
  evidence: { url: "https://github.com/acme/shop/pull/2#issuecomment-1", reason: "prices were wrong" },
};
const VERDICT = { gate: "security", failed: false, decision: "block", title: "A token", reasons: ["in cart.ts"] };

beforeAll(async () => {
  view = await viewOf(mergedWithCiRed, { told: [() => JUSTIFIED], verdicts: [VERDICT] });
});

/** Every text that comes from GitHub, set to something hostile. */
function attacked(text: string): ReportView {
  const hostile: { readonly [key: string]: Json } = {
    ...{ check: text, conclusion: text, app: text, url: text, sha: text, review: text, merge_sha: text },
    ...{ gate: text, title: text, reasons: [text], reason: text, missing: [text] },
    not_passed: [text, text],
  };
  const entry = (one: Entry): Entry => {
    const names = Object.keys(one.metadata).filter((name) => Object.hasOwn(hostile, name));
    const metadata = Object.fromEntries(names.map((name) => [name, hostile[name] ?? null]));
    return { ...one, metadata: { ...one.metadata, ...metadata } };
  };
  const named = altered(view, { entry, record: (one) => ({ ...one, item: hostileItem(one.item, text) }) });
  const pull = named.records[0]?.item.pulls[0] ?? view.pull;
  return { ...named, pull, loginOf: () => text };
}

/** The names of a pull request's checks, what they say, and where they lead. */
function hostileItem(item: WorkItem, text: string): WorkItem {
  const check = (one: Check): Check => ({ ...one, name: text, url: text, conclusion: one.conclusion && text });
  return { ...item, pulls: item.pulls.map((pull) => ({ ...pull, checks: pull.checks.map(check) })) };
}

function expectHarmless(text: string): void {
  const attack = attacked(text);
  const comment = renderComment(attack);
  const plain = renderComment(view);
  const nodes = parsed(comment);

  const html = nodes.filter(({ type }) => type === "html").map(({ value }) => value);
  expect(html).toEqual(parsed(plain).flatMap(({ type, value }) => (type === "html" ? [value] : [])));
  expectPlain(nodes);
  expect(nodes.filter(({ type }) => type === "heading")).toHaveLength(1);
  expect(nodes.filter(({ type }) => type === "code").map(({ lang }) => lang)).toEqual(["mermaid"]);

  const rows = (one: string) => one.split("\n").filter((line) => line.startsWith("|"));
  expect(rows(comment)).toHaveLength(rows(plain).length);
  for (const row of rows(comment)) expect(cellsOf(row)).toBe(5);

  const [check] = renderCheckRuns(attack);
  const summary = parsed(check?.summary ?? "");
  expect(summary.filter(({ type }) => ["html", "heading", "code"].includes(type))).toEqual([]);
  expectPlain(summary);
  expect(check?.title).toBe("Merged before CI passed, justified");
}

/** Nothing that is not LoopForge's own: no picture, no reference, no mention, no link to anything but a web address. */
function expectPlain(nodes: readonly Node[]): void {
  for (const type of ["image", "definition", "emphasis", "break", "thematicBreak", "imageReference", "linkReference"]) {
    expect(nodes.filter((node) => node.type === type)).toEqual([]);
  }
  const bold = nodes.filter(({ type }) => type === "strong").flatMap(({ children = [] }) => children);
  for (const { type, value = "" } of bold) if (type === "text") expect(value).toMatch(/^[A-Z][\w ]*$/);
  for (const { value = "" } of nodes.filter(({ type }) => type === "text")) {
    expect(value).not.toMatch(/@|https?:|www\./);
  }
  for (const { url = "" } of nodes.filter(({ type }) => type === "link")) expect(url).toMatch(/^https?:\/\/[^\s<>]+$/);
}

describe("given hostile names of checks, apps and people", () => {
  test.each(EVIL.map((text) => [text]))(
    "when they are %j, then nothing of it is markup, a mention or a cell",
    (text) => {
      expectHarmless(text);
    },
  );

  test("when they are anything, then nothing of it is markup, a mention or a cell", () => {
    const part = fc.oneof(
      fc.constantFrom(...EVIL, "|", "`", "\\", "@", "[", "](", "<", "_", "*"),
      fc.string({ unit: "binary" }),
    );
    const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (hostile) => expectHarmless(hostile)),
      { numRuns: 150 },
    );
  });

  test.each(EVIL.map((text) => [text]))(
    "when a check that is required is named %j, then the headline is one line of ours",
    (text) => {
      const ciTimedOut = { repoId: REPO_ID, number: PULL, sha: HEAD, at: moment(60) };
      const item = factsOf({ pull: aPull() }, { ciTimedOut });
      const said = headline(
        { head: aHead("ci_failed"), item, entries: [] },
        aPolicy({ ci: { checks: [text, text, text, text, text] } }),
      );
      const nodes = parsed(`### ${said}`);
      expectPlain(nodes);
      expect(nodes.filter(({ type }) => type === "html")).toEqual([]);
      expect(nodes.filter(({ type }) => type === "inlineCode")).toHaveLength(3);
      expect(said).toMatch(/^CI failed – .* and 2 more never came$/);
    },
  );

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
