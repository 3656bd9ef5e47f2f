import { isReadyToMerge, linkOf, type RecordHead } from "../../core/index.js";
import type { CheckRunReport } from "../../report/check-run-report.js";
import { renderQueueCheck } from "../../report/queue-check.js";
import type { LoopStore } from "../../store/repository.js";
import { isNotThere } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import type { Configuration } from "../config/schema.js";
import { ownerAndName } from "../links/closing-references.js";
import { pullOfGroup } from "../observe/merge-groups.js";
import type { MergeGroupPayload } from "../observe/payload.js";
import { policyOf } from "../policy-of.js";

const COLLECTION = "merge-group";
const KEPT = "answered";

/**
 * Answers the check that a merge queue asks for on its trial merge. Without an answer a required check `LoopForge` would hold up the
 * queue until GitHub gives up.
 * @see https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
 */
export async function answerMergeGroup(
  octokit: Octokit,
  store: LoopStore,
  { merge_group: group, repository: repo }: MergeGroupPayload,
  configuration: Configuration,
): Promise<void> {
  const id = `${repo.id}@${group.head_sha}`;
  if ((await store.items.get(COLLECTION, id)) === KEPT) return;
  const report = await reportOn(store, repo.id, pullOfGroup(group.head_ref), configuration);
  const { owner, name } = ownerAndName(repo);
  try {
    await octokit.rest.checks.create({
      ...{ owner, repo: name, head_sha: group.head_sha, status: "completed" },
      ...{ name: report.name, conclusion: report.conclusion, output: { title: report.title, summary: report.summary } },
    });
  } catch (error) {
    if (!isNotThere(error)) throw error;
  }
  await store.items.put(COLLECTION, id, KEPT);
}

async function reportOn(
  store: LoopStore,
  repoId: number,
  number: number | null,
  configuration: Configuration,
): Promise<CheckRunReport> {
  const ids = number === null ? [] : await store.findByLink(linkOf.pull(repoId, number));
  const heads = (await Promise.all(ids.map((id) => store.head(id)))).filter((head) => head !== null);
  const pullIn = ({ facts }: RecordHead) =>
    facts.pulls.find((pull) => pull.repoId === repoId && pull.number === number) ?? null;
  const isReady =
    heads.length > 0 && heads.every((head) => isReadyToMerge(head, policyOf(configuration), pullIn(head)));
  return renderQueueCheck({ number, heads, isReady, mode: configuration.mode });
}
