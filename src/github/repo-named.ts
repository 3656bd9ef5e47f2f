import { ownerAndName } from "./closing-references.js";
import { isNotThere } from "./github-errors.js";
import type { Repo } from "./observe/index.js";
import type { Octokit } from "./octokit.js";

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
