/** Those who make a change: who wrote it, who pushed it last, and who set the agent to work that wrote it. */
export const SIDES = ["author", "pusher", "requester"] as const;
export type Side = (typeof SIDES)[number];

/** What a team asks for beyond what GitHub's events say by themselves. */
export interface Policy {
  /** Approvals needed before a merge. With 0, a review is waited for only once somebody asked for one or gave one. */
  readonly requiredApprovals: number;
  /** Whose approval does not count: of those who are on the side of the change. */
  readonly approvalsNotFrom: readonly Side[];
  /** What holds for the changes of AI agents beside all that. */
  readonly agents: {
    /** Approvals by people that a change of an agent's needs at least. */
    readonly approvals: number;
    /** Whether an agent may merge with no approval by a person. */
    readonly mayMerge: boolean;
  };
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
  /** Names of the gates that are asked before a merge. */
  readonly gates?: readonly string[];
  /** Which files and settings it comes from, the closest first; nothing said: the defaults. It decides nothing, and is evidence. */
  readonly source?: readonly ("repository" | "organization" | "operator" | "default")[];
  /** The SHAs of the files' blobs: evidence as well. */
  readonly files?: { readonly repository?: string; readonly organization?: string };
}

export const DEFAULT_POLICY: Policy = {
  requiredApprovals: 0,
  approvalsNotFrom: SIDES,
  agents: { approvals: 1, mayMerge: false },
  ci: { required: "auto", checks: [], ignore: [] },
  autoMerge: { enabled: false, label: null },
};
