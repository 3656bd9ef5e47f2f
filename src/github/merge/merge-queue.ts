import { isReadyToMerge, pullIn } from "../../core/index.js";
import type { Observed } from "../../recorder/recorder.js";
import { recordsOfPull } from "../../recorder/records-of-pull.js";
import { type QueueCheckView, renderQueueCheck } from "../../report/queue-check.js";
import type { LoopStore } from "../../store/repository.js";
import { refresh } from "../catch-up/refresh.js";
import { shownBy } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import type { Configuration } from "../config/schema.js";
import { ownerAndName } from "../links/closing-references.js";
import { pullOfGroup } from "../observe/merge-groups.js";
import type { MergeGroupPayload } from "../observe/payload.js";
import type { EventContext, Pipeline } from "../pipeline.js";
import { policyOf } from "../policy-of.js";
import { limited, writeCheckRun } from "../publish/check-run.js";
import { objections } from "./auto-merge.js";

const COLLECTION = "merge-group";
const KEPT = "answered";

export interface MergeQueueOptions {
  readonly store: LoopStore;
  readonly pipeline: Pipeline;
}

/**
 * Answers the check that a merge queue asks for on its trial merge. Without an answer a required check `LoopForge` would hold up the
 * queue until GitHub gives up, and a no throws the pull request out: before it is said, GitHub is asked once, for deliveries may be late.
 * @see https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
 * @returns what was missing from the records
 */
export async function answerMergeGroup(
  { merge_group: group, repository: repo }: MergeGroupPayload,
  visit: EventContext & { readonly octokit: Octokit },
  { store, pipeline }: MergeQueueOptions,
  configuration: Configuration,
): Promise<readonly Observed[]> {
  const { octokit } = visit;
  const id = `${repo.id}@${group.head_sha}`;
  if ((await store.items.get(COLLECTION, id)) === KEPT) return [];
  const number = pullOfGroup(group.head_ref);
  const known = await standingOf({ store, pipeline }, repo.id, number, configuration);
  const isToAsk = !known.isReady && number !== null;
  const { observed } = isToAsk
    ? await refresh(pipeline, { kind: "pull", repo, number, linking: null }, visit)
    : { observed: [] };
  const standing = isToAsk ? await standingOf({ store, pipeline }, repo.id, number, configuration) : known;
  const report = renderQueueCheck({ ...standing, number, mode: configuration.mode });
  const { owner, name } = ownerAndName(repo);
  const place = { owner, repo: name, number };
  // Where GitHub refuses it for good, there is nobody to tell.
  await shownBy(() => writeCheckRun(octokit, place, group.head_sha, limited(report), undefined));
  await store.items.put(COLLECTION, id, KEPT);
  return observed;
}

async function standingOf(
  { store, pipeline }: MergeQueueOptions,
  repoId: number,
  number: number | null,
  configuration: Configuration,
): Promise<Omit<QueueCheckView, "number" | "mode">> {
  const records = number === null ? [] : await recordsOfPull(store, pipeline.workItems, { repoId, number });
  const heads = records.map(({ head }) => head);
  const pulls = records.map(({ item }) => pullIn(item, repoId, number));
  const objecting = pulls.flatMap((pull) => (pull ? objections(pull) : [])).map(({ gate }) => gate);
  const isReady =
    records.length > 0 && records.every((record, n) => isReadyToMerge(record, policyOf(configuration), pulls[n]));
  return { heads, isReady, objecting: [...new Set(objecting)] };
}
