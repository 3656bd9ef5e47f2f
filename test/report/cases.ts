import { aPolicy } from "../builders/github.js";
import * as stories from "./stories.js";
import type { StoryOptions, Told } from "./story.js";

/** A typical pull request, as the golden files and the pictures of the documentation show it. */
export interface Case {
  readonly name: string;
  readonly story: (typeof stories)[keyof typeof stories];
  readonly options?: StoryOptions;
  /** What the check run says where LoopForge observes. */
  readonly check: string;
  /** What it comes to where LoopForge enforces: null while it is under way. */
  readonly enforced: string | null;
}

const COMMENT = "https://github.com/acme/shop/pull/2#issuecomment-1";

const justified: NonNullable<StoryOptions["told"]>[number] = (): Told => ({
  cause: "command.justified",
  news: {},
  evidence: {
    url: COMMENT,
    command: "justify",
    reason: "Outage 2231: prices were wrong",
    answers: ["gh-100001-issue-1#6"],
  },
});

const asked: NonNullable<StoryOptions["told"]>[number] = ({ repoId, number, updatedAt }): Told => ({
  cause: "command.automerge",
  news: { autoMerge: { repoId, number, on: true, at: updatedAt } },
  evidence: { url: COMMENT, command: "automerge", on: true },
});

const refused: NonNullable<StoryOptions["told"]>[number] = ({ repoId, number, headSha: sha, updatedAt: at, url }) => {
  const reason = "At least 1 approving review is required by reviewers with write access.";
  return {
    cause: "auto.refused",
    news: { mergeRefused: { repoId, number, sha, reason, at } },
    evidence: { url, sha, refusal: reason },
  };
};

const tampered: NonNullable<StoryOptions["told"]>[number] = (): Told => ({
  cause: "report.edited",
  news: {},
  evidence: { url: COMMENT, report: "edited" },
});

const HOOKS: StoryOptions["hooks"] = [
  { hook: "owners", result: { title: "Owners", summary: "Two of two agreed.", conclusion: "success" } },
  { hook: "licences", result: { title: "Licences", summary: "One is new.", conclusion: "action_required" } },
  { hook: "scan", result: { title: "Scan", summary: "Nothing found.", conclusion: "neutral", publish: "check_run" } },
];

const VERDICTS = [
  {
    gate: "security",
    failed: false,
    decision: "block",
    title: "A token is logged",
    reasons: ["cart.ts logs the session"],
  },
  { gate: "design", failed: false, decision: "pass", title: "Nothing against a merge", reasons: [] },
  {
    gate: "tests",
    failed: true,
    decision: "neutral",
    title: "The gate failed",
    reasons: ["It did not answer in 10 s."],
  },
];

export const CASES: readonly Case[] = [
  { name: "fresh", story: stories.fresh, check: "neutral: Waiting for CI to start", enforced: null },
  {
    ...{ name: "no-ci", story: stories.fresh, options: { hasCi: false }, enforced: null },
    check: "neutral: Waiting for CI to start",
  },
  {
    ...{ name: "merged-without-ci", story: stories.mergedAtOnce, options: { hasCi: false }, enforced: "success" },
    check: "success: Closed",
  },
  { name: "ci-pending", story: stories.ciPending, check: "neutral: CI pending – 1 of 3 checks", enforced: null },
  { name: "ci-failed", story: stories.ciFailed, check: "neutral: CI failed – 1 of 3 checks", enforced: "failure" },
  { name: "matrix", story: stories.matrix, check: "neutral: CI failed – 2 of 40 checks", enforced: "failure" },
  {
    ...{ name: "incomplete", story: stories.incomplete, enforced: null },
    options: { policy: aPolicy({ ci: { checks: ["build", "deploy"], ignore: ["flaky*"] } }) },
    check: "neutral: CI pending – 1 of 2 checks",
  },
  {
    ...{ name: "waiting", story: stories.waitingForApproval, enforced: "action_required" },
    check: "neutral: Waiting for 1 approval",
  },
  {
    ...{ name: "changes-requested", story: stories.changesRequested, enforced: "action_required" },
    check: "neutral: Waiting for the requested changes",
  },
  {
    ...{ name: "uncounted", story: stories.uncounted, enforced: "action_required" },
    check: "neutral: Waiting for 1 approval",
  },
  {
    ...{ name: "policy", story: stories.ciPassed, options: { policy: aPolicy({ requiredApprovals: 2 }) } },
    ...{ check: "neutral: Waiting for 2 approvals", enforced: "action_required" },
  },
  {
    ...{ name: "approved", story: stories.approved, enforced: "success" },
    check: "success: Ready to merge – CI passed, approved",
  },
  {
    ...{ name: "draft", story: stories.draft, enforced: "action_required" },
    check: "neutral: Draft – nothing else is missing",
  },
  {
    ...{ name: "gates", story: stories.approved, options: { verdicts: VERDICTS }, enforced: "failure" },
    check: "neutral: Blocked by the gate `security`",
  },
  {
    ...{ name: "hooks", story: stories.ciPassed, options: { hooks: HOOKS }, enforced: "success" },
    check: "success: Ready to merge – CI passed",
  },
  {
    ...{ name: "refused", story: stories.ciPassed, options: { told: [asked, refused] }, enforced: "success" },
    check: "success: Ready to merge – CI passed",
  },
  {
    ...{ name: "issueless", story: stories.issueless, options: { itself: true }, enforced: "success" },
    check: "success: Ready to merge – CI passed",
  },
  {
    ...{ name: "two-issues", story: stories.ciPending, options: { twice: true }, enforced: null },
    check: "neutral: CI pending – 1 of 3 checks",
  },
  { name: "closed", story: stories.closed, check: "success: Closed", enforced: "success" },
  {
    ...{ name: "erased", story: stories.closed, options: { erased: ["alice"] }, enforced: "success" },
    check: "success: Closed",
  },
  {
    ...{ name: "tampered", story: stories.closed, options: { told: [tampered] }, enforced: "success" },
    check: "success: Closed",
  },
  {
    ...{ name: "abandoned", story: stories.abandoned, enforced: "cancelled" },
    check: "neutral: Queued again – the pull request was closed",
  },
  { name: "forced", story: stories.mergedWithCiRed, check: "neutral: Merged before CI passed", enforced: "failure" },
  {
    ...{ name: "justified", story: stories.mergedWithCiRed, options: { told: [justified] }, enforced: "failure" },
    check: "neutral: Merged before CI passed, justified",
  },
  {
    ...{ name: "unreviewed-push", story: stories.mergedAfterPush, enforced: "failure" },
    check: "neutral: Merged after a push that nobody approved",
  },
];
