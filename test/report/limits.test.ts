import { fromMarkdown } from "mdast-util-from-markdown";
import { expect, test } from "vitest";
import { givenNocked } from "../support/nocked.js";

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
  };
  return { comment: comment.body, ...run.output };
}

test.each([1, 5, 9, 13, 17, 21, 25, 29])(
  "given fifty issues and a check with a name of %i letters, then what is said is cut to GitHub's limits, at a line",
  async (letters) => {
    const { comment, title, summary } = await reportOn(50, "x".repeat(letters));
    expect(title.length).toBeLessThanOrEqual(255);
    expect(title).not.toContain("\n");
    expect(title).toMatch(/^CI pending – 0 of 1 check; .*…$/);
    for (const text of [comment, summary]) {
      expect(text.length).toBeLessThanOrEqual(65_535);
      expect(text.length).toBeGreaterThan(60_000);
      const end = fromMarkdown(text).children.at(-1);
      expect(end).toMatchObject({ type: "paragraph", children: [{ type: "text", value: "(cut here)" }] });
      for (const row of text.split("\n").filter((line) => line.startsWith("|"))) expect(row).toMatch(/\|$/);
    }
  },
);

test("given a pull request that closes one issue, then nothing is cut", async () => {
  const { comment, title, summary } = await reportOn(1);
  expect(title).toBe("CI pending – 0 of 1 check");
  for (const text of [comment, summary]) expect(text).not.toContain("(cut here)");
});
