import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderCheckRuns } from "../../src/report/check-run.js";
import { COMMENT_MARKER, renderComment } from "../../src/report/comment.js";
import type { ReportView } from "../../src/report/view.js";
import { CASES } from "./cases.js";
import { viewOf } from "./story.js";

/** What readers see. After a change that is meant: `LOOPFORGE_GOLDEN=write npx vitest run test/report`, and read the diff. */
const FOLDER = new URL("../../fixtures/golden/", import.meta.url);
const isToBeWritten = process.env.LOOPFORGE_GOLDEN === "write";

function expectGolden(name: string, text: string): void {
  const file = new URL(name, FOLDER);
  if (isToBeWritten) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, "utf8"));
}

/** The App's own check run as a page: what it comes to in both modes, its title, its summary. */
function checkPage(view: ReportView): string {
  const [own] = renderCheckRuns(view);
  const [enforced] = renderCheckRuns({ ...view, mode: "enforce" });
  const ends = `observe: ${own?.conclusion}, enforce: ${enforced?.conclusion ?? "under way"}`;
  return `<!-- ${ends} -->\n\n# ${own?.title}\n\n${own?.summary}\n`;
}

describe("given a pull request's records", () => {
  test.each(CASES)("when they are those of $name, then the comment is the golden one", async ({ name, ...one }) => {
    expectGolden(`${name}.md`, `${renderComment(await viewOf(one.story, one.options))}\n`);
  });

  test.each(CASES)("when they are those of $name, then the check run is the golden one", async ({ name, ...one }) => {
    expectGolden(`${name}.check.md`, checkPage(await viewOf(one.story, one.options)));
  });

  test.each(CASES)("when they are those of $name, then the check run says $check", async (one) => {
    const [own] = renderCheckRuns(await viewOf(one.story, one.options));
    expect(own?.name).toBe("LoopForge");
    expect(`${own?.conclusion}: ${own?.title}`).toBe(one.check);
  });

  test.each(CASES)("when they are those of $name and enforced, then it comes to $enforced", async (one) => {
    const [own] = renderCheckRuns(await viewOf(one.story, { ...one.options, mode: "enforce" }));
    expect(own?.conclusion).toBe(one.enforced);
  });

  test("when a hook asks for a check run, then it has one of its name, and the comment is without it", async () => {
    const hooks = CASES.find(({ name }) => name === "hooks");
    const view = await viewOf(hooks?.story ?? neverTold, hooks?.options);
    expect(renderCheckRuns(view).map(({ name, conclusion }) => `${name}: ${conclusion}`)).toEqual([
      "LoopForge: success",
      "LoopForge / scan: neutral",
    ]);
    expect(renderComment(view)).not.toContain("Nothing found");
  });
});

describe("given what gates answered", () => {
  test.each([
    ["observe", ["neutral", "success", "neutral"]],
    ["enforce", ["failure", "success", "neutral"]],
  ] as const)("when LoopForge is to %s, then each has a check run of its own", async (mode, conclusions) => {
    const gates = CASES.find(({ name }) => name === "gates");
    const view = await viewOf(gates?.story ?? neverTold, { ...gates?.options, mode });
    const [, ...runs] = renderCheckRuns(view);
    expect(runs.map(({ name }) => name)).toEqual(["LoopForge / security", "LoopForge / design", "LoopForge / tests"]);
    expect(runs.map(({ conclusion }) => conclusion)).toEqual(conclusions);
    expect(runs[0]).toMatchObject({
      title: "The gate blocks the merge",
      summary: "- `A token is logged`\n- `cart.ts logs the session`",
    });
  });
});

/** For readers: GitHub renders the page, and so the comments on it. After a change that is meant: `npx vitest run test/report -u`. */
test("given all cases, then docs/cases.md shows their comments as they are", async () => {
  const sections: string[] = [];
  for (const { name, story, options, check, enforced } of CASES) {
    const comment = renderComment(await viewOf(story, options)).replace(`${COMMENT_MARKER}\n\n`, "");
    const [observed, title] = check.split(/: (.*)/);
    const ends = `\`${observed}\` where LoopForge observes, \`${enforced ?? "in progress"}\` where it enforces`;
    const words = name.replace(/\bci\b/, "CI").replaceAll("-", " ");
    const heading = `## ${words.charAt(0).toUpperCase()}${words.slice(1)}`;
    sections.push(`${heading}\n\nThe check run: *${title}*, ${ends}. The comment:\n\n---\n\n${comment}\n\n---\n`);
  }
  const page = `${CASES_INTRODUCTION}\n\n${sections.join("\n")}`;
  await expect(page).toMatchFileSnapshot("../../docs/cases.md");
});

const CASES_INTRODUCTION = `# What the comment says, case by case

The golden cases of the tests, each as the comment that LoopForge would write on the pull request. [What people see](report.md) explains the
parts, with pictures.`;

function neverTold(): Iterable<unknown> {
  throw new Error("There is no such case");
}
