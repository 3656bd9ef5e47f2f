import { matchesPattern } from "../core/index.js";

/** `owner/name`, in which each `*` stands for any characters but the slash. */
export const REPOSITORY_PATTERN = /^[\w.*-]{1,100}\/[\w.*-]{1,100}$/;

/** Whether a repository fits a pattern. GitHub's names do not differ by case. */
export function fitsRepository(pattern: string, repository: string): boolean {
  const wanted = pattern.toLowerCase().split("/");
  const given = repository.toLowerCase().split("/");
  return wanted.length === given.length && wanted.every((part, index) => matchesPattern(part, given[index] ?? ""));
}
