import type { Timestamp } from "../brand.js";
import type { PullView, WorkItem } from "../facts/facts.js";
import { second } from "../facts/heard.js";
import { judgeCi } from "./ci.js";
import { hasLabel } from "./label.js";
import type { Policy } from "./policy.js";
import { counts, judgeReview, latestOpinions } from "./reviews.js";

/**
 * The pull request that the work item goes by: the one that was merged first; else, of those that are open, the newest from the repository
 * itself, which takes write access to open; else the oldest from a fork, so that no outsider's pull request takes the place of another's.
 */
export function currentPull({ pulls }: WorkItem): PullView | null {
  const merged = pulls.flatMap((pull) => (pull.status.is === "merged" ? [{ pull, at: pull.status.at }] : []));
  const open = pulls.filter(({ status }) => status.is === "open").map((pull) => ({ pull, at: pull.openedAt }));
  const own = open.filter(({ pull }) => !pull.fromFork);
  const current = merged.sort(inOrder)[0] ?? own.sort(inOrder).at(-1) ?? open.sort(inOrder)[0];
  return current?.pull ?? null;
}

/** What is known of one pull request among others; null where it is none of them. */
export function pullIn({ pulls }: WorkItem, repoId: number, number: number | null): PullView | null {
  return pulls.find((pull) => pull.repoId === repoId && pull.number === number) ?? null;
}

/** Whether two are the same, whatever is known of it. */
export function isSamePull(one: PullView, other: PullView | null): boolean {
  return one.repoId === other?.repoId && one.number === other.number;
}

/** Where a pull request stands apart from its merge. */
export function openState(pull: PullView, policy: Policy): string {
  switch (judgeCi(pull, policy)) {
    case "none":
      return unheardState(pull);
    case "none_known":
      return pull.status.is === "merged" ? reviewedState(pull, policy) : unheardState(pull);
    case "pending":
      return "ci_pending";
    case "failed":
      return "ci_failed";
    case "not_known":
      return pull.status.is === "merged" ? reviewedState(pull, policy) : "ci_pending";
    case "passed":
      return reviewedState(pull, policy);
  }
}

/** Where it stands while nothing was heard of CI. */
function unheardState({ pushed }: PullView): string {
  return pushed ? "ci_pending" : "pr_created";
}

function reviewedState(pull: PullView, policy: Policy): string {
  switch (judgeReview(pull, policy)) {
    case "none":
      return "ci_passed";
    case "waiting":
    case "not_known":
      return "awaiting_review";
    case "approved":
      return "approved";
  }
}

/**
 * Whether the App is asked to merge: by a person's last word, else by the label that the team names, else by its settings. What outsiders
 * push is merged on somebody's word about these very commits only.
 */
export function wantsMerge(pull: PullView, policy: Policy): boolean {
  if (pull.autoMerge && !pull.autoMerge.on) return false;
  if (hasMergeWord(pull)) return true;
  if (pull.fromFork && !isVouchedFor(pull, policy)) return false;
  const { label, enabled } = policy.autoMerge;
  return label === null ? enabled : labelStanding(pull, label) === "counts";
}

/** How the label that asks for a merge stands: it is a word of whoever set it, and counts where they might merge themselves. */
export function labelStanding(
  { labels, labelWords = [] }: Pick<PullView, "labels" | "labelWords">,
  label: string,
): "none" | "counts" | "without_write_access" {
  if (!hasLabel(labels, label)) return "none";
  const word = labelWords.find((one) => one.label.toLowerCase() === label.toLowerCase());
  return word?.mayMerge ? "counts" : "without_write_access";
}

/** So long, in seconds, an outsider's commits must have been there before somebody's word can be about them. */
export const SEEN_AFTER_S = 60;

/**
 * Whether a person has asked for the merge of what it is now. Who pushes to a fork need not have write access, and may do so in the very
 * moment in which a person looks at what was there before. GitHub's own auto-merge is switched off when somebody without write access
 * pushes or switches the base; here, a word lapses by any push to a fork's branch, and by any other base.
 * @see https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/automatically-merging-a-pull-request
 */
export function hasMergeWord({ autoMerge, fromFork, headSince, baseSince }: PullView): boolean {
  if (autoMerge?.on !== true || autoMerge.at < baseSince) return false;
  return !fromFork || second(autoMerge.at) - second(headSince) >= SEEN_AFTER_S;
}

/** Somebody with write access has approved this head, into this base. */
function isVouchedFor(pull: PullView, policy: Policy): boolean {
  return latestOpinions(pull).some((review) => counts(review, pull, policy) && review.submittedAt >= pull.baseSince);
}

/** By time, and by number within a second, which is as fine as GitHub's times are. */
function inOrder(a: Dated, b: Dated): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.pull.number - b.pull.number;
}

interface Dated {
  readonly pull: PullView;
  readonly at: Timestamp;
}
