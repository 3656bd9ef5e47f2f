import type { RecordId } from "../brand.js";

/**
 * What a record can be found by. Ids, not names, where GitHub gives an id, so that a renamed repository stays the same; the name is
 * for people, who have an address and nothing else.
 */
export const linkOf = {
  issue: (repoId: number, number: number) => `issue:${repoId}#${number}`,
  pull: (repoId: number, number: number) => `pull:${repoId}#${number}`,
  commit: (repoId: number, sha: string) => `commit:${repoId}@${sha}`,
  /** Issues and pull requests of a repository share their numbers, so one form does for both. */
  address: (repo: string, number: number) => `address:${repo.toLowerCase()}#${number}`,
} as const;

/** Which cycle of its issue a record is about: ids of records end in it, from the second on. */
export function cycleOf(recordId: RecordId): number {
  const [, cycle] = /-c(\d+)$/.exec(recordId) ?? [];
  return cycle === undefined ? 1 : Number(cycle);
}
