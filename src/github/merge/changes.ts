import type { PullView } from "../../core/index.js";
import type { GateChanges } from "../../hooks/gates/gate.js";
import { isNotThere } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import { ownerAndName } from "../links/closing-references.js";

/** Files that a gate is told of by name. */
const SAMPLE = 100;

/**
 * How much a pull request changes, and in which files: names and numbers, not the lines themselves, which may be of any size.
 * Null where GitHub does not show it.
 */
export async function changesOf(
  octokit: Octokit,
  { repoName, number }: Pick<PullView, "repoName" | "number">,
): Promise<GateChanges | null> {
  const { owner, name: repo } = ownerAndName({ name: repoName });
  const place = { owner, repo, pull_number: number };
  try {
    const { data: pull } = await octokit.rest.pulls.get(place);
    const { data: files } = await octokit.rest.pulls.listFiles({ ...place, per_page: SAMPLE });
    return {
      ...{ files: pull.changed_files, additions: pull.additions, deletions: pull.deletions },
      sample: files.map(({ filename: path, additions, deletions }) => ({ path, additions, deletions })),
    };
  } catch (error) {
    if (!isNotThere(error)) throw error;
    return null;
  }
}
