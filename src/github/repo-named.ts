import { isNotThere } from "./client/github-errors.js";
import type { Octokit } from "./client/octokit.js";
import { ownerAndName } from "./links/closing-references.js";
import type { Repo } from "./observe/index.js";

/** A repository by the name that somebody wrote; null where GitHub does not show one. */
export async function repoNamed(octokit: Octokit, name: string): Promise<Repo | null> {
  const { owner, name: repo } = ownerAndName({ name });
  try {
    const { data } = await octokit.rest.repos.get({ owner, repo });
    return { id: data.id, name: data.full_name };
  } catch (error) {
    if (isNotThere(error)) return null;
    throw error;
  }
}
