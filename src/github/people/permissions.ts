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
  async mayWrite(octokit: Octokit, repo: Repo, account: RawAccount): Promise<boolean | null> {
    const known = this.#known.get(keyOf(repo, account));
    return known ? known.mayWrite : this.mayWriteNow(octokit, repo, account);
  }

  /** The same, asked anew: for what somebody has the App do. */
  async mayWriteNow(octokit: Octokit, repo: Repo, account: RawAccount): Promise<boolean | null> {
    const mayWrite = await askPermission(octokit, repo, account.login);
    this.#known.set(keyOf(repo, account), { mayWrite });
    return mayWrite;
  }
}

function keyOf(repo: Repo, { id }: RawAccount): string {
  return `${repo.id} ${id}`;
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
