import type { Account, News, Observation, Participant, PersonId, Role, Timestamp } from "../../core/index.js";

/** What one delivery is about, before it is known to which records that belongs. */
export type Subject =
  | IssueSubject
  | PullSubject
  | { readonly kind: "commit"; readonly repo: Repo; readonly sha: string }
  /** Every record of a repository, or those of them that are not over. */
  | { readonly kind: "repository"; readonly repo: Repo; readonly onlyOpen?: true };

export interface IssueSubject {
  readonly kind: "issue";
  readonly repo: Repo;
  readonly number: number;
  /** When this was so: it belongs to the cycle of the issue that was going on then. */
  readonly at: Timestamp;
  /** Whether it was closed or reopened just then: reopened, it may begin its next cycle. */
  readonly turn: "closed" | "reopened" | null;
}

export interface PullSubject {
  readonly kind: "pull";
  readonly repo: Repo;
  readonly number: number;
  /** Null where the event does not carry the pull request: it belongs where it is known to belong. */
  readonly linking: Linking | null;
}

/** What decides which issues a pull request belongs to. */
export interface Linking {
  readonly body: string;
  /** What the description said before it was edited just then. */
  readonly bodyBefore: string | null;
  readonly headRef: string;
  /** Of the pull request's address: only links to the same GitHub are links. */
  readonly host: string;
  readonly openedAt: Timestamp;
  /** Of what was read here: what an older payload says is over. */
  readonly at: Timestamp;
  /** An end is an end: what a merged pull request says later undoes no link. */
  readonly mergedAt: Timestamp | null;
  /** Whether this event may change the links of a pull request that is known. */
  readonly relink: boolean;
}

export interface Repo {
  /** GitHub's id, which stays when the repository is renamed or moved. */
  readonly id: number;
  /** `owner/name`, as it is now. */
  readonly name: string;
  readonly defaultBranch?: string;
}

export interface Sighting {
  readonly subject: Subject;
  readonly observation: Omit<Observation, "source" | "hearing">;
}

/** What an observer may know beside the payload. */
export interface Lookout {
  /** This App's id: its own check runs are not CI. */
  readonly appId: number;
  /** The labels on an issue that say somebody took it up. */
  readonly queueLabels: readonly string[];
  /** Whether an account is an AI agent's. */
  readonly isAgent: (account: RawAccount | null | undefined) => boolean;
  /** Whether GitHub was asked, rather than told: then it shows what is so now, and not since when. */
  readonly isRead: boolean;
  /** Whether it tells of a merge so old that GitHub may have deleted its checks. */
  readonly mayLackChecks: boolean;
  /** The pseudonym of somebody named in the payload. */
  readonly who: (account: RawAccount | null | undefined) => PersonId | null;
  /** Whether somebody may write to the repository; null where nobody can know any more, undefined where GitHub was not asked, or did not say. */
  readonly mayWrite: (account: RawAccount) => boolean | null | undefined;
}

export interface RawAccount {
  readonly id: number;
  readonly login: string;
  readonly type?: string | undefined;
}

/** Says what a payload means that was parsed at the door; null where it says nothing. */
export type Observer<Payload> = (payload: Payload, lookout: Lookout) => Sighting | null;

/** Everyone with a part in it; who has no account (GitHub's ghost) has no entry. */
export function participants(
  { who }: Lookout,
  parts: { readonly [R in Role]?: RawAccount | null | undefined },
): readonly Participant[] {
  return (Object.entries(parts) as [Role, RawAccount | null | undefined][]).flatMap(([role, account]) => {
    const person = who(account);
    return person && account ? [{ role, person, type: accountType(account) }] : [];
  });
}

/** A person assigned an issue or a pull request to an AI agent: they have set it to work. */
export function agentRequest(
  of: "issue" | "pull",
  assignee: RawAccount | null | undefined,
  sender: RawAccount | null | undefined,
  where: { readonly repoId: number; readonly number: number; readonly at: Timestamp },
  { isAgent, who }: Lookout,
): Pick<News, "agentRequest"> {
  const by = isAgent(assignee) && !isAgent(sender) ? who(sender) : null;
  return by ? { agentRequest: { of, ...where, by } } : {};
}

export function accountType(account: RawAccount): Account["type"] {
  return account.type === "Bot" ? "Bot" : "User";
}
