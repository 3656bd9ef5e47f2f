import type { Policy, PullView } from "../../core/index.js";
import { asCode, link } from "../../report/markdown.js";
import { headline, stateName } from "../../report/text.js";
import type { RecordView } from "../../report/view.js";

/** All words with which commands are answered stand here. */

export const HELP = `LoopForge understands, at the beginning of a line and from people with write access:

| | |
| --- | --- |
| \`/loopforge status\` | where this work item stands, and what it waits for |
| \`/loopforge queue\` | on an issue: somebody takes it up |
| \`/loopforge automerge on\` or \`off\` | on a pull request: merge it as soon as nothing is missing, or do not |
| \`/loopforge justify <reason>\` | answers a broken rule; the reason is kept in the ledger |
| \`/loopforge refresh\` | looks at GitHub again and repairs the record |
| \`/loopforge help\` | this |`;

export const NOT_FOUND = "LoopForge has no record of this yet. `/loopforge refresh` looks for it.";
export const NOT_SHOWN =
  "GitHub does not show this to LoopForge, so nothing was read. Does the App have the permissions that it asks for, on this repository?";
export const NOTHING_TO_JUSTIFY = "No rule was broken here: there is nothing to justify.";
export const ONLY_ON_ISSUES = "`/loopforge queue` is for issues: a pull request is work that was taken up.";
export const ONLY_ON_PULLS = "`/loopforge automerge` is for pull requests.";

/** What came of a word about a merge: the very commit that it is about, so that whoever gave it can compare. */
export function mergeWord({ headSha, baseRef }: PullView, doesCount: boolean): string {
  const commit = asCode(headSha.slice(0, 7));
  return doesCount
    ? `LoopForge will merge commit ${commit} into ${asCode(baseRef, 60)} once nothing is missing.`
    : `Commit ${commit} came from outside less than a minute before your word: you may not have seen it. Look at it, and ask again.`;
}

/** Some of the broken rules are another repository's. */
export function notYours(repos: readonly string[]): string {
  const names = repos.map((name) => asCode(name)).join(", ");
  return `What was broken in ${names} is for somebody to justify who may write there: it stays as it is.`;
}

/** Who broke a rule has answered for it. */
export const ANOTHER_PERSON =
  "Your word is kept. You broke the rule yourself: another person with write access has to justify it, too.";

export function notUnderstood(said: string): string {
  return `LoopForge did not understand ${asCode(said)}.\n\n${HELP}`;
}

/** Where each work item stands, a line each. */
export function statusOf(records: readonly RecordView[], policy: Policy): string {
  return records
    .map((record) => {
      const { ref, state, prUrl, exceptions } = record.head;
      const flag = exceptions > 0 ? " 🔴" : "";
      const pull = prUrl ? ` – ${link("pull request", prUrl)}` : "";
      return `- ${asCode(ref)}: **${stateName(state)}**${flag} – ${headline(record, policy)}${pull}`;
    })
    .join("\n");
}
