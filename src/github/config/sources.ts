import { ownerAndName } from "../links/closing-references.js";
import type { Repo } from "../observe/index.js";
import type { Place } from "./schema.js";

/** Where one file is. */
export interface Source {
  readonly place: Place;
  readonly owner: string;
  readonly repo: string;
  /** Names it in the cache and the store. */
  readonly id: string;
  /** Whether it rules the owner's other repositories. */
  readonly isNamed: boolean;
}

/** Where GitHub itself looks for what an organisation has for all its repositories. */
export const ORGANIZATION_REPOSITORY = ".github";

/**
 * Which files rule a repository. Whoever may create a repository in an organisation could call it `.github`: so only one that the
 * operator named rules any others.
 */
export class Sources {
  /** By the owner's login in lower case. */
  readonly #organizations: ReadonlyMap<string, Source>;

  /** @param named full names, one for each owner */
  constructor(named: readonly string[]) {
    this.#organizations = new Map(
      named.map((fullName) => {
        const { owner, name: repo } = ownerAndName({ name: fullName });
        const id = `organization/${fullName.toLowerCase()}`;
        return [owner.toLowerCase(), { place: "organization", owner, repo, id, isNamed: true }];
      }),
    );
  }

  /** The file of the repository and that of its organisation; where the two are one and the same, it is the organisation's. */
  of(repo: Repo): { readonly organization: Source | null; readonly repository: Source | null; readonly own: Source } {
    const { owner, name } = ownerAndName(repo);
    const organization = this.#organizations.get(owner.toLowerCase()) ?? null;
    if (organization?.repo.toLowerCase() === name.toLowerCase()) {
      return { organization, repository: null, own: organization };
    }
    // What it would lock if it were named, is no mistake in it.
    const place = name.toLowerCase() === ORGANIZATION_REPOSITORY ? "organization" : "repository";
    const repository = { place, owner, repo: name, id: String(repo.id), isNamed: false } as const;
    return { organization, repository, own: repository };
  }
}
