import { LRUCache } from "lru-cache";
import { isNotThere } from "../client/github-errors.js";
import type { Octokit } from "../client/octokit.js";
import { ownerAndName } from "../links/closing-references.js";
import type { RawAccount, Repo } from "../observe/index.js";

/** Long enough for a burst of reviews, short enough that somebody who lost access does not keep it here. */
const KNOWN_MS = 5 * 60_000;

/** Who may write where, as GitHub says when it is asked. */
export class Permissions {
  readonly #known: LRUCache<string, { readonly mayWrite: boolean | null }>;

  constructor(clock: () => Date) {
    this.#known = new LRUCache({ max: 5000, ttl: KNOWN_MS, perf: { now: () => clock().getTime() } });
  }

  /** @returns null where GitHub does not say, for a bot or an account that is gone */
  async mayWrite(octokit: Octokit, repo: Repo, { id, login }: RawAccount): Promise<boolean | null> {
    const key = `${repo.id} ${id}`;
    const known = this.#known.get(key);
    if (known) return known.mayWrite;
    const mayWrite = await askPermission(octokit, repo, login);
    this.#known.set(key, { mayWrite });
    return mayWrite;
  }
}

/** `maintain` is told as `write`, and `triage` as `read`, by this field: @see https://docs.github.com/rest/collaborators/collaborators */
async function askPermission(octokit: Octokit, repo: Repo, username: string): Promise<boolean | null> {
  const { owner, name } = ownerAndName(repo);
  try {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ owner, repo: name, username });
    return data.permission === "admin" || data.permission === "write";
  } catch (error) {
    if (isNotThere(error)) return null;
    throw error;
  }
}
