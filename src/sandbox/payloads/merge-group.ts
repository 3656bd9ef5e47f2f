import type { MergeGroupChecksRequestedEvent } from "@octokit/webhooks-types";
import type { MergeGroup } from "../model/merge-group.js";
import { simpleCommit } from "./commit.js";

/** A merge group as its events show it. */
export function mergeGroupPayload(group: MergeGroup): MergeGroupChecksRequestedEvent["merge_group"] {
  return {
    head_sha: group.headSha,
    head_ref: group.headRef,
    base_sha: group.baseSha,
    base_ref: `refs/heads/${group.pull.base}`,
    head_commit: simpleCommit(group.commit),
  };
}
