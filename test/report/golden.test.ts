import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderCheckRuns } from "../../src/report/check-run.js";
import { renderComment } from "../../src/report/comment.js";
import { aPolicy } from "../builders/github.js";
import * as stories from "./stories.js";
import { type StoryOptions, viewOf } from "./story.js";

/** The comments as readers see them. After a change that is meant: `LOOPFORGE_GOLDEN=write npx vitest run test/report`, and read the diff. */
const FOLDER = new URL("../../fixtures/golden/", import.meta.url);
const isToBeWritten = process.env.LOOPFORGE_GOLDEN === "write";

const CASES: readonly {
  readonly name: string;
  readonly story: (typeof stories)[keyof typeof stories];
  readonly options?: StoryOptions;
  readonly check: string;
}[] = [
  { name: "fresh", story: stories.fresh, check: "neutral: Waiting for CI to start" },
  { name: "ci-pending", story: stories.ciPending, check: "neutral: CI pending – 1 of 3 checks" },
  { name: "ci-failed", story: stories.ciFailed, check: "neutral: CI failed – 1 of 3 checks" },
  { name: "waiting", story: stories.waitingForApproval, check: "neutral: Waiting for 1 approval" },
  { name: "approved", story: stories.approved, check: "success: Ready to merge – CI passed, approved" },
  { name: "closed", story: stories.closed, check: "success: Closed" },
  { name: "forced", story: stories.mergedWithCiRed, check: "neutral: Merged before CI passed" },
  {
    name: "policy",
    story: stories.ciPassed,
    options: { policy: aPolicy({ requiredApprovals: 2 }) },
    check: "neutral: Waiting for 2 approvals",
  },
  {
    name: "hooks",
    story: stories.ciPassed,
    options: {
      hooks: [
        { hook: "owners", result: { title: "Owners", summary: "Two of two agreed.", conclusion: "success" } },
        { hook: "licences", result: { title: "Licences", summary: "One is new.", conclusion: "action_required" } },
        {
          hook: "scan",
          result: { title: "Scan", summary: "Nothing found.", conclusion: "neutral", publish: "check_run" },
        },
      ],
    },
    check: "success: Ready to merge – CI passed",
  },
  { name: "erased", story: stories.closed, options: { erased: ["alice"] }, check: "success: Closed" },
];

describe("given a pull request's records", () => {
  test.each(CASES)("when they are those of $name, then the comment is the golden one", async (one) => {
    const view = await viewOf(one.story, one.options);
    const comment = `${renderComment(view)}\n`;
    const file = new URL(`${one.name}.md`, FOLDER);
    if (isToBeWritten) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, comment);
    }
    expect(comment).toBe(readFileSync(file, "utf8"));
  });

  test.each(CASES)(
    "when they are those of $name, then the check run says $check",
    async ({ story, options, check }) => {
      const [own] = renderCheckRuns(await viewOf(story, options));
      expect(own?.name).toBe("LoopForge");
      expect(`${own?.conclusion}: ${own?.title}`).toBe(check);
    },
  );

  test("when a hook asks for a check run, then it has one of its name, and the comment is without it", async () => {
    const hooks = CASES.find(({ name }) => name === "hooks")?.options?.hooks ?? [];
    const view = await viewOf(stories.ciPassed, { hooks });
    expect(renderCheckRuns(view).map(({ name, conclusion }) => `${name}: ${conclusion}`)).toEqual([
      "LoopForge: success",
      "LoopForge / scan: neutral",
    ]);
    expect(renderComment(view)).not.toContain("Nothing found");
  });
});
