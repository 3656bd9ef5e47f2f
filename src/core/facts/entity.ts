import type { EntityId } from "../brand.js";

/** The things at GitHub that facts are about. Ids, not names: a renamed repository stays the same. */
export const entityOf = {
  issue: (repoId: number, number: number) => `issue:${repoId}#${number}` as EntityId,
  pull: (repoId: number, number: number) => `pull:${repoId}#${number}` as EntityId,
  commit: (repoId: number, sha: string) => `commit:${repoId}@${sha}` as EntityId,
  repository: (repoId: number) => `repository:${repoId}` as EntityId,
} as const;
