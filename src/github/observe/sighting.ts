import type { Account, Observation, Participant, PersonId, Role } from "../../core/index.js";

/** What one delivery is about, before it is known to which records that belongs. */
export type Subject =
  | { readonly kind: "issue"; readonly repo: Repo; readonly number: number; readonly reopened: boolean }
  | {
      readonly kind: "pull";
      readonly repo: Repo;
      readonly number: number;
      readonly body: string;
      readonly baseRef: string;
      readonly relink: boolean;
    }
  | { readonly kind: "commit"; readonly repo: Repo; readonly sha: string };

export interface Repo {
  /** GitHub's id, which stays when the repository is renamed or moved. */
  readonly id: number;
  /** `owner/name`, as it is now. */
  readonly name: string;
}

export interface Sighting {
  readonly subject: Subject;
  readonly observation: Omit<Observation, "source">;
}

/** What an observer may know beside the payload. */
export interface Lookout {
  /** This App's id: its own check runs are not CI. */
  readonly appId: number;
  /** The label on an issue that says somebody took it up. */
  readonly queueLabel: string;
  /** The pseudonym of somebody named in the payload. */
  readonly who: (account: RawAccount | null | undefined) => PersonId | null;
}

export interface RawAccount {
  readonly id: number;
  readonly login: string;
  readonly type?: string | undefined;
}

export type Observer = (payload: unknown, lookout: Lookout) => Sighting | null;

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

export function accountType(account: RawAccount): Account["type"] {
  return account.type === "Bot" ? "Bot" : "User";
}
