/** What a team asks for beyond what GitHub's events say by themselves. */
export interface Policy {
  /** Approvals needed before a merge. With 0, a review is waited for only once somebody asked for one or gave one. */
  readonly requiredApprovals: number;
  readonly ci: {
    /**
     * `auto`: CI is waited for once the repository has shown a check or a status. `false` for a repository without CI: then nothing is
     * waited for, and the history says so.
     */
    readonly required: "auto" | boolean;
    /** Names of checks and contexts of statuses that have to be there and pass, beside all others that are. */
    readonly checks: readonly string[];
    /** Names, with `*` for anything, of those whose result does not count. */
    readonly ignore: readonly string[];
  };
  readonly autoMerge: {
    readonly enabled: boolean;
    /** The label by which a pull request asks for it; with one, only those that have it are merged. */
    readonly label: string | null;
  };
  /** Which files and settings it comes from, the closest first; nothing said: the defaults. It decides nothing, and is evidence. */
  /** The SHAs of the files' blobs, by whose file it is: evidence as well. */
  readonly files?: { readonly repository?: string; readonly organization?: string };
  readonly source?: readonly ("repository" | "organization" | "operator" | "default")[];
}

export const DEFAULT_POLICY: Policy = {
  requiredApprovals: 0,
  ci: { required: "auto", checks: [], ignore: [] },
  autoMerge: { enabled: false, label: null },
};
