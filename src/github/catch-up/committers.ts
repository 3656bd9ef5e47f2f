import type { Octokit } from "../client/octokit.js";
import type { RawAccount } from "../observe/index.js";

/** GitHub lists so many commits of a pull request, and no more. */
const LISTED = 250;
/** GitHub itself, where somebody commits or merges on its pages. */
const WEB = "web-flow";

export interface ListedCommitters {
  readonly accounts: readonly RawAccount[];
  /** Commits with an author or a committer whose address belongs to no account that GitHub knows. */
  readonly unknown: number;
}

/**
 * Who made the commits of a pull request. E-mail addresses are not read: whose account one is, GitHub says.
 * @throws GitHub's own errors
 * @see https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request
 */
export async function readCommitters(
  octokit: Octokit,
  place: { readonly owner: string; readonly repo: string; readonly pull_number: number },
): Promise<ListedCommitters> {
  const commits = await octokit.paginate(octokit.rest.pulls.listCommits, { ...place, per_page: 100 });
  const accounts = new Map<number, RawAccount>();
  let unknown = 0;
  for (const { author, committer } of commits.slice(0, LISTED)) {
    const both = [accountIn(author), accountIn(committer)];
    for (const account of both) if (account && account.login !== WEB) accounts.set(account.id, account);
    if (both.includes(null)) unknown += 1;
  }
  return { accounts: [...accounts.values()], unknown };
}

/** GitHub gives an empty object, or none, for an address that it does not know. */
function accountIn(listed: object | null | undefined): RawAccount | null {
  if (!listed || !("id" in listed) || !("login" in listed)) return null;
  const { id, login } = listed;
  if (typeof id !== "number" || typeof login !== "string") return null;
  const type = "type" in listed && typeof listed.type === "string" ? listed.type : undefined;
  return { id, login, type };
}
