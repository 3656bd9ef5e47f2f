import fc from "fast-check";
import { fromMarkdown } from "mdast-util-from-markdown";
import { describe, expect, test } from "vitest";
import { renderComment } from "../../src/report/comment.js";
import { boundedResult } from "../../src/report/hook-result.js";
import { cut, shortened } from "../../src/report/limits.js";
import { REFRESH } from "../../src/report/text.js";
import { givenNocked } from "../support/nocked.js";
import { closed } from "./stories.js";
import { viewOf } from "./story.js";

/** What was sent for a pull request that closes so many issues, while a check of that name runs. */
async function reportOn(issues: number, check = "build") {
  const app = givenNocked();
  const repository = app.sandbox.repository("acme/shop");
  const alice = app.sandbox.user("alice");
  for (let number = 1; number <= issues; number++) repository.openIssue({ by: alice, title: "One of many" });
  const body = Array.from({ length: issues }, (_, index) => `Fixes #${index + 1}`).join("\n");
  const ci = app.sandbox.checksApp("ci");
  const pull = repository.openPullRequest({ by: alice, title: "All at once", body, head: "all" });
  repository.startCheck({ app: ci, sha: pull.headSha, name: check });
  await app.receiveAll();
  const calls = app.calls();
  const comment = calls.findLast(({ route }) => route.includes("/comments"))?.body as { body: string };
  const run = calls.findLast(({ route }) => route.includes("/check-runs"))?.body as {
    output: { title: string; summary: string };
    actions: readonly object[];
  };
  return { comment: comment.body, actions: run.actions, ...run.output };
}

const bytes = (text: string): number => Buffer.byteLength(text);

describe("given a pull request that closes fifty issues", () => {
  test.each([1, 29])(
    "when a check has a name of %i letters, then the comment is within GitHub's limit, and has the proof of each",
    async (letters) => {
      const { comment, title } = await reportOn(50, "ß".repeat(letters));
      expect(title).toBe("CI pending – 0 of 1 check");
      expect(bytes(comment)).toBeLessThanOrEqual(65_535);
      expect(comment.match(/loopforge verify/g)).toHaveLength(50);
      expect(comment.match(/<summary>/g)).toHaveLength(50);
      expect(comment).not.toContain("(cut here)");
      for (const row of comment.split("\n").filter((line) => line.startsWith("|"))) expect(row).toMatch(/\|$/);
    },
  );
});

describe("given hooks that have much to say", () => {
  const shout = { title: "Build\nlog of @acme/admins", summary: "a line, @acme/admins\n".repeat(2600) };

  test("when their results are read, then each is short, of one title, and mentions nobody", () => {
    const { title, summary } = boundedResult({ ...shout, conclusion: "neutral" });
    expect(title).toBe("Build log of @\u2060acme/admins");
    expect(summary).not.toContain("@acme");
    expect(bytes(summary)).toBeLessThanOrEqual(8_000);
    expect(summary).toMatch(/\n\n\(cut here\)$/);
  });

  test.each([
    { what: "a fence", summary: "Log:\n```\nfoo", closing: "\n```" },
    { what: "a comment", summary: "Log:\n<!-- foo\nbar", closing: "\n-->" },
    { what: "a fence with a comment in it", summary: "```\n<!-- x", closing: "\n```" },
    { what: "a collapsed block", summary: "<details>\n\nfoo", closing: "\n\n</details>" },
    { what: "nothing", summary: "A <!-- whole --> one\n```\nfoo\n```", closing: "" },
  ])("when one leaves $what open, then it is closed", ({ summary, closing }) => {
    expect(boundedResult({ title: "Log", summary, conclusion: "neutral" }).summary).toBe(summary + closing);
  });

  test("when there are many of them, then the history and its proof are still there", async () => {
    const hooks = Array.from({ length: 30 }, (_, index) => ({
      hook: `hook-${index}`,
      result: boundedResult({ ...shout, conclusion: "neutral" }),
    }));
    const comment = renderComment(await viewOf(closed, { hooks }));
    expect(bytes(comment)).toBeLessThanOrEqual(65_535);
    expect(comment).toContain("<summary>History");
    expect(comment).toContain("loopforge verify");
  });
});

test("given a pull request that closes one issue, then nothing is cut, and the check run has its button", async () => {
  const { comment, summary, actions } = await reportOn(1);
  for (const text of [comment, summary]) expect(text).not.toContain("(cut here)");
  expect(actions).toEqual([REFRESH]);
});

test("given the button on the check run, then its words fit in what GitHub takes", () => {
  expect(REFRESH.label.length).toBeLessThanOrEqual(20);
  expect(REFRESH.description.length).toBeLessThanOrEqual(40);
  expect(REFRESH.identifier.length).toBeLessThanOrEqual(20);
});

const TEXT = [
  "### Grüße 🦊",
  "- ✅ one\n  - ❌ two",
  "```mermaid\nflowchart LR\n  a --> b\n```",
  "<details><summary>More</summary>",
  "| a | b |\n| --- | --- |\n| ä | ö |\n| 🦊 | ü |",
  "````\n```\nnot the end\n````",
  "</details>",
  "After all of it.",
].join("\n\n");

describe("given a text with blocks that are open and closed", () => {
  test("when it is cut anywhere, then it fits, is made of whole lines, and leaves nothing open", () => {
    const lines = new Set(TEXT.split("\n"));
    for (let limit = 60; limit < bytes(TEXT); limit++) {
      const kept = cut(TEXT, limit);
      expect(bytes(kept)).toBeLessThanOrEqual(limit);
      const [body = ""] = kept.split("\n\n(cut here)");
      for (const line of body.split("\n")) expect(lines).toContain(line);
      const count = (pattern: RegExp) => kept.match(pattern)?.length ?? 0;
      expect(count(/^<details/gm)).toBe(count(/^<\/details>/gm));
      expect(count(/^````/gm) % 2).toBe(0);
      expect(fromMarkdown(kept).children.at(-1)).toMatchObject({
        type: "paragraph",
        children: [{ type: "text", value: "(cut here)" }],
      });
    }
  });

  test("when it fits to the byte, then it is as it was", () => {
    expect(cut(TEXT, bytes(TEXT))).toBe(TEXT);
  });

  test("when one line is too long by itself, then it says how it begins", () => {
    const kept = cut("🦊".repeat(100), 80);
    expect(bytes(kept)).toBeLessThanOrEqual(80);
    expect(kept).toMatch(/^🦊+…\n\n\(cut here\)$/u);
  });
});

describe("given a title", () => {
  test("when it is any text, then it is cut to bytes, between two characters", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 400 }),
        fc.integer({ min: 10, max: 255 }),
        (title, limit) => {
          const kept = shortened(title, limit);
          expect(bytes(kept)).toBeLessThanOrEqual(limit);
          expect(kept.isWellFormed()).toBe(true);
          if (bytes(title) <= limit) expect(kept).toBe(title);
          else expect(title.startsWith(kept.slice(0, -1))).toBe(true);
        },
      ),
    );
  });
});
