import { openEntry, type RecordHead, standingExceptions } from "../../src/core/index.js";
import type { PullRequest } from "../../src/sandbox/index.js";
import { headsOf } from "../support/scenarios.js";
import { type Checked, type Fault, isAbout } from "./checkers.js";
import type { Journal, PullStory } from "./journal.js";
import { truthOf } from "./truth.js";

/** What the ledgers say of one merge. */
interface Judged {
  readonly rules: ReadonlySet<string>;
  readonly isCiNotKnown: boolean;
  readonly isReviewNotKnown: boolean;
  readonly records: number;
}

const CI_RULES = ["merged_before_ci_passed"];
const REVIEW_RULES = [
  "merged_without_approval",
  "approved_by_author",
  "approved_by_pusher",
  "merged_after_unreviewed_push",
  "merged_into_other_base",
];

/**
 * At the end: no merge that was red, unreviewed or unknown is silent, and nobody innocent is accused.
 * @param informed merges that LoopForge made itself, with all known to it that GitHub had said
 */
export async function truthFaults(
  checked: Checked,
  journal: Journal,
  informed: ReadonlySet<PullStory>,
): Promise<readonly Fault[]> {
  const heads = await headsOf(checked.store);
  const faults: Fault[] = [];
  for (const [pull, story] of journal.pulls) {
    const truth = truthOf(story, journal);
    if (!truth || !story.merge) continue;
    const judged = await judgedOf(pull, heads, checked);
    const say = (what: string) => faults.push({ checker: "truth", what: `the merge of #${pull.number} ${what}` });
    const isHeard = !isInTheDark(pull, story, checked);
    if (judged.records === 0) {
      if (isHeard) say("is in no record");
      continue;
    }
    const isAccused = (rules: readonly string[]) => rules.filter((rule) => judged.rules.has(rule));
    const ciRules = isAccused(CI_RULES);
    const reviewRules = isAccused(REVIEW_RULES);
    if (truth.ci === "unlawful" && ciRules.length === 0 && !judged.isCiNotKnown && isHeard)
      say("was red, and is silent");
    if (truth.review === "unlawful" && reviewRules.length === 0 && !judged.isReviewNotKnown && isHeard) {
      say("was not reviewed, and is silent");
    }
    if (truth.ci === "lawful" && ciRules.length > 0) say(`was green, and is said to be ${ciRules.join()}`);
    if (truth.review === "lawful" && reviewRules.length > 0)
      say(`was reviewed, and is said to be ${reviewRules.join()}`);
    if (judged.rules.has("closed_before_merge") && !wasClosedBefore(story, checked)) {
      say("is said to be closed_before_merge, and nothing was closed before it");
    }
    const isUnlawful = truth.ci === "unlawful" || truth.review === "unlawful";
    if (informed.has(story) && isUnlawful) say("was made by LoopForge, against rules that it knew to be broken");
  }
  return faults;
}

async function judgedOf(pull: PullRequest, heads: readonly RecordHead[], { store }: Checked): Promise<Judged> {
  const key = `${pull.repository.id}#${pull.number}`;
  const own = heads.filter(({ merges }) => merges.some((merge) => merge.pull === key));
  const rules = own
    .flatMap((head) => standingExceptions(head).filter((one) => one.pull === key))
    .flatMap((one) => one.rules);
  const grounds: string[] = [];
  for (const { recordId } of own) {
    for (const { metadata } of (await store.entries(recordId)).map(openEntry)) {
      const said = metadata.grounds as
        | { readonly pull?: string; readonly ci?: string; readonly review?: string }
        | undefined;
      if (said?.pull === key) grounds.push(`ci ${said.ci}`, `review ${said.review}`);
    }
  }
  return {
    rules: new Set(rules),
    isCiNotKnown: grounds.includes("ci not_known"),
    isReviewNotKnown: grounds.includes("review not_known"),
    records: own.length,
  };
}

/** Whether something about it never came: what GitHub does not keep, nobody can know then. */
function isInTheDark(pull: PullRequest, { heads, merge }: PullStory, { network }: Checked): boolean {
  const shas = new Set([...heads.map(({ sha }) => sha), ...(merge ? [merge.judged] : [])]);
  return network.gone.some(({ payload }) => isAbout(pull, shas, payload));
}

function wasClosedBefore({ merge }: PullStory, { repository }: Checked): boolean {
  return [...repository.issues.values()].some(({ timeline }) =>
    timeline.some(({ event, createdAt }) => event === "closed" && secondOf(createdAt) < (merge?.second ?? 0)),
  );
}

function secondOf(at: string): number {
  return Math.floor(Date.parse(at) / 1000);
}
